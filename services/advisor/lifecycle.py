"""Signals about models in use that end: one per model, at first sight, watched daily until traffic moved."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta

from detectors.monitors.base import Series, Signal
from services.advisor.catalogue import Catalogue
from services.advisor.lifespan import Lifespan
from services.advisor.usage import RouteUsage

MONITOR = "lifecycle/1"
QUIET_DAYS = 3  # so long without a call: the traffic has moved
SOON_DAYS = 30  # how near a first possible end must be to be worth a ticket

_Key = tuple[str, str, str]  # tenant, platform, model


def lifecycle(
    usage: Sequence[RouteUsage], catalogue: Catalogue, today: date, raised: Collection[Series] = ()
) -> list[Signal]:
    """Return today's signals; the same usage and day give the same signals.

    Parameters
    ----------
    usage : what every route used lately
    raised : series whose signal was raised before; those that nobody uses any more are cleared

    A model is named once: at its route when one route uses it, else at the platform's model with all routes.
    The alerter decides on the severity from the fact `days_left`; for a model that is only promised to live
    until a day it is empty, so a listed guess never pages.
    """
    grouped: dict[_Key, list[RouteUsage]] = defaultdict(list)
    for item in usage:
        if used(item, today):
            grouped[item.tenant, item.platform, item.model].append(item)
    found = [
        _signal(series, items, life, today)
        for items in grouped.values()
        if (life := _ending(items, catalogue, today))
        for series in [_series(items)]
    ]
    now = {signal.series for signal in found}
    gone = [_cleared(series, today) for series in sorted(raised) if series not in now]
    return sorted(found, key=lambda signal: signal.series) + gone


def used(item: RouteUsage, today: date) -> bool:
    """Tell whether a model was called lately."""
    last = item.last_at or datetime.combine(today, time(), UTC)
    return item.serves and (today - last.astimezone(UTC).date()) <= timedelta(days=QUIET_DAYS)


def _ending(items: Sequence[RouteUsage], catalogue: Catalogue, today: date) -> Lifespan | None:
    first = max(items, key=lambda item: item.n)
    life = catalogue.status(first.platform, first.model, today, first.served)
    soon = life.state == "scheduled" and life.known_days is not None and life.known_days <= SOON_DAYS
    return life if life.leaving or soon else None


def _series(items: Sequence[RouteUsage]) -> Series:
    first = items[0]
    if len({item.route for item in items}) == 1:
        return Series("route_model", first.tenant, first.platform, first.route, first.model)
    return Series("platform_model", first.tenant, first.platform, model=first.model)


def _signal(series: Series, items: Sequence[RouteUsage], life: Lifespan, today: date) -> Signal:
    ranked = sorted(items, key=lambda item: (-item.n, item.route))
    owners = {item.route: item.team for item in reversed(ranked)}
    routes = list(dict.fromkeys(item.route for item in ranked))
    known = life.days_left if life.days_left is not None else life.known_days
    left = float(known if known is not None else 0)
    began = _minute(life.deprecated_at or today)
    return Signal(
        signal="lifecycle",
        state="raised",
        series=series,
        team=ranked[0].team,
        minute=_minute(today),
        began=began,
        began_low=began,
        began_high=began,
        observed=left,
        reference=0.0,
        low=left,
        high=left,
        unit="days",
        n=sum(item.n for item in items),
        routes=routes,
        teams=[owners[route] for route in routes],
        share_of_traffic=min(1.0, sum(item.share for item in items)),
        monitor=MONITOR,
        note=_note(life),
        facts=_facts(life),
    )


def _note(life: Lifespan) -> str:
    if life.state == "retired":
        return "The provider has retired this model" + (f" on {life.ends}." if life.ends else ".")
    if life.ends:
        return f"The provider stops this model on {life.ends}, in {life.days_left} days."
    if life.state == "deprecated":
        return "The provider has deprecated this model; its last day is not published."
    return f"No end is announced, but the model is promised only until {life.earliest}."


def _facts(life: Lifespan) -> Mapping[str, str]:
    cause = "retired" if life.state == "retired" else "retiring"
    facts = {"cause": cause, "status": life.state, "shutdown_at": str(life.ends or "")}
    facts["days_left"] = "" if life.days_left is None else str(life.days_left)
    if life.earliest:
        facts["earliest_at"] = str(life.earliest)
    if life.via:
        facts["via"] = life.via
    if fact := life.evidence:
        facts |= {"source": fact.source, "url": fact.url, "as_of": fact.as_of, "confidence": fact.confidence}
    return facts


def _cleared(series: Series, today: date) -> Signal:
    minute = _minute(today)
    return Signal(
        signal="lifecycle",
        state="cleared",
        series=series,
        team="",
        minute=minute,
        began=minute,
        began_low=minute,
        began_high=minute,
        observed=0.0,
        reference=0.0,
        low=0.0,
        high=0.0,
        unit="days",
        n=0,
        routes=[series.route] if series.route else [],
        share_of_traffic=0.0,
        monitor=MONITOR,
        note=f"No call has named it for {QUIET_DAYS} days.",
        facts={"status": "moved"},
    )


def _minute(day: date) -> int:
    return int(datetime.combine(day, time(), UTC).timestamp()) // 60
