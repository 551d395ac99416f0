"""Which alert a person means, and what can be said of it."""

from __future__ import annotations

import pytest

from services.alerter.alert import Alert, at
from services.alerter.errors import AlertOver, AmbiguousAlert, UnknownAlert
from services.alerter.grouping import Grouping
from services.alerter.rules import Rules
from services.alerter.word import Verb, check, chosen, obeyed, word
from tests.services.alerter.signals import ANSWER, DAY, signal

IDS = ("3fa8c1", "3fa900", "77", "7701")


def alert(*, over: bool = False) -> Alert:
    """Return an alert that fires, or is over."""
    more = [signal("error", ANSWER, 10, "cleared")] if over else []
    (found,) = Grouping(Rules()).take([signal("error", ANSWER), *more], at(DAY + 60))
    return found


@pytest.mark.parametrize(("prefix", "found"), [("3fa8", "3fa8c1"), ("77", "77"), ("770", "7701")])
def test_prefix(prefix: str, found: str) -> None:
    """The beginning of one id is enough; a whole id is that one, also where another begins so."""
    assert chosen(IDS, prefix) == found


def test_unknown() -> None:
    """An id that nobody knows is an error that says where to look; nothing is no id."""
    for prefix in ("no-such", ""):
        with pytest.raises(UnknownAlert, match="fmwatch alerts list"):
            chosen(IDS, prefix)


def test_ambiguous() -> None:
    """Where several ids begin so they are named, and nothing is guessed."""
    with pytest.raises(AmbiguousAlert, match=r"2 alerts' ids begin with '3fa': 3fa8c1, 3fa900; give more"):
        chosen(IDS, "3fa")


@pytest.mark.parametrize("verb", ["ack", "resolve"])
def test_over(verb: Verb) -> None:
    """What is over can neither be acknowledged nor resolved, and the error says what can be said of it."""
    with pytest.raises(AlertOver, match="expected, or false"):
        check(alert(over=True), verb)
    check(alert(), verb)


@pytest.mark.parametrize("verb", ["expected", "false"])
def test_judged_late(verb: Verb) -> None:
    """What it was can be said of an alert that is over, and said otherwise later."""
    over = alert(over=True)
    check(over, verb)
    false = obeyed(over, word(over, "false", "ana", at(DAY + 90)), at(DAY + 90))
    expected = obeyed(false, word(false, "expected", "bo", at(DAY + 95)), at(DAY + 95))
    assert (expected.outcome, expected.ended_by, expected.resolved_at) == ("expected", "bo", over.resolved_at)


def test_again() -> None:
    """Saying the same again changes nothing."""
    mine = alert()
    for verb in ("ack", "resolve"):
        said = word(mine, verb, "ana", at(DAY + 90), "why")
        once = obeyed(mine, said, at(DAY + 90))
        assert obeyed(once, said, at(DAY + 99)) == once


def test_taken_over() -> None:
    """Another person may take an alert over."""
    mine = alert()
    first = obeyed(mine, word(mine, "ack", "ana", at(DAY + 90)), at(DAY + 90))
    second = obeyed(first, word(first, "ack", "bo", at(DAY + 95)), at(DAY + 95))
    assert (second.acknowledged_by, second.acknowledged_at) == ("bo", at(DAY + 95))


def test_a_reason_afterwards() -> None:
    """Who gives a reason after an alert was called false has it kept, once."""
    over = alert(over=True)
    once = obeyed(over, word(over, "false", "ana", at(DAY + 90)), at(DAY + 90))
    said = word(once, "false", "ana", at(DAY + 95), "a load test")
    again = obeyed(once, said, at(DAY + 95))
    assert "a load test" in again.note
    assert obeyed(again, said, at(DAY + 99)) == again
