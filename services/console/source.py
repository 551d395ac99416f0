"""The page's source in the store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import Any

import msgspec

from detectors.identity import l1
from services.access.token import EVERY
from services.console.desk import Opened
from services.console.records import (
    Alert,
    Change,
    Ending,
    Judged,
    Judging,
    Known,
    Letters,
    Passed,
    Pipeline,
    Spent,
    SpentHour,
    Undelivered,
    Watching,
    Window,
)
from services.console.sums import Hour, Key, Leaf, Sums
from services.deadlines.deadline import Deadline, deadline_of
from services.digest.waiting import Day, Named, past_days
from services.label.agreement import agreement
from services.wording.advice import Advice, advice_of, ranked
from services.wording.examples import Call, call_of, shows
from store import console, dead_letters, passage
from store.database import Database
from store.deadlines import deadlines
from store.errors import StoreError
from store.rollup import summed_until
from store.series_state import series_states
from store.writer import Writer

MOST_READ = 1_000_000  # single calls for one page
SPARK_HOURS = 25  # 24 whole ones and the one that runs
_NAMES = tuple(each.name for each in fields(Sums) if not each.name.startswith("served_"))
_KEYS = tuple(each.name for each in fields(Key))


# Made at import: of several threads that use a type for the first time one may crash (msgspec 0.22).
_ALERT, _CHANGE = msgspec.json.Decoder(Alert), msgspec.json.Decoder(Change)


class StoreSource:
    """Reads the store's views. Any thread may call it."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def of(self, tenant: str) -> StoreSource:
        return self if tenant == EVERY else StoreSource(self.database.of(tenant))

    def leaves(self, now: datetime) -> Sequence[Leaf]:
        day = {_key(row): row for row in console.fleet_day(self.database, now)}
        return [_leaf(row, day.get(_key(row)), now) for row in console.fleet_known(self.database, now)]

    def hours(self, alerts: Sequence[Alert], windows: Sequence[Window]) -> Sequence[Sequence[Hour]]:
        return self._spans([_span(alert, window) for alert, window in zip(alerts, windows, strict=True)])

    def answered(self, alert: Alert, window: Window, hours: Sequence[Hour]) -> Sequence[Hour]:
        to = alert.facts.get("to")
        if alert.signal != "model_changed" or not to or sum(hour.sums.n for hour in hours) > MOST_READ:
            return hours
        every: Counter[datetime] = Counter()
        new: Counter[datetime] = Counter()
        for row in console.served(self.database, _span(alert, window)):
            every[row["hour"]] += row["n"]
            new[row["hour"]] += row["n"] if l1(row["served_model"]) == to else 0
        return [
            Hour(hour.at, replace(hour.sums, served_n=every[hour.at], served_new=new[hour.at]))
            for hour in hours
        ]

    def _spans(self, spans: Sequence[console.Span]) -> list[list[Hour]]:
        found: list[list[Hour]] = [[] for _ in spans]
        for row in console.span_hours(self.database, spans):
            found[row["span"]].append(Hour(row["hour"], _sums(row)))
        return found

    def alerts(self, since: datetime) -> Sequence[Alert]:
        return [_ALERT.decode(body) for body in console.alert_bodies(self.database, since)]

    def alert(self, alert_id: str) -> Alert | None:
        body = console.alert_body(self.database, alert_id)
        return _ALERT.decode(body) if body else None

    def changes(self, since: datetime, until: datetime) -> Sequence[Change]:
        return [msgspec.convert(row, Change) for row in console.changes(self.database, since, until)]

    def advice(self, now: datetime) -> Sequence[Advice]:
        return ranked(advice_of(row) for row in console.advice(self.database, now))

    def past_days(self, routes: Collection[str], now: datetime) -> Mapping[Named, Sequence[Day]]:
        return past_days(self.database, now, routes=routes) if routes else {}

    def endings(self) -> Sequence[Ending]:
        return [Ending(**row) for row in console.endings(self.database)]

    def judged(self, since: datetime) -> Sequence[Judging]:
        return [
            Judging(**row, agreement=agreement([bool(one) for one in said] for said in several))
            for row, several in console.judged(self.database, since)
        ]

    def calls(self, alerts: Sequence[Alert]) -> Sequence[Sequence[Call]]:
        shown = [alert for alert in alerts if alert.examples]
        if not shown:
            return [[] for _ in alerts]
        ids = [event_id for alert in shown for event_id in alert.examples]
        since = min(alert.began_low for alert in shown) - timedelta(days=1)
        until = max(alert.detected_at for alert in shown) + timedelta(days=30)
        found = [call_of(row) for row in console.calls(self.database, ids, since=since, until=until)]
        return [[call for call in found if shows(alert, call)] for alert in alerts]

    def known(self, key: Key, now: datetime) -> Known | None:
        found = console.series_known(self.database, _place(key), now)
        if not found:
            return None
        teams = tuple(row["team"] for row in found if row["team"])
        first, last = (min(row["first_seen"] for row in found), max(row["last_seen"] for row in found))
        return Known(teams, first, last)

    def series(self, key: Key, windows: Sequence[Window]) -> Sequence[Sequence[Hour]]:
        spans = [
            console.Span(key.tenant, key.platform, key.model, (key.route,), *window) for window in windows
        ]
        return self._spans(spans)

    def watching(self, key: Key) -> Sequence[Watching]:
        return [Watching(**row) for row in series_states(self.database, *_place(key))]

    def deadline(self, key: Key) -> Deadline | None:
        mine = (key.tenant, key.platform, key.model)
        found = deadlines(self.database, key.tenant)
        row = next((row for row in found if (row["tenant"], row["platform"], row["model"]) == mine), None)
        return deadline_of(row) if row else None

    def spent(
        self, before: datetime, begins: datetime, ends: datetime
    ) -> tuple[Sequence[Spent], Sequence[Spent]]:
        found: tuple[list[Spent], list[Spent]] = ([], [])
        for row in console.spent(self.database, before, begins, ends):
            found[0 if row.pop("present") else 1].append(Spent(**row))
        return found

    def spent_hours(self, teams: Collection[str], since: datetime, until: datetime) -> Sequence[SpentHour]:
        return [SpentHour(**row) for row in console.spent_hours(self.database, teams, since, until)]

    def pipeline(self, window: Window, due: datetime, now: datetime) -> Pipeline:
        since, until = window
        letters = dead_letters.counted(self.database, dead_letters.Asked(since=since, until=until))
        return Pipeline(
            passed=[Passed(**row) for row in passage.passed(self.database, since, until, due)],
            letters=[Letters(row.pop("why"), **row) for row in letters],
            judged=[Judged(**row) for row in passage.judged(self.database, since, until)],
            undelivered=[Undelivered(**row) for row in passage.undelivered(self.database, now)],
            newest=passage.newest_call(self.database, now),
            watched_until=passage.watched_until(self.database),
            heartbeat=passage.heartbeat(self.database),
        )

    def summed_until(self) -> datetime | None:
        return summed_until(self.database)

    def newest(self, now: datetime) -> datetime | None:
        return passage.newest_call(self.database, now)

    def unusable(self, now: datetime) -> int:
        return console.unusable(self.database, now)


