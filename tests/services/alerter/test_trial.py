"""A test notification says that it is one, goes through the real receiver, and brings back what that said."""

from __future__ import annotations

import pytest

from services.alerter.trial import RULE, trial, trials
from tests.services.alerter.receivers.places import Answer
from tests.services.alerter.receivers.ways import ALL, NOW, opened


@pytest.mark.parametrize("name", ALL)
def test_trial(name: str) -> None:
    """Every receiver is told of a marked alert and that it is over, and both answers are said."""
    with opened(name) as way:
        tried = trial("pager", way.receiver, NOW)
        assert [(one.kind, one.outcome) for one in tried] == [("fire", "sent"), ("resolve", "sent")]
        assert all(one.said for one in tried) or name == "pagerduty"
        arrived = [str(body) for body in way.sent()] + [str(one["Subject"]) for one in way.post.mails]
        shown = arrived if name != "pagerduty" else arrived[:1]
        assert all("TEST of the receiver pager: nothing is wrong" in one for one in shown)


def test_webhook() -> None:
    """A program knows a test by its rule."""
    with opened("webhook") as way:
        trial("hook", way.receiver, NOW)
        assert {body["alert"]["rule"] for body in way.sent()} == {RULE}


def test_refused() -> None:
    """What was refused is said with the remedy, and the end of what never began is not sent."""
    with opened("pagerduty") as way:
        way.web.next(Answer(400, '{"message":"Event object is invalid"}'))
        (tried,) = trial("pager", way.receiver, NOW)
        assert (tried.kind, tried.outcome) == ("fire", "refused")
        assert "Event object is invalid" in tried.said
        assert len(way.web.asked) == 1


def test_away() -> None:
    """What may have arrived is ended all the same; each receiver is tried whatever becomes of the others."""
    with opened("slack bot") as way:
        tried = trials({"gone": way.away, "chat": way.receiver}, NOW)
        assert [(one.receiver, one.kind, one.outcome) for one in tried] == [
            ("gone", "fire", "away"),
            ("gone", "resolve", "away"),
            ("chat", "fire", "sent"),
            ("chat", "resolve", "sent"),
        ]
        assert [asked.path.rpartition("/")[2] for asked in way.web.asked] == [
            "chat.postMessage",
            "chat.update",
        ]
