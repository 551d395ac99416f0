"""Made-up volumes and costs for tests and benchmarks: rhythm, restless days, holidays, bursts; no texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from detectors.monitors.base import Leaf, Observations
from detectors.monitors.local_time import LocalTime
from detectors.monitors.reference import weekend

Floats = NDArray[np.float64]
Random = np.random.Generator
Shape = Literal["office", "round", "night", "bursts", "flat"]

DAY = 1440
START = 20_454 * DAY  # 1 January 2026, a Thursday
BURST_MINUTES = 5
OFFICE = (*[0.03] * 6, *[0.5] * 2, *[2.2] * 10, *[0.5] * 3, *[0.03] * 3)  # by the hour


@dataclass(frozen=True)
class Fall:
    """From `day` to `until` (days since the start) `factor` of the calls come; above one it is a rise."""

    day: float
    until: float
    factor: float


@dataclass(frozen=True)
class Line:
    """Traffic of one leaf.

    Attributes
    ----------
    shape : office (weekdays, hardly any at night), round (a daily swing), night (a batch at two), bursts (all
        calls of an hour within five minutes), flat
    usd, tokens : of a call, on average
    growth : of the volume a day, as a factor
    """

    leaf: Leaf
    team: str = ""
    calls_per_day: float = 300.0
    shape: Shape = "round"
    usd: float = 0.01
    tokens: float = 1000.0
    growth: float = 1.0
    falls: Sequence[Fall] = ()


@dataclass(frozen=True)
class Restlessness:
    """What volumes do all by themselves.

    Attributes
    ----------
    hourly : sd of the log of an hour's volume, AR(1) with .8
    daily : sd of the log of a day's
    holidays : days since the start on which as few come as on a Sunday
    """

    hourly: float = 0.25
    daily: float = 0.12
    holidays: Sequence[int] = ()


def traffic(
    lines: Sequence[Line], days: int, seed: int, restless: Restlessness = Restlessness()
) -> Observations:
    """Return `days` of calls from 1 January 2026 on, the same for the same arguments.

    >>> len(traffic([Line(Leaf("default", "openai", "a", "m"), calls_per_day=100)], 7, 1)) > 300
    True
    """
    random = np.random.default_rng(seed)
    parts = [_minutes(line, days, random, restless) for line in lines]
    minute = np.concatenate(parts)
    leaf = np.repeat(np.arange(len(lines), dtype=np.int32), [len(part) for part in parts])
    order = np.argsort(minute, kind="stable")
    usd = np.array([line.usd for line in lines])[leaf] * random.lognormal(-0.125, 0.5, len(leaf))
    tokens = np.round(
        np.array([line.tokens for line in lines])[leaf] * random.lognormal(-0.125, 0.5, len(leaf))
    )
    return columns(lines, days, minute[order], leaf[order], cost_usd=usd[order], input_tokens=tokens[order])


def columns(
    lines: Sequence[Line],
    days: int,
    minute: NDArray[np.int64],
    leaf: NDArray[np.int32],
    **given: Any,  # noqa: ANN401 - one array a column
) -> Observations:
    """Return observations of these calls with nothing in the columns that are not given."""
    n = len(minute)
    flags = ("error", "empty", "cut", "unpriced")
    labels = ("refused", "privacy", "toxic_prompt", "toxic_response", "hallucinated", "residency")
    scores = (
        *("hallucination", "toxicity_prompt", "toxicity_response"),
        *("prompt_unknown_ratio", "response_unknown_ratio"),
    )
    numbers = ("latency_ms", "ttft_ms", "input_tokens", "output_tokens", "cost_usd")
    nothing: dict[str, Any] = {
        **{name: np.zeros(n, dtype=np.bool_) for name in flags},
        **{name: np.zeros(n, dtype=np.int8) for name in labels},
        **{name: np.zeros(n, dtype=np.float32) for name in scores},
        **{name: np.zeros(n) for name in numbers},
        **{name: np.zeros(n, dtype=np.int32) for name in ("served", "language", "detectors")},
        **{f"{name}_embedding": np.zeros((n, 0), dtype=np.int8) for name in ("prompt", "response")},
        "first": np.ones(n, dtype=np.bool_),
        "served_models": ["a"],
        "languages": ["en"],
        "detector_sets": ["{}"],
        "event_id": [f"e{number:07d}" for number in range(n)],
    }
    return Observations(
        start=START,
        end=START + days * DAY,
        leaves=[line.leaf for line in lines],
        teams=[line.team for line in lines],
        minute=minute,
        leaf=leaf,
        team=leaf,
        **{**nothing, **given},
    )


def _minutes(line: Line, days: int, random: Random, restless: Restlessness) -> NDArray[np.int64]:
    hour = np.arange(days * 24)
    mean = line.calls_per_day / 24 * _shape(line.shape, hour, restless.holidays)
    mean *= line.growth ** (hour / 24) * _wander(days, random, restless)
    for fall in line.falls:
        mean[(hour >= fall.day * 24) & (hour < fall.until * 24)] *= fall.factor
    count = random.poisson(mean)
    within = BURST_MINUTES if line.shape == "bursts" else 60
    return np.sort(START + np.repeat(hour, count) * 60 + random.integers(0, within, count.sum()))


def _shape(shape: Shape, hour: NDArray[np.int64], holidays: Sequence[int]) -> Floats:
    of_day = hour % 24
    free = weekend(LocalTime().hour(START + hour * 60)) | np.isin(hour // 24, list(holidays))
    if shape == "office":
        return np.array(OFFICE)[of_day] * np.where(free, 0.15, 1.0)
    if shape == "round":
        swing: Floats = (1 + 0.75 * np.sin(2 * np.pi * (of_day - 7) / 24)) * np.where(free, 0.6, 1.12)
        return swing
    if shape == "night":
        return np.where(of_day == 2, 20.0, 0.15)  # noqa: PLR2004 -- two o'clock
    return np.ones(len(hour))


def _wander(days: int, random: Random, restless: Restlessness) -> Floats:
    steps = random.standard_normal(days * 24) * 0.6  # sqrt(1 - .8^2)
    wander = np.zeros(days * 24)
    for i in range(1, len(wander)):
        wander[i] = 0.8 * wander[i - 1] + steps[i]
    daily = np.repeat(random.standard_normal(days), 24)
    level: Floats = np.exp(restless.hourly * wander + restless.daily * daily)
    return level
