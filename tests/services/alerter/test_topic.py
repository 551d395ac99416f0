"""What other programs hear of alerts: every step once, however often the alerter has to begin again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest
from fmwatch.event import Change

from detectors.monitors.base import Signal
from services.alerter.alert import Alert, Transition, at
from services.alerter.alerter import Alerter
from services.alerter.grouping import Grouping
from services.alerter.ledger import MemoryLedger
from services.alerter.rules import Rules
from services.alerter.topic import document
from stream.errors import LogUnavailable
from tests.contract import schema
from tests.services.alerter.signals import ANSWER, AZURE, DAY, RANK, say, signal

TROUBLE = [
    signal("error", ANSWER, 3),
    signal("prompt_drift", RANK, 4),
    signal("error", AZURE, 4),
    signal("latency", RANK, 9),
    signal("error", ANSWER, 60, "cleared"),
    signal("error", AZURE, 60, "cleared"),
]
OVER = at(DAY + 200)


class Topic:
    """Keeps what is published, and fails as often as it is told."""

    def __init__(self) -> None:
        self.records: list[dict[str, Any]] = []
        self.failures = 0

    def __call__(self, transitions: Sequence[Transition]) -> None:
        if self.failures:
            self.failures -= 1
            raise LogUnavailable("no broker answers")
        self.records += [document(one) for one in transitions]

    @property
    def ids(self) -> list[str]:
        """Of all records, in the order in which they were published."""
        return [record["record_id"] for record in self.records]


def steps(signals: Sequence[Signal], *cuts: int) -> list[dict[str, Any]]:
    """Return what is published of some signals, taken up to each of these minutes and then to the end."""
    topic = Topic()
    alerter = Alerter(MemoryLedger(), Rules(), {}, topic)
    for until in (*cuts, 200):
        alerter.take([one for one in signals if one.minute < DAY + until], at(DAY + until))
    return topic.records


def test_steps() -> None:
    """Each change of state, width or parent is one record, with the alert as it was then."""
    found = [
        (one["signal"], one["state"], one["updated_at"][11:16], len(one["routes"]), bool(one["parent"]))
        for one in steps(TROUBLE)
    ]
    assert found == [
        ("error", "pending", "21:24", 1, False),
        ("error", "pending", "21:25", 2, False),
        ("prompt_drift", "pending", "21:25", 1, False),
        ("prompt_drift", "pending", "21:25", 1, True),
        ("error", "firing", "21:25", 2, False),
        ("prompt_drift", "firing", "21:26", 1, True),
        ("latency", "pending", "21:30", 1, False),
        ("latency", "pending", "21:30", 1, True),
        ("latency", "firing", "21:31", 1, True),
        ("error", "resolved", "22:31", 2, False),
        ("latency", "firing", "22:31", 1, False),
    ]


def test_schema() -> None:
    """Every record is as docs/contract/alert.schema.json says, with all that may be in it."""
    change = Change(at(DAY - 14), "prompt", "acme", route="support/answer", from_="v13", to="v14", by="ana")
    topic = Topic()
    alerter = Alerter(MemoryLedger(changed=[change]), Rules(), {}, topic)
    alerter.take([signal("error", ANSWER, facts={"cause": "degraded"})], at(DAY + 5))
    alerter.advise({("acme", "support/answer", "", ""): "r1"}, at(DAY + 5))
    say(alerter, topic.records[-1]["id"], "ack", 6)
    say(alerter, topic.records[-1]["id"], "resolve", 7)
    say(alerter, topic.records[-1]["id"], "false", 9)
    assert [one["state"] for one in topic.records] == [
        "pending",
        "firing",
        "acknowledged",
        "resolved",
        "resolved",
    ]
    assert topic.records[-1]["outcome"] == "false"
    assert topic.records[-1]["nearest_change"]["to"] == "v14"
    known = schema.load("alert")
    for record in [*topic.records, *steps(TROUBLE)]:
        assert schema.errors(record, known) == []


@pytest.mark.parametrize("cuts", [(5,), (4, 5, 6, 10, 11, 61), range(1, 200)], ids=["two", "few", "minutes"])
def test_cut(cuts: Sequence[int]) -> None:
    """The same steps are published whether the minutes come one by one or all at once."""
    key = lambda one: (one["updated_at"], one["record_id"])  # noqa: E731 - short
    assert sorted(steps(TROUBLE, *cuts), key=key) == sorted(steps(TROUBLE), key=key)


def test_distinct() -> None:
    """No two steps share an id."""
    found = [one["record_id"] for one in steps(TROUBLE)]
    assert len(set(found)) == len(found)


def test_log_away() -> None:
    """While the log is away nothing is saved; then the same alerter publishes and saves all of it."""
    topic, ledger = Topic(), MemoryLedger()
    topic.failures = 2
    alerter = Alerter(ledger, Rules(), {}, topic)
    for _ in range(2):
        with pytest.raises(LogUnavailable):
            alerter.take(TROUBLE, OVER)
        assert ledger.known == {}
    alerter.take(TROUBLE, OVER)
    assert topic.records == steps(TROUBLE)
    assert set(ledger.known) == {one["id"] for one in topic.records}


class DyingLedger(MemoryLedger):
    """A store that goes away as alerts are saved, or right after."""

    def __init__(self, *, saves: bool) -> None:
        super().__init__()
        self.saves = saves
        self.dead = False

    def save_alerts(self, alerts: Sequence[Alert], now: datetime) -> None:  # noqa: ARG002 - as its parent
        if self.saves:
            self.known.update((alert.id, alert) for alert in alerts)
        if not self.dead:
            self.dead = True
            raise SystemExit
        self.known.update((alert.id, alert) for alert in alerts)


@pytest.mark.parametrize("saves", [False, True], ids=["before it is saved", "after it was saved"])
def test_killed(saves: bool) -> None:
    """Killed around the save, the next alerter takes the same signals: nothing is missing or different."""
    topic, ledger = Topic(), DyingLedger(saves=saves)
    with pytest.raises(SystemExit):
        Alerter(ledger, Rules(), {}, topic).take(TROUBLE, OVER)
    Alerter(ledger, Rules(), {}, topic).take(TROUBLE, OVER)
    assert set(topic.ids) == {one["record_id"] for one in steps(TROUBLE)}
    again = {one["record_id"]: one for one in topic.records}
    assert [again[name] for name in dict.fromkeys(topic.ids)] == steps(TROUBLE)


def test_advice_is_no_step() -> None:
    """What leaves state, severity and routes as they were is not published."""
    topic = Topic()
    alerter = Alerter(MemoryLedger(), Rules(), {}, topic)
    (alert,) = alerter.take([signal("error", ANSWER)], at(DAY + 1))
    before = list(topic.records)
    say(alerter, alert.id, "ack", 1)
    assert topic.records == before


def test_copy() -> None:
    """A copy of the open alerts goes its own way."""
    mine = Grouping(Rules())
    mine.take([signal("error", ANSWER)], at(DAY + 5))
    other = mine.copy()
    other.take([signal("error", ANSWER, 9, "cleared")], OVER)
    assert (len(mine.open), len(other.open)) == (1, 0)
    assert mine.take([signal("error", ANSWER)], at(DAY + 5)) == []
