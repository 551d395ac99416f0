"""How soon a change is found by the whole recipe: estimated references, wander, retries, thin series."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from bench.intervals import bootstrap
from detectors.monitors.base import Leaf, Level, Signal, SignalName
from detectors.monitors.rate import RateMonitor
from detectors.monitors.testing import MONDAY, Shift, Stream, Weather, cut, simulate

Floats = NDArray[np.float64]
Row = dict[str, object]

MONTHS = 50.0  # promised between two false pages of one series
TICKETS = 10.0  # as many tickets as pages
REFERENCE_DAYS = 14
EARLIEST_DAY = 16
RATE = 0.02
SEED = 7400  # tuning: 400
CHILDREN = 20
NEVER = float("inf")
WEATHERS = {
    "quiet": Weather(rhythm=4.0, wander=0.0, retries=0.0, weekend=1.2),
    "wander and retries": Weather(rhythm=4.0, wander=0.2, retries=0.2, weekend=1.2),
}
RESTLESS = WEATHERS["wander and retries"]
NO_LEAST: Mapping[SignalName, float] = {"error": 1.0}  # nothing beyond the reference's own margin
FINEST: frozenset[Level] = frozenset({"route", "route_model"})


def delay_rows(full: bool) -> list[Row]:
    """Return delays at 5,000 calls a day, and beside them those with the least effect errors ship with."""
    streams = 24 if full else 6
    rows = []
    for to, reach, days in ((0.04, 24, 10), (0.10, 2, 2)):
        words = f"{RATE:.0%} -> {to:.0%}, 5,000 a day"
        for name, weather in WEATHERS.items():
            late = delays(5_000, to, days, streams, weather=weather)
            rows.append(_row("delay", f"{words}, {name}", late, f"median <= {reach} h"))
        late = delays(5_000, to, days, streams, at_least={})
        rows.append(_row("delay", f"{words}, {name}, least effect 1.5 as shipped", late, "-"))
    return rows


def thin_rows(full: bool) -> list[Row]:
    """Return delays of one thin series, and of twenty that shift together."""
    streams, families = (48, 12) if full else (8, 2)
    alone = delays(50, 0.10, 40, streams)
    together = np.array([_together(SEED + 50 + number) for number in range(families)])
    return [
        _row("thin", "2% -> 10%, 50 a day alone", alone, "median <= 240 h"),
        _row("thin", f"2% -> 10%, {CHILDREN} of 50 a day through their parent", together, "median <= 24 h"),
    ]


def ticket_rows(full: bool) -> list[Row]:
    """Return how much sooner a ticket comes than a page, when there may be ten times as many."""
    streams = 24 if full else 6
    cases = ((5_000, 0.04, 10), (5_000, 0.10, 3), (500, 0.10, 10), (50, 0.10, 40))
    shares = {
        f"{RATE:.0%} -> {to:.0%}, {calls:,} a day": _shares(calls, to, days, streams)
        for calls, to, days in cases
    }
    every = np.concatenate(list(shares.values()))
    return [
        *(_tickets(case, share, "-") for case, share in shares.items()),
        _tickets("all of these", every, "never later, median <= .9"),
    ]


def _shares(calls: int, to: float, days: int, streams: int) -> Floats:
    """Return the time to the ticket as a share of that to the page, where there was one."""
    page = delays(calls, to, days, streams)
    ticket = delays(calls, to, days, streams, months=MONTHS / TICKETS)
    return ticket[np.isfinite(page)] / page[np.isfinite(page)]


def _tickets(case: str, share: Floats, reach: str) -> Row:
    return {
        "part": "tickets",
        "case": case,
        "never_later": bool((share <= 1.0).all()),
        "median_share_of_the_pages_time": round(float(np.median(share)), 3),
        "interval": _interval(share),
        "reach": reach,
        "n": len(share),
        "seed": SEED,
    }


def delays(
    calls: float,
    to: float,
    days: int,
    streams: int,
    *,
    weather: Weather = RESTLESS,
    months: float = MONTHS,
    at_least: Mapping[SignalName, float] = NO_LEAST,
    seed: int = SEED,
) -> Floats:
    """Return the hours from change to signal, one per stream, each a tenant of its own.

    Parameters
    ----------
    days : watched after the change, which comes at another hour of the day in each stream
    """
    change = [EARLIEST_DAY + number / streams for number in range(streams)]
    made = [
        Stream(
            Leaf(f"t{number:03d}", "openai", "support", "gpt-5.4"),
            calls_per_day=calls,
            rates={"error": RATE},
            shifts=(Shift("error", to, day),),
        )
        for number, day in enumerate(change)
    ]
    monitor = RateMonitor(lambda *_: months, REFERENCE_DAYS, at_least=at_least)
    found = raised(monitor, made, EARLIEST_DAY + 1 + days, seed, weather)
    late = np.full(streams, NEVER)
    for number, signal in itertools.product(range(streams), found):
        hours = (signal.minute + 1 - MONDAY - change[number] * 1440) / 60
        if signal.series.tenant == made[number].leaf.tenant and hours > 0:
            late[number] = min(late[number], hours)
    return late


def _together(seed: int) -> float:
    """Return the hours until a coarser series says that its thin children have shifted."""
    day = EARLIEST_DAY + (seed * 0.37) % 1.0
    made = [
        Stream(
            Leaf("default", "openai", f"route{number:02d}", "gpt-5.4"),
            calls_per_day=50,
            rates={"error": RATE},
            shifts=(Shift("error", 0.10, day),),
        )
        for number in range(CHILDREN)
    ]
    monitor = RateMonitor(lambda *_: MONTHS, REFERENCE_DAYS, at_least=NO_LEAST)
    found = raised(monitor, made, EARLIEST_DAY + 6, seed, RESTLESS)
    late = [
        (signal.minute + 1 - MONDAY - day * 1440) / 60
        for signal in found
        if signal.series.level not in FINEST
    ]
    return min((hours for hours in late if hours > 0), default=NEVER)


def raised(
    monitor: RateMonitor, streams: Sequence[Stream], days: int, seed: int, weather: Weather
) -> list[Signal]:
    """Return the signals raised on these streams, asked about errors only."""
    observations = simulate(streams, days, seed, weather, {"error"})
    found: list[Signal] = []
    for day in range(days):
        part = cut(observations, MONDAY + day * 1440, MONDAY + (day + 1) * 1440)
        found += [signal for signal in monitor.update(part) if signal.state == "raised"]
    return found


def _row(part: str, case: str, hours: Floats, reach: str) -> Row:
    return {
        "part": part,
        "case": case,
        "median_h": _finite(float(np.median(hours))),
        "interval": _interval(hours),
        "not_found": int(np.isinf(hours).sum()),
        "reach": reach,
        "n": len(hours),
        "seed": SEED,
    }


def _interval(values: Floats) -> list[float | None]:
    ends = bootstrap(lambda drawn: float(np.quantile(values[drawn], 0.5, method="higher")), len(values))
    return [_finite(end) for end in ends]


def _finite(value: float) -> float | None:
    """JSON knows no infinity: None is never."""
    return round(value, 2) if np.isfinite(value) else None
