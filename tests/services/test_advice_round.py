"""A server that advises goes on watching while the advisor looks through the store."""

from __future__ import annotations

from threading import Event, current_thread

import pytest

from services.advice_round import EVERY_S, AdviceRound, Daily


def _told(into: list[bool]) -> Daily:
    def daily(*, looked: bool) -> None:
        into.append(looked)

    return daily


def test_aside() -> None:
    """While it looks, turns return at once; advice is given by the one who takes them, and once an hour."""
    now, begun, go_on = [0.0], Event(), Event()
    advised: list[object] = []

    def look() -> None:
        begun.set()
        go_on.wait(10)

    def advise(*, looked: bool) -> None:
        assert looked
        advised.append(current_thread())

    with AdviceRound(look, advise, lambda: now[0], patience_s=0) as rounds:
        rounds.turn()
        assert begun.wait(10)
        for _ in range(3):
            rounds.turn()
        assert advised == []
        go_on.set()
        while not advised:
            rounds.turn()
        assert advised == [current_thread()]
        begun.clear()
        rounds.turn()
        assert not begun.is_set()
        now[0] = EVERY_S
        rounds.turn()
        assert begun.wait(10)


def test_small() -> None:
    """What is soon looked through is advised on in the same turn."""
    advised: list[bool] = []
    with AdviceRound(lambda: None, _told(advised), patience_s=10) as rounds:
        rounds.turn()
        assert advised == [True]


def test_failed_look(caplog: pytest.LogCaptureFixture) -> None:
    """A look that fails is told and tried again an hour later; meanwhile what else is due is done."""
    now, looks, advised = [0.0], list[object](), list[bool]()

    def look() -> None:
        looks.append(current_thread())
        if len(looks) == 1:
            raise ValueError

    with AdviceRound(look, _told(advised), lambda: now[0], patience_s=10) as rounds:
        rounds.turn()
        rounds.turn()
        assert advised == [False]
        assert "no advice this hour" in caplog.text
        assert "ValueError" in caplog.text
        now[0] = EVERY_S
        rounds.turn()
    assert advised == [False, True]
    assert current_thread() not in looks


@pytest.mark.parametrize("running", [True, False], ids=["while it looks", "before"])
def test_end(*, running: bool) -> None:
    """The end waits for a look that has begun."""
    over: list[int] = []
    with AdviceRound(lambda: over.append(1), _told([])) as rounds:
        if running:
            rounds.turn()
    assert over == [1] * running
