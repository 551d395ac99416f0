"""The rules that fire when the watcher stands still, or money runs away."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from detectors.base import Column
from store.database import Database
from store.labels import PAIR_TAG
from store.rollup import Rollup
from store.writer import Writer
from tests.dashboards.fired import fires
from tests.store.fleet import START, batch, call, moved, verdicts


def write(store: Database, days: dict[float, int], start: datetime = START) -> None:
    """Store a call at each of these days, at that price in 1e-12 USD."""
    events = [moved(call(number), occurred_at=start + timedelta(days=day)) for number, day in enumerate(days)]
    found = verdicts(events)
    spend: Column = found["spend"]
    parts = {**spend.parts, "cost_pusd": list(days.values())}
    priced = replace(spend, label=["priced"] * len(events), parts=parts)
    Writer(store).generations([(batch(events), {**found, "spend": priced})])


def test_watcher(store: Database) -> None:
    """Calls that nobody sums up call people; once they are summed up, all is well."""
    write(store, {0.0: 1, 0.05: 1})
    assert fires(store, "fmwatch-watcher", 2)
    Rollup(store).catch_up()
    assert not fires(store, "fmwatch-watcher", 2)


def test_stale(store: Database) -> None:
    """No call for longer than ever in a week calls people; a night as long as the last one does not."""
    write(store, {0.0: 1, 0.4: 1, 0.5: 1})
    Rollup(store).catch_up()
    assert not fires(store, "fmwatch-stale", 24 * 0.9)
    assert fires(store, "fmwatch-stale", 24 * 1.2)


@pytest.mark.timeout(120)
def test_comparisons(store: Database) -> None:
    """Calls that compare models neither hide that traffic has stopped nor look like calls nobody sums up."""
    start = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(days=2)
    minute = timedelta(minutes=1)
    served = [moved(call(number), occurred_at=start + number * minute / 10) for number in range(2000)]
    ended = start + 200 * minute
    pairs = [
        moved(call(number), event_id=f"p{number}", occurred_at=ended + number * minute, tags={PAIR_TAG: "e1"})
        for number in range(28 * 60)
    ]
    for events in (served, pairs):
        Writer(store).generations([(batch(events), verdicts(events))])
    Rollup(store).catch_up()
    state = {"tenant": "default", "signal": "error", "level": "fleet", "state": "watched", "watched": "fully"}
    Writer(store).series_state([{**state, "since": start, "updated_at": start}])
    two_hours_later = 200 / 60 + 2
    assert fires(store, "fmwatch-stale", two_hours_later, start)
    assert not fires(store, "fmwatch-watcher", two_hours_later, start)
    assert not fires(store, "fmwatch-monitors", 28, start)


def test_monitors(store: Database) -> None:
    """Monitors that have said nothing for a day while calls come call people."""
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(days=2)  # states are kept for 35 days
    write(store, {1.0: 1, 1.2: 1}, start)
    state = {"tenant": "default", "signal": "error", "level": "fleet", "state": "watched", "watched": "fully"}
    Writer(store).series_state([{**state, "since": start, "updated_at": start}])
    assert fires(store, "fmwatch-monitors", 24 * 1.2, start)
    assert not fires(store, "fmwatch-monitors", 24 * 1.05, start)


def test_monitors_never(store: Database) -> None:
    """Monitors that never said anything call people too, once they have had a day for it."""
    start = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(days=2)
    write(store, {0.0: 1, 0.05: 1, 0.9: 1, 1.1: 1}, start)
    assert not fires(store, "fmwatch-monitors", 2, start)  # nor are there sums
    Rollup(store).catch_up()
    assert not fires(store, "fmwatch-monitors", 2, start)
    assert not fires(store, "fmwatch-monitors", 24, start)
    assert fires(store, "fmwatch-monitors", 24 * 1.2, start)


def test_spend(store: Database) -> None:
    """A day three times as dear as any of two weeks makes a ticket; one as dear as that does not."""
    write(store, {0.5 + day: 10**10 for day in range(10)} | {10.5: 3 * 10**10})
    Rollup(store).catch_up()
    assert not fires(store, "fmwatch-spend", 24 * 10)
    assert fires(store, "fmwatch-spend", 24 * 11)
    # Of a day that nobody has summed up it says nothing.
    assert not fires(store, "fmwatch-spend", 24 * 12)


@pytest.mark.parametrize("muted", ["", "maintenance"])
def test_undelivered(store: Database, muted: str) -> None:
    """What was tried again a minute ago and has waited for an hour calls people, unless a mute holds it."""
    alert = {
        "tenant": "default",
        "id": "a1",
        "severity": "page",
        "signal": "latency",
        "body": json.dumps({"muted": muted}),
    }
    Writer(store).alerts([{**alert, "updated_at": START}])
    assert not fires(store, "fmwatch-undelivered", 0.2)
    delivery = {
        "tenant": "default",
        "alert_id": "a1",
        "receiver": "pager",
        "kind": "fire",
        "state": "waiting",
    }
    queued = msgspec.json.encode({"queued_at": START}).decode()
    tried = START + timedelta(minutes=59)
    Writer(store).deliveries([{**delivery, "id": "d1", "attempts": 9, "body": queued, "updated_at": tried}])
    assert fires(store, "fmwatch-undelivered", 1) == (not muted)


def test_refused(store: Database) -> None:
    """A refusal calls people until the same receiver has taken something again."""
    refused = {
        "tenant": "default", "alert_id": "a1", "receiver": "pager", "kind": "fire", "state": "failed",
        "attempts": 1, "body": msgspec.json.encode({"queued_at": START}).decode(),
    }  # fmt: skip
    hour = timedelta(hours=1)
    Writer(store).deliveries([{**refused, "id": "d1", "updated_at": START}])
    assert fires(store, "fmwatch-undelivered", 1)
    sent = {**refused, "state": "sent"}
    Writer(store).deliveries(
        [
            {**sent, "id": "d2", "receiver": "chat", "updated_at": START + hour},
            {**sent, "id": "d3", "updated_at": START - hour},
        ]
    )
    assert fires(store, "fmwatch-undelivered", 2)
    Writer(store).deliveries([{**sent, "id": "d4", "updated_at": START + 3 * hour}])
    assert fires(store, "fmwatch-undelivered", 2)
    assert not fires(store, "fmwatch-undelivered", 4)
    Writer(store).deliveries([{**refused, "id": "d5", "updated_at": START + 5 * hour}])
    assert fires(store, "fmwatch-undelivered", 6)
