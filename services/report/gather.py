"""A comparison of two windows out of the store."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from detectors.monitors.factors import Use, split
from services.alerter.alert import Alert
from services.alerter.errors import UnknownAlert
from services.alerter.word import chosen
from services.digest.digest import Changed, Incident
from services.digest.gather import incident
from services.report.comparison import Apart, Comparison, Spend, Value
from services.report.errors import ReportError
from services.report.estimate import judged, measures
from services.report.windows import Asked, of_alert, spans, stamp, within
from store import alerting, compared, console
from store.compared import Compared
from store.database import Database

Row = Mapping[str, Any]

_ALERT = msgspec.json.Decoder(Alert)  # made at import: of threads that use a type first, one may crash


class Gather:
    """Puts comparisons together. Any thread may call it.

    Parameters
    ----------
    zone : of the daily rhythm
    clock : what time it is for what is stored
    """

    def __init__(self, database: Database, zone: ZoneInfo, clock: Callable[[], datetime]) -> None:
        self.database = database
        self.zone = zone
        self.clock = clock

    def comparison(self, asked: Asked) -> Comparison:
        """Return what two windows have apart.

        Raises
        ------
        UnknownAlert, AmbiguousAlert : of the alert that is asked for
        ReportError : the windows cannot be compared, or the later one has no calls
        """
        alert = self._alert(asked.signal, asked.tenant) if asked.signal else None
        calls = of_alert(alert, self.zone, self.clock()) if alert else spans(asked, self.zone)
        rows = [{**row, "usd": row["cost_pusd"] / 1e12} for row in compared.hours(self.database, calls)]
        now, before = ([row for row in rows if bool(row["now"]) is side] for side in (True, False))
        if not now:
            raise ReportError(self._nothing(calls))
        return Comparison(
            calls,
            incident(alert, alert.fired_at or alert.detected_at) if alert else None,
            self.clock(),
            sum(row["n"] for row in now),
            sum(row["n"] for row in before),
            len(now),
            len(before),
            measures(now, before),
            judged(now, before),
            self._spend(calls, now, before),
            tuple(Value(**row) for row in compared.values(self.database, calls)),
            tuple(self._alerts(calls, alert)),
            tuple(self._changes(calls)),
        )

    def sample(self, calls: Compared, most: int) -> bytes:
        """Return single calls of both windows, at most so many of each, as a Parquet file."""
        return compared.sample(self.database, calls, most)

    def _alert(self, prefix: str, tenant: str) -> Alert:
        # Of other tenants not even an id may be told, and their ids make no prefix ambiguous.
        database = self.database.of(tenant) if tenant else self.database
        body = alerting.alert_body(database, chosen(alerting.alert_ids(database, prefix), prefix))
        if body is None:
            raise UnknownAlert(f"no alert has the id {prefix!r}; fmwatch alerts list shows them")
        return _ALERT.decode(body)

    def _nothing(self, calls: Compared) -> str:
        when = f"{stamp(calls.since)} to {stamp(calls.until)}"
        span = compared.stored(self.database, calls)
        if span is None:
            return (
                f"no call of {_named(calls)} is stored at any time; fmwatch models shows how routes and "
                "models are spelled"
            )
        first, last = span
        return (
            f"no call of {_named(calls)} from {when}; such calls are stored from {first:%Y-%m-%d %H:%M} to "
            f"{last + timedelta(hours=1):%Y-%m-%d %H:%M} UTC: name a part of that with --from and --to"
        )

    def _spend(self, calls: Compared, now: Sequence[Row], before: Sequence[Row]) -> Spend:
        rows = compared.uses(self.database, calls)
        sides = [_uses(row for row in rows if bool(row["now"]) is side) for side in (True, False)]
        usd = [sum(use.usd for use in side.values()) if side else None for side in sides]
        unpriced = [sum(row["unpriced_n"] for row in side) for side in (now, before)]
        apart = None
        if all(sides):
            parts = split(_per_call(sides[1]), _per_call(sides[0]))
            apart = Apart(parts.mix + parts.volume, parts.tokens, parts.price)
        return Spend(usd[0], usd[1], unpriced[0], unpriced[1], apart)

    def _alerts(self, calls: Compared, own: Alert | None) -> list[Incident]:
        first = min(calls.since, calls.before_since)
        found = [_ALERT.decode(body) for body in alerting.alert_bodies(self.database, first)]
        hit = [
            (one, at)
            for one in found
            if (at := one.fired_at) and (within(calls, one.began_at) or within(calls, at))
            if _hits(one, calls) and (own is None or one.id != own.id)
        ]
        return [incident(*pair) for pair in sorted(hit, key=lambda pair: (pair[1], pair[0].id), reverse=True)]

    def _changes(self, calls: Compared) -> list[Changed]:
        first, last = min(calls.since, calls.before_since), max(calls.until, calls.before_until)
        rows = console.changes(self.database, first, last)
        names = Changed.__struct_fields__
        found = [Changed(**{name: row[name] for name in names}) for row in rows]
        return [one for one in found if _near(one, calls)]


def _uses(rows: Any) -> dict[tuple[str, str, str], Use]:  # noqa: ANN401 - an iterable of rows
    return {
        (row["route"], row["platform"], row["model"]): Use(row["calls"], row["tokens"], row["usd"])
        for row in rows
    }


def _per_call(uses: Mapping[tuple[str, str, str], Use]) -> dict[tuple[str, str, str], Use]:
    """Return the uses as parts of one call: windows may differ in length."""
    n = sum(use.calls for use in uses.values())
    return {key: Use(use.calls / n, use.tokens / n, use.usd / n) for key, use in uses.items()}


def _hits(alert: Alert, calls: Compared) -> bool:
    """Tell whether an alert is about any of the calls."""
    series = alert.series
    routes = set(alert.routes) | ({series.route} if series.route else set())
    return (
        calls.tenant in ("", series.tenant)
        and (not calls.routes or not routes or bool(routes & set(calls.routes)))
        and _fits(calls.platform, series.platform)
        and _is_model(calls.model, series.platform, series.model)
    )


def _near(change: Changed, calls: Compared) -> bool:
    """Tell whether a change may be about the calls."""
    return (
        (calls.tenant in ("", change.tenant) or not change.tenant)
        and (not change.route or not calls.routes or change.route in calls.routes)
        and _fits(calls.platform, change.platform)
        and _is_model(calls.model, change.platform, change.model)
    )


def _fits(wanted: str, has: str) -> bool:
    return not wanted or not has or wanted == has


def _is_model(wanted: str, platform: str, model: str) -> bool:
    return _fits(wanted, model) or wanted == f"{platform}/{model}"


def _named(calls: Compared) -> str:
    place = f"route {calls.routes[0]!r}" if len(calls.routes) == 1 else f"{len(calls.routes)} routes"
    whole = "the fleet" if not calls.routes else place
    model = "/".join(part for part in (calls.platform, calls.model) if part)
    tenant = f" of tenant {calls.tenant!r}" if calls.tenant else ""
    return f"{whole} on {model!r}{tenant}" if model else f"{whole}{tenant}"
