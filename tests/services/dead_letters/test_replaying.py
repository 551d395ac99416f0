"""One replay at a desk that may be slow."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from services.dead_letters.reading import Outcomes, Pending
from services.dead_letters.replaying import PATIENCE, POLL_S, handed_in
from services.dead_letters.replays import MOST, Taken
from store.dead_letters import Asked
from tests.services.dead_letters.letters import NOON


class Slow:
    """A server whose worker stores `each` letters between two questions."""

    def __init__(self, letters: int, each: int) -> None:
        self.letters = letters
        self.each = each
        self.calls: list[tuple[int, datetime | None]] = []
        self.stored = 0
        self.asked: list[object] = []

    def pending(self, asked: Asked) -> Pending:
        self.asked.append(asked)
        return Pending([str(number) for number in range(self.letters)], stored_before=7)

    def take(
        self, ids: Sequence[str], *, restamp: bool, dry_run: bool, replayed_at: datetime | None = None
    ) -> Taken:
        self.calls.append((len(ids), replayed_at))
        self.asked.append(dry_run)
        return Taken(NOON, len(ids), len(ids) if restamp else 0, 0, {}, {}, 0)

    def outcomes(self, replayed_at: datetime) -> Outcomes:
        self.asked.append(replayed_at)
        handed_in = sum(n for n, _ in self.calls)
        self.stored = min(handed_in, self.stored + self.each)
        return Outcomes(self.stored, {})


def _replay(slow: Slow, *ids: str, dry_run: bool = False) -> tuple[dict[str, object], list[float]]:
    waits: list[float] = []
    done = handed_in(slow, ids, Asked(), restamp=False, dry_run=dry_run, wait=waits.append)
    return done, waits


def test_waits() -> None:
    """It waits for the worker, hands in the next part then, and all parts are one replay."""
    slow = Slow(MOST + 50, each=50)
    done, waits = _replay(slow)
    assert slow.calls == [(MOST, None), (50, NOON)]
    assert set(waits) == {POLL_S}
    assert (done["taken"], done["stored"], done["waiting"], done["left"]) == (MOST + 50, MOST + 50, 0, 0)
    assert done["stored_before"] == 7


def test_loses_patience() -> None:
    """Where the worker does not come to them it says how many wait, and how many were not handed in."""
    done, waits = _replay(Slow(MOST + 50, each=0))
    assert len(waits) == PATIENCE
    assert (done["taken"], done["stored"], done["waiting"], done["left"]) == (MOST, 0, MOST, 50)


def test_named_twice() -> None:
    """A letter that is named twice is handed in once; who names letters asks for no others."""
    slow = Slow(9, each=9)
    done, _ = _replay(slow, "a", "b", "a")
    assert (slow.calls, done["stored_before"]) == ([(2, None)], 0)


def test_dry() -> None:
    """A dry run waits for nothing."""
    done, waits = _replay(Slow(5, each=0), dry_run=True)
    assert (waits, done["stored"], done["waiting"]) == ([], 5, 0)


def test_nothing() -> None:
    """Where there is nothing to hand in, nothing is."""
    done, _ = _replay(Slow(0, each=0))
    assert (done["taken"], done["replayed_at"], done["left"]) == (0, None, 0)
