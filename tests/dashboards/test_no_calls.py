"""The rule that fires when no calls come in: for fleets that never rest, that rest at night, or are new."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from store.database import Database
from tests.dashboards.fired import fires, summed
from tests.store.fleet import START

STALE = "fmwatch-stale"
DAY = 24
WEEK = 7 * DAY


def every(minutes: int, since: float, until: float) -> list[float]:
    """Return moments so many minutes apart, in hours after the fleet's first Monday."""
    return [minute / 60 for minute in range(round(since * 60), round(until * 60), minutes)]


def office(until: float, *, opens: float = 8, closes: float = 18, since: float = 0) -> list[float]:
    """Return moments of a fleet that is asked from Monday to Friday within office hours."""
    assert START.weekday() == 0
    return [hour for hour in every(2, since, until) if hour % WEEK < 5 * DAY and opens <= hour % DAY < closes]


def false_alarms(store: Database, since: float, until: float, minutes: int = 180) -> Iterator[float]:
    """Yield when the rule fires in that time, though it should not."""
    return (hour for hour in every(minutes, since, until) if fires(store, STALE, hour))


def test_empty(store: Database) -> None:
    """A store without a call has nothing to say."""
    assert not fires(store, STALE, 30)


def test_office_hours(store: Database) -> None:
    """A fleet that rests at night and at weekends is missed within three quarters of an hour at noon."""
    noon = 3 * WEEK + 2 * DAY + 12
    summed(store, office(noon))
    assert not fires(store, STALE, noon + 0.5)
    assert fires(store, STALE, noon + 0.75)
    assert fires(store, STALE, noon + 6)
    assert fires(store, STALE, noon + 8 * DAY)


@pytest.mark.parametrize("weeks", [2, 5])
def test_rest(store: Database, weeks: int) -> None:
    """Nights and weekends of such a fleet are no silence; a morning without calls is one, as on a holiday."""
    summed(store, office(weeks * WEEK))
    friday = (weeks - 1) * WEEK + 4 * DAY + 18
    assert not list(false_alarms(store, friday, weeks * WEEK + 8))
    assert not fires(store, STALE, weeks * WEEK + 8.5)
    assert fires(store, STALE, weeks * WEEK + 9.75)


def test_night(store: Database) -> None:
    """Nor is a night; a morning is, after what may be late."""
    evening = 3 * WEEK + DAY + 18
    summed(store, office(evening))
    assert not list(false_alarms(store, evening, evening + 14.5, 60))
    assert fires(store, STALE, evening + 15.75)


def test_saturday(store: Database) -> None:
    """One Saturday on which people worked makes no rule of it."""
    saturday = 5 * DAY
    worked = 2 * WEEK + saturday
    summed(store, [*office(3 * WEEK + 4 * DAY + 18), *every(2, worked + 8, worked + 18)])
    assert not list(false_alarms(store, 3 * WEEK + saturday, 4 * WEEK + 8))


@pytest.mark.parametrize("shift", [-1, 1])
def test_clock(store: Database, shift: int) -> None:
    """When clocks are set forward or back, nothing but the hour has changed."""
    changed = 4 * WEEK
    opens, closes = 8 + shift, 18 + shift
    summed(store, office(changed))
    for day in range(2):
        began = changed + day * DAY
        assert not list(false_alarms(store, began, began + opens, 60))
        summed(store, office(began + DAY, since=began, opens=opens, closes=closes))
        assert not list(false_alarms(store, began + closes, began + closes + 4, 60))


@pytest.mark.parametrize("age", [9 * DAY, 4 * WEEK + DAY])
def test_never_rests(store: Database, age: float) -> None:
    """A fleet that never rests is missed at once, also in the week after ten hours without calls."""
    out = age - 3 * DAY
    summed(store, [*every(2, 0, out), *every(2, out + 10, age)])
    assert not fires(store, STALE, age + 0.5)
    assert fires(store, STALE, age + 0.75)


@pytest.mark.parametrize("closed", [1, 2])
def test_weeks_off(store: Database, closed: int) -> None:
    """After a week without calls the others say what is usual; after two, only the longest silence does."""
    opened = (4 + closed) * WEEK
    summed(store, [*office(4 * WEEK), *office(opened + DAY + 12, since=opened)])
    assert fires(store, STALE, opened + DAY + 13) == (closed == 1)


def test_few_calls(store: Database) -> None:
    """A call every twenty minutes may by chance not come for hours, as before."""
    out = 3 * WEEK - 2 * DAY
    summed(store, [*every(20, 0, out), *every(20, out + 2, 3 * WEEK)])
    assert not fires(store, STALE, 3 * WEEK + 2.9)
    assert fires(store, STALE, 3 * WEEK + 4)


def test_late(store: Database) -> None:
    """What runs for an hour every night may begin an hour later."""
    nightly = [hour for hour in every(1, 0, 3 * WEEK) if 2 <= hour % DAY < 3]
    summed(store, nightly)
    assert not fires(store, STALE, 3 * WEEK + 3)
    assert fires(store, STALE, 3 * WEEK + 5)


def test_first_days(store: Database) -> None:
    """Of three days nothing is a rule yet but the longest time without a call."""
    summed(store, office(2 * DAY + 12))
    assert not list(false_alarms(store, 2 * DAY + 12, 3 * DAY + 8))
