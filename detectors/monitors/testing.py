"""Made-up traffic for tests and benchmarks: rhythm, wander, retries and arranged shifts, as observations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detectors.monitors.base import Leaf, Observations
from detectors.monitors.completeness import DELAY_MINUTES
from detectors.monitors.reference import weekend

Floats = NDArray[np.float64]
Random = np.random.Generator

# Start on a Monday 0:00 UTC, so that days of tests are days of the week.
MONDAY = 20_454 * 1440

RATES: Mapping[str, float] = {
    "error": 0.01,
    "hallucinated": 0.05,
    "toxic_response": 0.005,
    "toxic_prompt": 0.02,
    "refused": 0.03,
    "privacy": 0.01,
}
SIZES: Mapping[str, tuple[float, float]] = {  # median and log-sd
    "latency_ms": (1800.0, 0.5),
    "ttft_ms": (400.0, 0.4),
    "input_tokens": (900.0, 0.6),
    "output_tokens": (220.0, 0.7),
    "cost_usd": (0.004, 0.6),
}
INTEGERS = ("input_tokens", "output_tokens")
DIMENSIONS = 32
TOPICS = 6


@dataclass(frozen=True)
class Shift:
    """An arranged change of one column from `day` to `until` (days since the start, fractions allowed).

    Attributes
    ----------
    column : a rate (then `to` is the new rate), a size (then a factor), "served", "unpriced", "residency",
        "volume"
        (then a factor), "prompt_topic" (then the share from an unseen topic)
    """

    column: str
    to: float
    day: float
    until: float = 1e9


@dataclass(frozen=True)
class Stream:
    """Traffic of one leaf."""

    leaf: Leaf
    team: str = ""
    calls_per_day: float = 300.0
    rates: Mapping[str, float] = field(default_factory=dict)
    shifts: Sequence[Shift] = ()


@dataclass(frozen=True)
class Weather:
    """What traffic does all by itself.

    Attributes
    ----------
    rhythm : odds ratio of rates between the best and the worst hour of the day; 1: none
    wander : sd of the hourly log-odds, AR(1) with `memory`
    retries : share of calls that repeat an earlier prompt, 50 at a time
    """

    rhythm: float = 2.0
    wander: float = 0.15
    memory: float = 0.8
    retries: float = 0.0


CALM = Weather(rhythm=1.0, wander=0.0)


def simulate(streams: Sequence[Stream], days: int, seed: int, weather: Weather = CALM) -> Observations:
    """Return `days` of traffic, the same for the same arguments.

    >>> leaf = Leaf("default", "openai", "support/answers", "gpt-5.4")
    >>> observations = simulate([Stream(leaf)], days=2, seed=1)
    >>> len(observations) > 500
    True
    """
    random = np.random.default_rng(seed)
    parts = [_stream(i, stream, days, random, weather) for i, stream in enumerate(streams)]
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    order = np.lexsort((np.arange(len(columns["minute"])), columns["minute"]))
    columns = {name: column[order] for name, column in columns.items()}
    return Observations(
        start=MONDAY,
        end=MONDAY + days * 1440,
        leaves=[stream.leaf for stream in streams],
        teams=[stream.team for stream in streams],
        served_models=["served-a", "served-b", "served-c"],
        languages=["en"],
        event_id=[f"e{i:07d}" for i in range(len(order))],
        transits=(),
        **columns,
    )


def cut(observations: Observations, start: int, end: int) -> Observations:
    """Return the observations of the minutes [start, end)."""
    rows = slice(*np.searchsorted(observations.minute, [start, end]).tolist())
    sliced: dict[str, Any] = {}
    for column in fields(observations):
        value = getattr(observations, column.name)
        whole = column.name in {"leaves", "teams", "served_models", "languages"}
        if column.name == "transits":
            value = [one for one in value if start <= one.minute + DELAY_MINUTES < end]
            whole = True
        sliced[column.name] = value if whole or isinstance(value, int) else value[rows]
    return Observations(**{**sliced, "start": start, "end": end})


@dataclass(frozen=True)
class _Calls:
    """The calls of one stream while columns are made for them."""

    stream: Stream
    days: int
    minute: NDArray[np.int64]
    hour: NDArray[np.int64]
    weather: Weather
    random: Random

    def factor(self, column: str, otherwise: float = 1.0) -> Floats:
        """Return the arranged value of a column for each call, `otherwise` where none is."""
        day = (self.minute - MONDAY) / 1440.0
        factor = np.full(len(day), otherwise)
        for shift in self.stream.shifts:
            if shift.column == column:
                factor[(day >= shift.day) & (day < shift.until)] = shift.to
        return factor

    def rate(self, column: str) -> Floats:
        """Return the chance of a bad call: rhythm and wander around the base rate, or the arranged one."""
        base = self.stream.rates.get(column, RATES[column])
        steps = self.random.standard_normal(self.days * 24) * np.sqrt(1 - self.weather.memory**2)
        wander = np.zeros(self.days * 24)
        for i in range(1, len(wander)):
            wander[i] = self.weather.memory * wander[i - 1] + steps[i]
        rhythm = np.log(self.weather.rhythm) / 2 * np.sin(2 * np.pi * (self.hour % 24) / 24)
        rate = np.minimum(self.factor(column, base), 0.999)
        log_odds = np.log(rate / (1 - rate)) + rhythm + self.weather.wander * wander[self.hour]
        chance: Floats = 1 / (1 + np.exp(-log_odds))
        return chance


def _stream(number: int, stream: Stream, days: int, random: Random, weather: Weather) -> dict[str, Any]:
    minute = _arrivals(stream, days, random)
    n = len(minute)
    calls = _Calls(stream, days, minute, (minute - MONDAY) // 60, weather, random)
    columns: dict[str, Any] = {
        "minute": minute,
        "leaf": np.full(n, number, dtype=np.int32),
        "empty": np.zeros(n, dtype=np.bool_),
        "cut": np.zeros(n, dtype=np.bool_),
        "unpriced": random.random(n) < calls.factor("unpriced", 0.0),
        "residency": (calls.factor("residency", 0.0) > 0).astype(np.int8),
        "served": (random.random(n) < calls.factor("served", 0.0)).astype(np.int32),
        "language": np.zeros(n, dtype=np.int32),
        **{name: random.random(n) < calls.rate(name) for name in RATES},
        **{name: _size(name, calls) for name in SIZES},
        **_embeddings(calls),
    }
    columns |= {name: columns[name].astype(np.int8) for name in RATES if name != "error"}
    columns |= _scores(columns, random)
    _repeat(columns, random, weather.retries)
    return columns


def _arrivals(stream: Stream, days: int, random: Random) -> NDArray[np.int64]:
    hour = np.arange(days * 24)
    shape = 1 + 0.75 * np.sin(2 * np.pi * (hour % 24 - 7) / 24)  # sevenfold between night and afternoon
    shape *= np.where(weekend(hour), 0.6, 1.12)
    for shift in stream.shifts:
        if shift.column == "volume":
            shape[(hour >= shift.day * 24) & (hour < shift.until * 24)] *= shift.to
    count = random.poisson(stream.calls_per_day / 24 * shape)
    return np.sort(MONDAY + np.repeat(hour, count) * 60 + random.integers(0, 60, count.sum()))


def _size(name: str, calls: _Calls) -> Floats:
    median, spread = SIZES[name]
    value = median * np.exp(spread * calls.random.standard_normal(len(calls.minute))) * calls.factor(name)
    return np.round(value) if name in INTEGERS else value


def _scores(columns: Mapping[str, Any], random: Random) -> dict[str, NDArray[np.float32]]:
    labels = {
        "hallucination": "hallucinated",
        "toxicity_prompt": "toxic_prompt",
        "toxicity_response": "toxic_response",
    }
    return {
        score: (random.random(len(columns[label])) * 0.5 + 0.5 * columns[label]).astype(np.float32)
        for score, label in labels.items()
    }


def _embeddings(calls: _Calls) -> dict[str, NDArray[np.int8]]:
    """Return texts as noisy unit vectors around a few topics; topic 0 is the unseen one."""
    topics = np.random.default_rng(7).standard_normal((TOPICS + 1, DIMENSIONS))
    topics /= np.linalg.norm(topics, axis=1, keepdims=True)
    rows = {}
    for name in ("prompt", "response"):
        n, random = len(calls.minute), calls.random
        topic = random.integers(1, TOPICS + 1, n)
        topic[random.random(n) < calls.factor(f"{name}_topic", 0.0)] = 0
        vectors = topics[topic] + 0.15 * random.standard_normal((n, DIMENSIONS))
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        rows[f"{name}_embedding"] = np.round(127 * vectors).astype(np.int8)
    return rows


def _repeat(columns: dict[str, Any], random: Random, share: float, times: int = 50) -> None:
    """Make a share of calls repeat the one before them, `times` in a row: one observation each."""
    n = len(columns["minute"])
    first = np.ones(n, dtype=np.bool_)
    starts = np.flatnonzero(random.random(n) < share / times)
    for start in starts.tolist():
        first[start + 1 : start + times] = False
        for name, column in columns.items():
            if name != "minute":
                column[start : start + times] = column[start]
    columns["first"] = first
