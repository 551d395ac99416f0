"""Silence, budget and detector coverage on made-up traffic: false signals and delays.

    python -m bench.rhythm [--json] [--full]

With --full 40 fleets of 56 days without a fall instead of 8, 5 seeds a cell instead of 1, and 60 teams
instead of 12. Volumes swing sevenfold in a day, or stand still at night and on weekends; they wander from
hour to hour (sd .25 of the log) and from day to day (.12); there are holidays, nightly batches, and bursts.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bench.report import emit, options
from detectors.monitors.base import Later, Leaf, Monitor, Observations, Signal
from detectors.monitors.budget import BudgetMonitor
from detectors.monitors.coverage import CoverageMonitor
from detectors.monitors.page_budget import page_budget
from detectors.monitors.silence import SilenceMonitor
from detectors.monitors.testing import cut
from detectors.monitors.testing_volume import START, Fall, Line, Restlessness, Shape, traffic

DAY = 1440
NULL_DAYS = 56
FALL_DAY = 19.4  # a Tuesday morning
AFTER_DAYS = 7
VOLUMES = (50, 300, 1000, 5000)
FACTORS = (0.0, 0.1, 0.3)
SMALL = 1000  # calls a day of the routes beside the one that falls: more would only take longer
SHAPES: tuple[Shape, ...] = ("round", "office")
FIRST_SEED = 7000
FEBRUARY, MARCH = 31, 59  # days after the start


def fleet() -> list[Line]:
    """Return twelve routes of four teams: a few large ones, many small ones, one batch, one in bursts."""
    made: tuple[tuple[str, str, str, float, Shape], ...] = (
        ("support", "openai", "support/answers", 3000, "round"),
        ("support", "openai", "support/mail", 600, "office"),
        ("support", "anthropic", "support/faq", 150, "round"),
        ("shop", "openai", "shop/search", 8000, "round"),
        ("shop", "google", "shop/describe", 400, "office"),
        ("shop", "google", "shop/nightly", 1500, "night"),
        ("law", "azure", "law/review", 120, "office"),
        ("law", "azure", "law/draft", 40, "office"),
        ("law", "azure", "law/scan", 15, "office"),
        ("ops", "mistral", "ops/tickets", 900, "bursts"),
        ("ops", "mistral", "ops/logs", 2500, "flat"),
        ("ops", "bedrock", "ops/summaries", 60, "round"),
    )
    return [Line(Leaf("default", p, route, "m"), team, n, shape) for team, p, route, n, shape in made]


def said(monitor: Monitor, observations: Observations) -> Iterator[Signal]:
    """Yield what a monitor says, a day at a time."""
    for start in range(observations.start, observations.end, DAY):
        yield from monitor.update(cut(observations, start, start + DAY))


def silences(seed: int) -> int:
    """Return how many silences are said in a fleet in which nothing happens, holidays included."""
    restless = Restlessness(holidays=(18 + seed % 5, 40 + seed % 7))
    return sum(
        signal.state == "raised"
        for signal in said(SilenceMonitor(), traffic(fleet(), NULL_DAYS, seed, restless))
    )


def delay(volume: float, factor: float, shape: Shape, seed: int) -> float | None:
    """Return the hours until the fall of one route among others is said; None where it is not."""
    fall = Fall(FALL_DAY, 99, factor)
    struck = Line(Leaf("default", "openai", "struck", "m"), "team", volume, shape, falls=(fall,))
    others = [line for line in fleet() if line.calls_per_day <= SMALL]
    seen = traffic([struck, *others], int(FALL_DAY) + AFTER_DAYS, seed)
    for signal in said(SilenceMonitor(page_budget()), seen):
        if signal.state == "raised" and "struck" in signal.routes:
            return (signal.minute - START) / 60 - FALL_DAY * 24
    return None


def covered(seed: int, days: int, *, volume: float = 0.0, to: float = 0.0) -> list[Signal]:
    """Return what is said of detectors that cannot judge a share of the calls; `to` of one route's.

    The share is drawn for each route and detector between 0 and 60 %, has a daily rhythm (odds 2) and wanders
    (sd .2 of the hourly log-odds). A judge scores one call in ten an hour later.
    """
    random = np.random.default_rng(seed)
    struck = Line(Leaf("default", "openai", "struck", "m"), "team", volume or 1, "round")
    lines = [struck, *(line for line in fleet() if line.calls_per_day <= SMALL)]
    seen = traffic(lines, days, seed)
    hour = (seen.minute - START) // 60
    after = (seen.leaf == 0) & (seen.minute >= START + FALL_DAY * DAY) & (to > 0)

    def label() -> NDArray[np.int8]:
        base = np.log(np.maximum(random.uniform(-0.2, 0.6, len(lines)), 0.01))[seen.leaf]
        wander = np.zeros(days * 24)
        for i in range(1, days * 24):
            wander[i] = 0.8 * wander[i - 1] + 0.12 * random.standard_normal()
        odds = np.exp(base + 0.35 * np.sin(2 * np.pi * (hour % 24) / 24) + wander[hour])
        share = np.where(after, to, odds / (1 + odds))
        return np.where(random.random(len(seen)) < share, -1, 0).astype(np.int8)

    minutes, n = np.unique(seen.minute, return_counts=True)
    scored = random.binomial(n, 0.1)
    later = [Later("default", "judge", *pair) for pair in zip(minutes.tolist(), scored.tolist(), strict=True)]
    seen = replace(
        seen,
        hallucinated=label(),
        toxic_response=label(),
        toxic_prompt=label(),
        refused=label(),
        privacy=label(),
        later=later,
    )
    return [signal for signal in said(CoverageMonitor(), seen) if signal.state == "raised"]


def coverages(seeds: int, fleets: int) -> Iterator[dict[str, object]]:
    """Yield what is said of detectors without a change, and the hours to one."""
    false = sum(len(covered(FIRST_SEED + 900 + seed, NULL_DAYS)) for seed in range(fleets))
    months = round(fleets * NULL_DAYS / 30, 1)
    yield {"what": "coverage said, nothing happens", "fleet_months": months, "false": false}
    for volume in VOLUMES[1:]:
        late = []
        for seed in range(seeds):
            found = covered(FIRST_SEED + 950 + seed, int(FALL_DAY) + AFTER_DAYS, volume=volume, to=0.8)
            own = [
                one.minute for one in found if "struck" in one.routes and one.minute >= START + FALL_DAY * DAY
            ]
            late.append((min(own) - START) / 60 - FALL_DAY * 24 if own else math.inf)
        middle = statistics.median_low(late)
        hours = None if math.isinf(middle) else round(middle, 2)
        yield {"what": "hours to 80 % not judged", "calls_a_day": volume, "median_h": hours, "seeds": seeds}


def month(seed: int) -> tuple[float, float | None, float | None]:
    """Return which part of its budget a team spent in February, when that was said, and passed (days).

    The budget is drawn so that the month ends between 70 and 130 % of it.
    """
    random = np.random.default_rng(seed)
    line = Line(
        Leaf("default", "openai", "a", "m"),
        "team",
        400,
        "office",
        usd=0.05,
        growth=random.uniform(0.99, 1.02),
    )
    seen = traffic([line], MARCH, seed, Restlessness(daily=0.25))
    of_month = seen.minute >= START + FEBRUARY * DAY
    spent = seen.cost_usd[of_month].cumsum()
    used = float(random.uniform(0.7, 1.3))
    limit = float(spent[-1]) / used
    told = [
        signal.minute
        for signal in said(BudgetMonitor({"team": limit}), seen)
        if signal.state == "raised" and signal.minute >= START + FEBRUARY * DAY
    ]
    passed = int(seen.minute[of_month][int((spent >= limit).argmax())]) if used >= 1 else None
    days = [
        None if minute is None else (minute - START) / DAY - FEBRUARY
        for minute in (min(told, default=None), passed)
    ]
    return used, days[0], days[1]


def main() -> None:
    """Run all three and print the document."""
    chosen = options(__doc__ or "")
    fleets, seeds, teams = (40, 5, 60) if chosen.full else (8, 1, 12)
    false = [silences(FIRST_SEED + seed) for seed in range(fleets)]
    rows: list[dict[str, object]] = [
        {
            "what": "silences said, nothing happens",
            "fleet_months": round(fleets * NULL_DAYS / 30, 1),
            "false": sum(false),
        }
    ]
    for shape in SHAPES:
        for factor in FACTORS:
            for volume in VOLUMES:
                found = [delay(volume, factor, shape, FIRST_SEED + 100 + seed) for seed in range(seeds)]
                late = sorted(math.inf if one is None else one for one in found)
                middle = statistics.median_low(late)
                rows.append(
                    {
                        "what": "hours to a fall",
                        "shape": shape,
                        "left": factor,
                        "calls_a_day": volume,
                        "median_h": None if math.isinf(middle) else round(middle, 2),
                        "found": sum(one is not None for one in found),
                        "seeds": seeds,
                    }
                )
    rows += coverages(seeds, max(fleets // 3, 1))
    rows.append(_budgets([month(FIRST_SEED + 500 + seed) for seed in range(teams)]))
    emit(
        "rhythm",
        sum(false) / (fleets * NULL_DAYS / 30),
        "false silences a fleet-month",
        n=fleets,
        rows=rows,
        as_json=chosen.json,
    )


def _budgets(months: Sequence[tuple[float, float | None, float | None]]) -> dict[str, object]:
    below = [told for used, told, _ in months if used < 1]
    above = [(told, passed) for used, told, passed in months if used >= 1]
    lead = [passed - told for told, passed in above if told is not None and passed is not None]
    return {
        "what": "budgets",
        "below": len(below),
        "said_of_below": sum(told is not None for told in below),
        "above": len(above),
        "said_before": sum(one > 0.1 for one in lead),
        "median_lead_days": round(statistics.median(lead), 1) if lead else None,
    }


if __name__ == "__main__":
    main()
