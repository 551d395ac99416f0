"""False pages where nothing happens: single series under the hardest weather, and a whole fleet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bench.intervals import poisson_upper
from bench.pages_rivals import pages, tabulate
from detectors.monitors.base import Leaf, Monitor, Observations
from detectors.monitors.bets import RATE_ODDS, RATE_STAKES
from detectors.monitors.finding import Desk
from detectors.monitors.level import LevelMonitor
from detectors.monitors.local_time import LocalTime
from detectors.monitors.page_budget import SEVERITY, page_budget
from detectors.monitors.question import Plan, Question
from detectors.monitors.rate import RateMonitor
from detectors.monitors.series import watched
from detectors.monitors.testing import Stream, Weather, cut, simulate
from detectors.monitors.watch import Watch

Row = dict[str, object]

REFERENCE_DAYS = 14
MONTH_DAYS = 30
MONTHS = 10.0  # promised between two false pages of one series, for the hard nulls
MOST_PAGES = {15_000: 0.3, 150_000: 1.0}
RATE = 0.02
SEED = 7200  # tuning: 200
HARD = {
    "sine, wander, retries": Weather(4.0, 0.2, 0.8, 0.2, "sine", 1.2),
    "step, wander, retries": Weather(4.0, 0.2, 0.8, 0.2, "step", 1.2),
    "nightly batch, wander, retries": Weather(4.0, 0.2, 0.8, 0.2, "batch", 1.2),
    "sine, days of wander, retries": Weather(4.0, 0.2, 0.97, 0.2, "sine", 1.2),
    "sine, twice the wander, retries": Weather(4.0, 0.4, 0.8, 0.2, "sine", 1.2),
}
FLEET_SERIES = 200
FLEET_SEED = 6300  # tuning: 300
WEATHERS = (
    Weather(4.0, 0.2, 0.8, 0.2, "sine", 1.2, sizes=0.3, common=0.5),
    Weather(4.0, 0.2, 0.8, 0.2, "step", 1.2, sizes=0.3, common=0.5),
    Weather(4.0, 0.2, 0.97, 0.2, "batch", 1.2, sizes=0.3, common=0.5),
)
PAGED = ("error", "hallucinated", "toxic_response", "toxic_prompt", "latency_ms")


def hard_rows(full: bool) -> list[Row]:
    """Return false pages a series-month by weather and volume."""
    quick = [_hard(name, 15_000, range(SEED, SEED + (2 if full else 1)), 10 if full else 2) for name in HARD]
    return quick + ([_hard(name, 150_000, range(SEED, SEED + 4), 1) for name in HARD] if full else [])


def _hard(name: str, volume: int, seeds: Sequence[int], at_once: int) -> Row:
    found, series = sum(_alone(HARD[name], volume, seed, at_once) for seed in seeds), len(seeds) * at_once
    return {
        "part": "nulls",
        "case": f"{name}, {volume:,} calls a day",
        "pages_a_series_month": round(found / series, 3),
        "upper_95": round(poisson_upper(found) / series, 3),
        "reach": f"<= {MOST_PAGES[volume]}",
        "n": series,
        "seed": seeds[0],
    }


def _alone(weather: Weather, volume: int, seed: int, series: int) -> int:
    """Return the pages of single series asked one question, in the month after their reference."""
    streams = [
        Stream(Leaf(f"t{number}", "openai", "support", "gpt-5.4"), "", volume, {"error": RATE})
        for number in range(series)
    ]
    observations = simulate(streams, REFERENCE_DAYS + MONTH_DAYS, seed, weather, {"error"})
    plan = Plan((Question("error", 0),), RATE_ODDS, RATE_STAKES)
    watch = Watch(Desk(plan, ["ratio"], ["errors"], LocalTime(), "pages"), lambda *_: MONTHS, REFERENCE_DAYS)
    found = 0
    for day in _days(observations):
        signals = watch.update(day, day.error.astype(np.float32)[:, None])
        found += sum(signal.state == "raised" for signal in signals)
    return found


@dataclass(frozen=True)
class Fleet:
    """A fleet of which about two hundred series are watched."""

    streams: Sequence[Stream]

    @property
    def series(self) -> int:
        """How many series are watched, the coarser ones too."""
        return len(watched(stream.leaf for stream in self.streams))


def fleet(seed: int) -> Fleet:
    """Return routes of several teams on models of four platforms, half of them under 500 calls a day."""
    random = np.random.default_rng(seed)
    models = {
        "openai": ("gpt-5.4", "gpt-5.4-mini"),
        "azure": ("gpt-5.4",),
        "anthropic": ("claude-sonnet-4-5", "claude-opus-4-5"),
        "google": ("gemini-2.5-flash", "gemini-2.5-pro"),
    }
    offers = [(platform, model) for platform, names in models.items() for model in names]
    streams: list[Stream] = []
    number = 0
    while True:
        route, team = f"team{number % 12}/route{number}", f"team{number % 12}"
        chosen = random.choice(len(offers), 1 + (random.random() < 0.25), replace=False)
        new = [
            Stream(
                Leaf("default", offers[at][0], route, offers[at][1]),
                team,
                float(np.clip(random.lognormal(np.log(500), 1.0), 20, 8_000)),
                {
                    "error": float(np.clip(random.lognormal(np.log(0.01), 0.7), 0.001, 0.1)),
                    "hallucinated": float(np.clip(random.lognormal(np.log(0.05), 0.5), 0.01, 0.3)),
                    "toxic_response": float(np.clip(random.lognormal(np.log(0.004), 0.5), 0.0005, 0.03)),
                    "toxic_prompt": float(np.clip(random.lognormal(np.log(0.02), 0.5), 0.002, 0.1)),
                },
            )
            for at in chosen.tolist()
        ]
        if Fleet([*streams, *new]).series > FLEET_SERIES:
            return Fleet(streams)
        streams += new
        number += 1


def fleet_rows(full: bool) -> list[Row]:
    """Return false pages of the fleet at both budgets, and of the rivals on the same minutes."""
    runs = 12 if full else 1
    return fleet_table([FLEET_SEED + run for run in range(runs)])


def fleet_table(seeds: Sequence[int]) -> list[Row]:
    """Return the table of these fleet-months."""
    false: dict[float, int] = {1.0: 0, 4.0: 0}
    tickets, rivals = 0, Counter[str]()
    series = calls = 0
    for seed in seeds:
        made = fleet(seed)
        weather = WEATHERS[seed % len(WEATHERS)]
        observations = simulate(made.streams, REFERENCE_DAYS + MONTH_DAYS, seed, weather, PAGED)
        series, calls = made.series, calls + len(observations)
        found = raised(observations, 4.0)
        false[4.0] += found["page"]
        tickets += found["ticket"]
        # Before its first alarm a monitor does not know its threshold: silent at four, silent at one.
        false[1.0] += raised(observations, 1.0)["page"] if found["page"] else 0
        months = page_budget(4.0)("error", series)
        rivals.update(pages(tabulate(observations, REFERENCE_DAYS), months))
    months_seen = len(seeds)
    ours = [
        {
            "part": "fleet",
            "case": f"fmwatch, budget {budget:.0f} a month",
            "pages_a_month": round(count / months_seen, 3),
            "upper_95": round(poisson_upper(count) / months_seen, 3),
            "reach": f"mean <= {budget:.0f}, upper <= {2 * budget:.0f}",
            "n": months_seen,
            "series": series,
            "calls": calls,
            "seed": seeds[0],
        }
        for budget, count in false.items()
    ]
    others = [
        {"part": "fleet", "case": name, "pages_a_month": round(count / months_seen, 1), "n": months_seen}
        for name, count in rivals.items()
    ]
    return [*ours, *others]


def raised(observations: Observations, budget: float) -> Counter[str]:
    """Return the signals by severity that the real monitors raise at a page budget."""
    months = page_budget(budget, 10.0 * budget)
    found: Counter[str] = Counter()
    watching: Sequence[Monitor] = (RateMonitor(months), LevelMonitor(months))
    for day in _days(observations):
        for monitor in watching:
            signals = [signal for signal in monitor.update(day) if signal.state == "raised"]
            found.update(SEVERITY[signal.signal] for signal in signals)
    return found


def _days(observations: Observations) -> Sequence[Observations]:
    starts = range(observations.start, observations.end, 1440)
    return [cut(observations, start, start + 1440) for start in starts]