class StoreAudit:
    """Writes down in the store who has seen texts."""

    def __init__(self, database: Database) -> None:
        self._writer = Writer(database)

    def __call__(self, opened: Opened) -> None:
        if rejected := self._writer.content_reads([opened._asdict()]):
            raise StoreError(f"who sees texts cannot be written down: {rejected[0].reason}")


def _span(alert: Alert, window: Window) -> console.Span:
    series = alert.series
    whole = series.level in {"fleet", "platform", "platform_model"}
    routes = (series.route,) if series.route else () if whole else alert.routes
    return console.Span(series.tenant, series.platform, series.model, routes, *window)


def _key(row: Mapping[str, Any]) -> Key:
    return Key(*(str(row[name]) for name in _KEYS))


def _place(key: Key) -> tuple[str, str, str, str]:
    return key.tenant, key.route, key.platform, key.model


def _sums(row: Mapping[str, Any]) -> Sums:
    return Sums(**{name: row[name] for name in _NAMES})


def _leaf(known: Mapping[str, Any], day: Mapping[str, Any] | None, now: datetime) -> Leaf:
    return Leaf(
        key=_key(known),
        first_seen=known["first_seen"],
        last_seen=known["last_seen"],
        day=_sums(day) if day else Sums(),
        calls=_calls(day["calls"] if day else (), now),
    )


def _calls(found: Sequence[tuple[datetime, int]], now: datetime) -> tuple[int, ...]:
    """Return the calls of each of the last hours; hours without any are zero."""
    last = int(now.timestamp()) // 3600
    by_hour = {int(hour.timestamp()) // 3600: n for hour, n in found}
    return tuple(by_hour.get(hour, 0) for hour in range(last - SPARK_HOURS + 1, last + 1))
