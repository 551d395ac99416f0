"""Series too new for a reference of their own: whom that of their siblings accuses falsely, what it finds.

    python -m bench.cold [--json] [--full] [PART...]

Parts: nulls (new series that differ from their siblings as these differ from each other, and nothing is
broken), power (one that is broken from its first call on). The real rate monitor at a budget of one page and
four tickets a month; every fleet has rhythm (odds 2), wander (sd .2) and 10 % retries.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from bench.intervals import poisson_upper
from bench.report import emit, options
from detectors.monitors.base import Leaf, Signal
from detectors.monitors.page_budget import SEVERITY
from detectors.monitors.rate import RateMonitor
from detectors.monitors.testing import MONDAY, RATES, Shift, Stream, Weather, cut, simulate

Row = dict[str, object]
Random = np.random.Generator

REFERENCE_DAYS = 14
JOIN_DAY = 15
SEED = 8400  # tuning: 400
WEATHER = Weather(rhythm=2.0, wander=0.2, retries=0.1)
OFFERS = (
    ("openai", "gpt-5.4"),
    ("openai", "gpt-5.4-mini"),
    ("azure", "gpt-5.4"),
    ("anthropic", "claude-sonnet-4-5"),
    ("google", "gemini-2.5-flash"),
)
SOLE = 0.7  # of routes use one model


def normal(random: Random) -> float:
    """Return one draw, the usual way."""
    return float(random.standard_normal())


def heavy(random: Random) -> float:
    """Return one draw with long tails, of the same variance (t, 4 degrees of freedom)."""
    return float(random.standard_t(4) / np.sqrt(2.0))


def mixed(random: Random) -> float:
    """Return one draw of which one in twenty is a kind of its own: five standard deviations up."""
    return float(random.standard_normal() + (5.0 if random.random() < 0.05 else 0.0))


@dataclass(frozen=True)
class Kind:
    """A kind of fleet.

    Attributes
    ----------
    spread : sd of the log rates between leaves that are all well
    siblings, volume : leaves with a reference, and calls a day of each, on average
    """

    words: str
    spread: float
    siblings: int = 40
    volume: float = 400.0
    draw: Callable[[Random], float] = normal


KINDS = (
    Kind("alike", 0.2),
    Kind("different", 0.5),
    Kind("very different", 0.9),
    Kind("different, long tails", 0.5, draw=heavy),
    Kind("one in twenty of another kind", 0.5, draw=mixed),
    Kind("different, eight siblings", 0.5, siblings=8),
    Kind("different, siblings of 40 calls a day", 0.5, volume=40.0),
)
BROKEN = {"10 times": 0.10, "outage": 0.60}
VOLUMES = (50, 500, 5_000)


def null_rows(full: bool) -> list[Row]:
    """Return false findings of new series by kind of fleet."""
    fleets, new = (10, 40) if full else (1, 20)
    return [_null(kind, [SEED + i for i in range(fleets)], new) for kind in KINDS]


def _null(kind: Kind, seeds: Sequence[int], new: int) -> Row:
    severity, signals = Counter[str](), Counter[str]()
    for seed in seeds:
        random = np.random.default_rng([seed, KINDS.index(kind)])
        old, fresh = streams(kind, kind.siblings, random), streams(kind, new, random, "new")
        found = [one for one in raised([*old, *joined(fresh)], JOIN_DAY + REFERENCE_DAYS, seed) if lent(one)]
        severity.update(SEVERITY[one.signal] for one in found)
        signals.update(one.signal for one in found)
    series = len(seeds) * new
    return {
        "part": "nulls",
        "case": kind.words,
        "pages": severity["page"],
        "tickets": severity["ticket"],
        "a_new_series": round(sum(severity.values()) / series, 4),
        "upper_95": round(poisson_upper(sum(severity.values())) / series, 4),
        "by_signal": dict(signals),
        "n": series,
        "seed": seeds[0],
    }


def power_rows(full: bool) -> list[Row]:
    """Return how soon a series is found whose errors are bad from its first call on."""
    fleets = 12 if full else 2
    return [
        _power(kind, words, rate, volume, [SEED + 100 + i for i in range(fleets)])
        for kind in KINDS[:3]
        for (words, rate), volume in itertools.product(BROKEN.items(), VOLUMES)
    ]


def _power(kind: Kind, words: str, rate: float, volume: int, seeds: Sequence[int]) -> Row:
    hours = []
    for seed in seeds:
        random = np.random.default_rng([seed, KINDS.index(kind)])
        old = streams(kind, kind.siblings, random)
        day = JOIN_DAY + float(random.random())
        leaf = Leaf("default", "openai", "new/route", "gpt-5.4")
        fresh = Stream(leaf, "", volume, {"error": rate}, [Shift("volume", 0.0, 0.0, day)])
        found = raised([*old, fresh], JOIN_DAY + REFERENCE_DAYS, seed, only={"error"})
        own = [one.minute for one in found if one.signal == "error" and "new/route" in one.routes]
        hours.append((min(own) + 1 - MONDAY - day * 1440) / 60 if own else np.inf)
    middle = float(np.quantile(hours, 0.5, method="higher"))
    return {
        "part": "power",
        "case": f"siblings {kind.words}, {words} ({rate:.0%}), {volume:,} calls a day",
        "median_h": round(middle, 1) if np.isfinite(middle) else None,
        "found": int(np.isfinite(hours).sum()),
        "n": len(hours),
        "seed": seeds[0],
    }


def streams(kind: Kind, count: int, random: Random, prefix: str = "old") -> list[Stream]:
    """Return leaves that are all well and not alike; some of their routes have two models."""
    made: list[Stream] = []
    for number in itertools.count():
        models = random.permutation(len(OFFERS))[: 1 if random.random() < SOLE else 2]
        for at in models.tolist():
            platform, model = OFFERS[at]
            rates = {name: _rate(name, kind, random) for name in RATES}
            volume = float(np.clip(random.lognormal(np.log(kind.volume), 0.7), 10, 8_000))
            made.append(Stream(Leaf("default", platform, f"{prefix}/{number}", model), "", volume, rates))
        if len(made) >= count:
            return made[:count]
    raise AssertionError  # itertools.count has no end


def _rate(name: str, kind: Kind, random: Random) -> float:
    odds = RATES[name] / (1 - RATES[name]) * np.exp(kind.spread * kind.draw(random))
    return float(odds / (1 + odds))


def joined(fresh: Sequence[Stream]) -> list[Stream]:
    """Return streams whose first call comes in the course of a day."""
    return [
        replace(one, shifts=[Shift("volume", 0.0, 0.0, JOIN_DAY + i / len(fresh))])
        for i, one in enumerate(fresh)
    ]


def raised(made: Sequence[Stream], days: int, seed: int, only: set[str] | None = None) -> list[Signal]:
    """Return what the rate monitor raises from the day on which new series come."""
    observations = simulate(made, days, seed, WEATHER, only or set(RATES))
    monitor = RateMonitor(reference_days=REFERENCE_DAYS)
    found: list[Signal] = []
    for day in range(days):
        part = cut(observations, MONDAY + day * 1440, MONDAY + (day + 1) * 1440)
        found += [one for one in monitor.update(part) if one.state == "raised" and day >= JOIN_DAY]
    return found


def lent(signal: Signal) -> bool:
    """Tell whether a finding rests on a lent reference."""
    return signal.note.startswith("Too new")


PARTS: Mapping[str, Callable[[bool], Sequence[Row]]] = {"nulls": null_rows, "power": power_rows}


def main() -> None:
    """Print the document."""
    chosen = options(__doc__ or "", list(PARTS))
    rows = [row for part in chosen.parts for row in PARTS[part](chosen.full)]
    nulls = [row for row in rows if row["part"] == "nulls"]
    false = sum(int(str(row["pages"])) + int(str(row["tickets"])) for row in nulls)
    series = sum(int(str(row["n"])) for row in nulls)
    emit(
        "cold",
        false / max(series, 1),
        "false findings a new series",
        n=series,
        rows=rows,
        as_json=chosen.json,
    )


if __name__ == "__main__":
    main()
