"""Which calls a report compares: an alert's with its reference, or two spans that somebody names."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import msgspec

from services.alerter.alert import Alert
from services.alerter.explain import REFERENCE, until
from services.report.errors import ReportError
from store.compared import Compared

DAY = timedelta(days=1)
LONGEST = timedelta(days=400)
MOST_OPEN = timedelta(days=28)  # of an alert that is not over: its start must not drown in what came since
_HOUR = timedelta(hours=1)
_MINUTE = timedelta(minutes=1)
_INSTANT = timedelta(microseconds=1)
# A time without its zone names no moment, and cannot be held against one that has it.
Moment = Annotated[datetime, msgspec.Meta(tz=True)]
Side = Literal["now", "before"]


class Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What somebody wants compared: an alert by its id, or a route's calls in [since, until).

    Attributes
    ----------
    signal : the alert's id, or how it begins
    model : as calls name it, alone or as platform/model
    before_since, before_until : what it is held against; as long just before, where that is not said
    """

    signal: str = ""
    tenant: str = ""
    route: str = ""
    model: str = ""
    since: Moment | None = None
    until: Moment | None = None
    before_since: Moment | None = None
    before_until: Moment | None = None


def spans(asked: Asked, zone: ZoneInfo) -> Compared:
    """Return the calls of two spans; raises ReportError where they are none or have calls in common."""
    try:
        return _spans(asked, zone)
    except OverflowError:
        raise ReportError(
            "a window, or what comes before it, is at the end of all time; name another"
        ) from None


def _spans(asked: Asked, zone: ZoneInfo) -> Compared:
    since, until_ = asked.since, asked.until
    if since is None or until_ is None or not asked.route:
        raise ReportError("name an alert with --signal, or a route with --route, --from and --to")
    before_since = asked.before_since or since - (until_ - since)
    before_until = asked.before_until or since
    for first, last, options in (
        (since, until_, "--from is not before --to"),
        (before_since, before_until, "--against ends before it begins"),
    ):
        if first >= last:
            raise ReportError(f"{options}: {stamp(first)} to {stamp(last)}; turn them round")
        if last - first > LONGEST:
            raise ReportError(f"{stamp(first)} to {stamp(last)} is more than {LONGEST.days} days; name less")
    if since < before_until and before_since < until_:
        raise ReportError(
            f"the windows overlap: {stamp(since)} to {stamp(until_)} and {stamp(before_since)} to "
            f"{stamp(before_until)} have calls in common; end one where the other begins"
        )
    found = Compared(
        asked.tenant,
        "",
        asked.model,
        (asked.route,),
        since,
        until_,
        before_since,
        before_until,
        zone=zone.key,
    )
    return _alike(found, zone)


def of_alert(alert: Alert, zone: ZoneInfo, at: datetime) -> Compared:
    """Return an alert's calls until it was over and those of the week before it, by which it was explained.

    Parameters
    ----------
    at : what time it is for what is stored, where an alert that is not over ends
    """
    series, end = alert.series, max(until(alert), at) if alert.open else until(alert)
    announced = alert.unit == "days"  # of the end of a model: that day says nothing about calls
    began = end - REFERENCE if announced else alert.began_at
    if alert.open and not announced:
        end = min(end, began + MOST_OPEN)
    low = began if announced else min(alert.began_low, began)
    found = Compared(
        series.tenant,
        series.platform,
        series.model,
        () if series.level == "fleet" else tuple(alert.routes),
        began,
        max(end, began + _MINUTE),
        low - REFERENCE,
        low,
        zone=zone.key,
    )
    return _alike(found, zone)


def _alike(asked: Compared, zone: ZoneInfo) -> Compared:
    """Confine what is before to the window's own hours of the day, where it has all of them."""
    short = asked.until - asked.since < DAY <= asked.before_until - asked.before_since
    if not short:
        return asked
    at, hours = asked.since, {(asked.until - _INSTANT).astimezone(zone).hour}
    while at < asked.until:
        hours.add(at.astimezone(zone).hour)
        at += _HOUR
    return msgspec.structs.replace(asked, hours=tuple(sorted(hours)))


def within(calls: Compared, moment: datetime) -> Side | None:
    """Return the window that a moment is in, None where it is in neither."""
    if calls.since <= moment < calls.until:
        return "now"
    return "before" if calls.before_since <= moment < calls.before_until else None


def stamp(moment: datetime) -> str:
    """Return a moment, with its seconds where it has any."""
    seconds = ":%S" if moment.second else ""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M{seconds}} UTC"
