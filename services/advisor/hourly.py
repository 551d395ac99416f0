"""What a call costs on an endpoint that costs by the hour: its hours, over all calls that share them.

So it is known only where the calls are: those that were counted, or a volume that somebody states. How many
more the endpoint would carry nobody knows, and a call less saves nothing until the endpoint is given up.
"""

from __future__ import annotations

HOURS_A_DAY = 24


def usd_per_call(hourly_usd: float, calls_per_day: float | None) -> float | None:
    """Return the cost of a call, None where nobody knows how many share the hours.

    >>> usd_per_call(5.0, 12_000), usd_per_call(5.0, None), usd_per_call(5.0, 0)
    (0.01, None, None)
    """
    return HOURS_A_DAY * hourly_usd / calls_per_day if calls_per_day else None
