"""Numbers as a person reads them: three digits, a unit, an interval; "-" where nothing is known."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

UNKNOWN = "-"
Z95 = 1.959964  # normal quantile of a two-sided 95 % interval


def wilson(bad: float, n: float) -> tuple[float, float]:
    """Return the 95 % score interval of a share; the whole range where nothing was observed."""
    if n <= 0:
        return 0.0, 1.0
    share, z2 = bad / n, Z95 * Z95
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = Z95 / (1 + z2 / n) * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    # At the edges the bound is exact; rounding must not move it past the share.
    return (0.0 if bad == 0 else max(0.0, middle - half)), (1.0 if bad == n else min(1.0, middle + half))


def digits(value: float) -> str:
    """Return three significant digits without an exponent: 8.1, 212, 0.0427, 1,240."""
    if value == 0 or not math.isfinite(value):
        return "0" if value == 0 else UNKNOWN
    if abs(value) >= 100:  # noqa: PLR2004 -- three digits
        return f"{value:,.0f}"
    places = max(0, 2 - math.floor(math.log10(abs(value))))
    text = f"{value:.{min(places, 6)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def percent(share: float | None) -> str:
    """Return a share as per cent, two digits below ten: 8.1 %."""
    if share is None or not math.isfinite(share):
        return UNKNOWN
    return f"{_percent(share)} %"


def portion(share: float) -> str:
    """Return a share of calls: from one per cent on without digits that nobody needs.

    >>> portion(0.744), portion(0.0042)
    ('74 %', '0.4 %')
    """
    return f"{100 * share:.0f} %" if share >= 0.01 else percent(share)  # noqa: PLR2004 -- one per cent


def between(low: float, high: float) -> str:
    """Return an interval of shares without repeating the unit: 7.2-9.1."""
    return f"{_percent(low)}-{_percent(high)}"


def count(n: float) -> str:
    """Return a whole number with thousands apart."""
    return f"{n:,.0f}"


def usd(value: float | None) -> str:
    """Return dollars, three digits."""
    return UNKNOWN if value is None or not math.isfinite(value) else digits(value)


def amount(value: float) -> str:
    """Return dollars as a bill has them: 1,204.50; below one, three digits."""
    return f"{value:,.2f}" if value >= 1 else digits(value)


def milliseconds(value: float | None) -> str:
    """Return a duration: 412 ms, 1.4 s."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    return f"{digits(value / 1000)} s" if value >= 1000 else f"{value:.0f} ms"  # noqa: PLR2004 -- a second


def quantity(value: float | None, unit: str) -> str:
    """Return a value of a signal in its unit."""
    if value is None:
        return UNKNOWN
    if unit == "ratio":
        return percent(value)
    if unit == "ms":
        return milliseconds(value)
    if unit == "usd":
        return f"{digits(value)} USD"
    return f"{digits(value)} {unit}".strip()


def span(low: float | None, high: float | None, unit: str) -> str:
    """Return the 95 % interval of a signal's value, "" where there is none; it may be open above."""
    if low is None:
        return ""
    if high is None:
        return f"at least {quantity(low, unit)}"
    if unit == "ratio":
        return between(low, high)
    if unit == "ms":
        return _durations(low, high)
    return f"{digits(low)}-{digits(high)}"


def _durations(low: float, high: float) -> str:
    """Return an interval of durations, without repeating the unit: 1.72-1.86 s, 980 ms to 1.2 s."""
    (first, _, unit), (last, _, other) = (milliseconds(end).partition(" ") for end in (low, high))
    return f"{first}-{last} {unit}" if unit == other else f"{first} {unit} to {last} {other}"


def known(low: float | None, high: float | None, unit: str) -> str:
    """Return an interval in the words of a sentence, "" where there is none: "95 %: 7.9-12.0".

    Both ends of a share have as many digits as the lower one needs.
    """
    if low is not None and high is None:
        return f"95 %: at least {quantity(low, unit)}"
    if low is None or high is None or low == high or not (math.isfinite(low) and math.isfinite(high)):
        return ""
    if unit == "ratio":
        return f"95 %: {_alike(100 * low, 100 * high)}"
    if unit == "ms":
        return f"95 %: {span(low, high, unit)}"
    return f"95 %: {_alike(low, high)}"


def lasting(time: timedelta) -> str:
    """Return how long something takes: 12 min, 1 h 48 min, 3 d 4 h."""
    minutes = max(0, int(time.total_seconds() // 60))
    hours, days = minutes // 60, minutes // 1440
    if hours == 0:
        return f"{minutes} min"
    if days == 0:
        return f"{hours} h {minutes % 60} min" if minutes % 60 else f"{hours} h"
    return f"{days} d {hours % 24} h" if hours % 24 else f"{days} d"


def moment(when: datetime, now: datetime) -> str:
    """Return a time of today as 01:25, of another day with its date; UTC."""
    day, today = when.astimezone(UTC), now.astimezone(UTC)
    if day.date() == today.date():
        return f"{day:%H:%M}"
    return f"{day:%d %b %H:%M}" if day.year == today.year else f"{day:%d %b %Y %H:%M}"


def _alike(low: float, high: float) -> str:
    """Return two numbers with the same places, three digits of the lower at most, two below ten."""
    least = min((abs(end) for end in (low, high) if end), default=1.0)
    places = 0 if least >= 10 else min(6, 1 - math.floor(math.log10(least)))  # noqa: PLR2004 -- two digits
    places = min(places, 1) if max(abs(low), abs(high)) >= 1 else places
    return f"{low:,.{places}f}-{high:,.{places}f}"


def _percent(share: float) -> str:
    value = 100 * share
    if value >= 9.95:  # noqa: PLR2004 -- from ten on, whole per cents with one digit are noise
        return f"{value:.0f}"
    return "0" if value == 0 else f"{value:.1f}" if value >= 0.095 else f"{value:.1g}"  # noqa: PLR2004 -- one digit is enough there
