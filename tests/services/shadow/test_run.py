from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from services.endpoint.budget import Budget
from services.endpoint.errors import EndpointAway
from services.shadow.ending import wished
from services.shadow.errors import ShadowError
from services.shadow.journal import Journal
from services.shadow.run import Outcome, Run, Task


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    """A journal of its own."""
    with Journal(tmp_path) as journal:
        yield journal


def task(name: str, most: int = 10, ask: Callable[[], Outcome] | None = None) -> Task:
    """A request that costs less than it could."""
    return Task(name, most, ask or (lambda: Outcome(4, name.encode())))


def refusal(name: str) -> Task:
    """A request that the endpoint refuses."""
    return task(name, ask=lambda: Outcome(0, name.encode(), "too_long", "it is too long"))


def run(journal: Journal, cap: int = 1_000, at_once: int = 3) -> Run:
    """A run with so much money."""
    return Run(journal, "c", Budget(cap, journal.spent("c")), at_once=at_once)


def test_all(journal: Journal) -> None:
    """Every request is asked once, and its answer and cost are kept."""
    mine = run(journal)
    assert mine.work(task(f"r{n}") for n in range(20)) == "done"
    assert (mine.counts.asked, mine.counts.answered) == (20, 20)
    assert journal.spent("c") == 80
    assert len(journal.waiting("c")) == 20


def test_not_again(journal: Journal) -> None:
    """A second run asks only what the first one did not."""
    run(journal).work([task("r1"), task("r2")])
    mine = run(journal)
    mine.work([task("r1"), task("r2"), task("r3")])
    assert mine.counts.asked == 1
    assert journal.spent("c") == 12


@pytest.mark.parametrize("at_once", [1, 4])
def test_cap(journal: Journal, at_once: int) -> None:
    """The cap is never passed, even if every answer costs all it may; what is left over is used."""
    dear = [task(f"r{n}", ask=lambda: Outcome(10, b"x")) for n in range(20)]
    mine = run(journal, cap=55, at_once=at_once)
    assert mine.work(dear) == "cap"
    assert (journal.spent("c"), mine.counts.answered) == (50, 5)
    assert run(journal, cap=55, at_once=at_once).work([task("more", most=6)]) == "cap"
    assert run(journal, cap=55, at_once=at_once).work([task("more", most=5)]) == "done"


def test_no_shorter_one(journal: Journal) -> None:
    """A request that does not fit ends the run: the next, shorter one would be drawn for its length."""
    assert run(journal, cap=55).work([task("r1"), task("long", most=60), task("short", most=1)]) == "cap"
    assert set(journal.claimed("c")) == {"r1"}


def test_unknown_cost(journal: Journal) -> None:
    """An answer that says not what it cost counts at its most."""
    run(journal).work([task("r1", ask=lambda: Outcome(None, b"x"))])
    assert journal.spent("c") == 10


def test_away(journal: Journal) -> None:
    """Where the endpoint goes away, what is answered stays, and the rest may be asked again."""

    def away() -> Outcome:
        raise EndpointAway("gone")

    mine = run(journal, at_once=1)
    with pytest.raises(EndpointAway):
        mine.work([task("r1"), task("r2", ask=away), task("r3")])
    assert journal.claimed("c") == {"r1": True}
    assert journal.spent("c") == 4


def test_defect(journal: Journal) -> None:
    """What nobody foresaw counts as paid, and the answers of the others stay."""

    def broken() -> Outcome:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run(journal, at_once=2).work([task("r1"), task("r2", ask=broken), task("r3")])
    assert journal.claimed("c")["r1"]
    assert not journal.claimed("c")["r2"]
    assert journal.spent("c") >= 4 + 10


def test_less_than_nothing(journal: Journal) -> None:
    """An endpoint that counts less than nothing gives nothing back."""
    run(journal).work([task("r1", ask=lambda: Outcome(-500, b"x"))])
    assert journal.spent("c") == 0


def test_paid(journal: Journal) -> None:
    """What broke after a part of it was answered counts at its most."""

    def half() -> Outcome:
        error = EndpointAway("gone")
        error.paid = True
        raise error

    with pytest.raises(EndpointAway):
        run(journal).work([task("r1", ask=half)])
    assert journal.spent("c") == 10
    assert journal.claimed("c") == {"r1": False}


def test_refused(journal: Journal) -> None:
    """Single refusals are answers of the candidate, before the first answer and after it."""
    mine = run(journal, at_once=1)
    assert mine.work([refusal("r1"), task("r2"), refusal("r3")]) == "done"
    assert (mine.counts.answered, mine.counts.refused) == (1, {"too_long": 2})
    assert len(journal.waiting("c")) == 3
    assert journal.spent("c") == 4


@pytest.mark.parametrize("n", [2, 50])
def test_hopeless(journal: Journal, n: int) -> None:
    """An endpoint that refuses everything has been asked nothing, and soon is asked no more."""
    mine = run(journal, at_once=1)
    with pytest.raises(ShadowError, match="it is too long"):
        mine.work(refusal(f"r{number}") for number in range(n))
    assert journal.claimed("c") == {}


def test_ending(journal: Journal) -> None:
    """Who wants the end gets it after what is in hand, which is kept."""
    free = threading.Event()

    def slowly() -> Outcome:
        free.wait(20)
        return Outcome(4, b"slow")

    def ending() -> bool:
        if journal.claimed("c"):
            free.set()
        return free.is_set()

    mine = Run(journal, "c", Budget(1_000), at_once=3, ending=ending)
    assert mine.work([task("r1", ask=slowly), task("r2")]) == "interrupted"
    assert journal.claimed("c") == {"r1": True}


def test_signals() -> None:
    """The first Ctrl-C is a wish, the second one does what it always does."""
    former = signal.signal(signal.SIGINT, signal.default_int_handler)  # who runs the tests may ignore it
    try:
        _interrupt()
    finally:
        signal.signal(signal.SIGINT, former)


def _interrupt() -> None:
    with wished() as ending:
        assert not ending()
        signal.raise_signal(signal.SIGINT)
        assert ending()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
