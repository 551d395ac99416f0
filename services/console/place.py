"""Where a series has its page, and which time a link asks for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from urllib.parse import urlencode

from services.console.records import Window
from services.console.sums import Key

HOUR = timedelta(hours=1)
LONGEST = timedelta(days=60)
LAST = {"24h": timedelta(hours=24), "7d": timedelta(days=7), "30d": timedelta(days=30)}
USUALLY = "24h"
YEARS = (2000, 2099)  # what a store can hold


class Wanted(NamedTuple):
    """The time to show, as whole hours.

    Attributes
    ----------
    last : which of `LAST` it is, "" for an exact time
    misread : something was asked for that is no time, or too long a one
    """

    window: Window
    last: str
    misread: bool


def series_address(key: Key, *, window: Window | None = None) -> str:
    """Return the page of a route on a model, in a window where one is named."""
    query = {"tenant": key.tenant, "route": key.route, "platform": key.platform, "model": key.model}
    if window:
        query |= {"from": _stamp(window[0]), "until": _stamp(window[1])}
    return f"/series?{urlencode(query, errors='replace')}"


def around(since: datetime, until: datetime) -> Window:
    """Return the end of a time, as much of it as a page can show."""
    return max(since, until - LONGEST + 2 * HOUR), until  # both ends become whole hours


def presets(address: str, shown: str) -> tuple[tuple[str, str, bool], ...]:
    """Return the usual times of a page: title, link, and whether it is the one that is shown.

    Parameters
    ----------
    address : of the page, as far as the first or next word of its query
    """
    return tuple((f"{last[:-1]} {last[-1]}", f"{address}last={last}", last == shown) for last in LAST)


def key_of(parameters: Mapping[str, str]) -> Key:
    """Return the route and model that a link names."""
    tenant, route, platform, model = (
        parameters.get(each, "") for each in ("tenant", "route", "platform", "model")
    )
    return Key(tenant, "", route, platform, model)


def wanted(parameters: Mapping[str, str], now: datetime) -> Wanted:
    """Return the time that a link asks for; the last day where it asks for none."""
    last = parameters.get("last", "") or USUALLY
    if "from" in parameters or "until" in parameters:
        exact = _exact(parameters)
        if exact:
            return Wanted(exact, "", misread=False)
    misread = last not in LAST or "from" in parameters or "until" in parameters
    last = last if last in LAST else USUALLY
    end = _floor(now) + HOUR
    return Wanted((end - LAST[last], end), last, misread)


def _exact(parameters: Mapping[str, str]) -> Window | None:
    try:
        since, until = (_utc(datetime.fromisoformat(parameters[name])) for name in ("from", "until"))
        window = _floor(since), _floor(until - timedelta(microseconds=1)) + HOUR
    except (KeyError, ValueError, OverflowError):
        return None
    return window if timedelta() < window[1] - window[0] <= LONGEST and within(window) else None


def within(window: Window) -> bool:
    """Tell whether a window lies where a store can have something, and what comes before it, too."""
    return all(YEARS[0] < moment.year < YEARS[1] for moment in window)


def _utc(moment: datetime) -> datetime:
    """Return a moment in UTC; one without a zone is of the form, which says UTC."""
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _floor(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")
