"""Points in time as producers write them: RFC 3339 with a zone, or a number since the epoch."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from stream.errors import InvalidEvent

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EARLIEST = (datetime.min.replace(tzinfo=UTC) - _EPOCH) // timedelta(microseconds=1)

# What the store can hold, with room for time zones.
FIRST = datetime(1900, 1, 2, tzinfo=UTC)
LAST = datetime(2262, 1, 1, tzinfo=UTC)

# Numbers below a bound are in this many units per second. Each bound is the year 5138 in its unit, and the
# same number in the next unit is 1973: no call to a foundation model is ambiguous.
_UNITS = ((10**11, 1), (10**14, 10**3), (10**17, 10**6), (10**20, 10**9))


def moment(value: object, field: str) -> datetime:
    """Return the point in time in UTC, to the microsecond.

    >>> moment(1764000000, "at") == moment(1764000000000, "at") == moment("2025-11-24T16:00:00Z", "at")
    True
    """
    if isinstance(value, str):
        return _bounded(_written(value, field), field)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _bounded(_counted(value, field), field)
    raise InvalidEvent(
        "wrong_type",
        field,
        f"{field} must be a time such as 2026-11-24T09:30:00Z, or a number since the epoch",
    )


def _written(value: str, field: str) -> datetime:
    if value[4:5] == value[7:8] == "-" and value[13:14] == value[16:17] == ":":
        try:
            when = datetime.fromisoformat(value.upper())
        except ValueError:
            pass
        else:
            if when.tzinfo is not None:
                return when
            what = f"{field} has no time zone: write {value}Z if it is UTC"
            raise InvalidEvent("wrong_type", field, what)
    what = f"{field} must be a time such as 2026-11-24T09:30:00Z; this one cannot be read"
    raise InvalidEvent("wrong_type", field, what)


def _counted(value: float, field: str) -> datetime:
    for bound, per_second in _UNITS:
        if abs(value) < bound:
            microseconds = (
                value * 10**6 // per_second if isinstance(value, int) else round(value * 10**6 / per_second)
            )
            if microseconds < _EARLIEST:  # Python's calendar begins with the year 1
                raise InvalidEvent(
                    "clock_out_of_range", field, f"{field} is before the year 1: check the clock"
                )
            return _EPOCH + timedelta(microseconds=microseconds)
    raise InvalidEvent("wrong_type", field, f"{field} is too large for a time in seconds, ms, us or ns")


def _bounded(when: datetime, field: str) -> datetime:
    if FIRST <= when <= LAST:
        return when if when.tzinfo is UTC else when.astimezone(UTC)
    raise InvalidEvent("clock_out_of_range", field, f"{field} is in the year {when.year}: check the clock")
