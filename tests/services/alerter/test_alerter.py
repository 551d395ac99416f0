"""What people and the advisor do to alerts."""

from __future__ import annotations

import pytest
from fmwatch.event import Change

from services.alerter.alert import at
from services.alerter.alerter import Alerter
from services.alerter.errors import UnknownAlert
from services.alerter.ledger import MemoryLedger
from services.alerter.rules import Rules
from tests.services.alerter.signals import ANSWER, DAY, GPT, signal


def alerter(*changes: Change) -> Alerter:
    """Return an alerter without receivers."""
    return Alerter(MemoryLedger(changed=list(changes)), Rules(), {})


def test_acknowledge() -> None:
    """An acknowledged alert names who works on it, and stays so over a restart."""
    mine = alerter()
    (alert,) = mine.take([signal("error", ANSWER)], at(DAY + 5))
    mine.acknowledge(alert.id, "ana", at(DAY + 6))
    (found,) = Alerter(mine.ledger, Rules(), {}).grouping.open
    assert (found.state, found.acknowledged_by) == ("acknowledged", "ana")


def test_resolve() -> None:
    """An alert that a person ended is over, although its series never cleared."""
    mine = alerter()
    (alert,) = mine.take([signal("error", ANSWER)], at(DAY + 5))
    over = mine.resolve(alert.id, "ana", at(DAY + 6))
    assert (over.state, over.resolved_at) == ("resolved", at(DAY + 6))
    assert mine.take([], at(DAY + 60)) == []


def test_unknown() -> None:
    """An id that nobody knows is an error that says where to look."""
    with pytest.raises(UnknownAlert, match="fmwatch alerts list"):
        alerter().acknowledge("no-such", "ana", at(DAY))


def test_change_found() -> None:
    """Declared changes are read around the signals that came."""
    change = Change(at(DAY - 40), "prompt", "acme", route="support/answer", from_="v13", to="v14", by="ana")
    (alert,) = alerter(change).take([signal("error", ANSWER)], at(DAY + 5))
    assert alert.nearest_change is not None
    assert (alert.nearest_change.from_, alert.nearest_change.to) == ("v13", "v14")


def test_advice() -> None:
    """A recommendation for the alert's model on one of its routes is attached, once."""
    mine = alerter()
    mine.take([signal("lifecycle", GPT, observed=20.0, unit="days")], at(DAY + 5))
    advice = {("acme", "search/rank", "azure", "gpt-4o"): "r1"}
    (alert,) = mine.advise(advice, at(DAY + 6))
    assert alert.recommendation_id == "r1"
    assert mine.advise(advice, at(DAY + 7)) == []
