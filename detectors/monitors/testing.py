"""Made-up traffic for tests and benchmarks: rhythm, wander, retries and arranged shifts, as observations."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, overload
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from detectors.monitors.base import Leaf, Observations
from detectors.monitors.clusters import first_of_cluster
from detectors.monitors.part import cut as cut  # noqa: PLC0414 - for tests, which take both from here
from detectors.monitors.reference import weekend

Floats = NDArray[np.float64]
Random = np.random.Generator

# Start on a Monday 0:00 UTC, so that days of tests are days of the week.
MONDAY = 20_458 * 1440

RATES: Mapping[str, float] = {
    "error": 0.01,
    "hallucinated": 0.05,
    "toxic_response": 0.005,
    "toxic_prompt": 0.02,
    "refused": 0.03,
    "privacy": 0.01,
}
CUT = 0.01  # of answers, in every hour
SIZES: Mapping[str, tuple[float, float]] = {  # median and log-sd
    "latency_ms": (1800.0, 0.5),
    "ttft_ms": (400.0, 0.4),
    "input_tokens": (900.0, 0.6),
    "output_tokens": (220.0, 0.7),
    "cost_usd": (0.004, 0.6),
}
INTEGERS = ("input_tokens", "output_tokens")
SCORES: Mapping[str, str] = {  # and the label each goes with
    "hallucination": "hallucinated",
    "toxicity_prompt": "toxic_prompt",
    "toxicity_response": "toxic_response",
}
TEXTS = "texts"
DIMENSIONS = 32
TOPICS = 6
ODD = 0.1  # of texts have a word that no dictionary holds
BURST = 50  # calls of one retry cluster
BURST_MINUTES = (1.0, 15.0)  # that it lasts; above ten it is two windows
WORKING_HOURS = (9, 17)
BATCH_HOURS = (2, 4)
BATCH_VOLUME = 8.0


@dataclass(frozen=True)
class Shift:
    """An arranged change of one column from `day` to `until` (days since the start, fractions allowed).

    Attributes
    ----------
    column : a rate or "cut" (then `to` is the new rate), a size (then a factor), "served", "unpriced",
        "residency", "volume" (then a factor), "prompt_topic" (then the share from an
        unseen topic), "prompt_spelling" (then the share of texts with typing errors)
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
    retries : share of calls that repeat an earlier prompt, 50 at a time within a few minutes
    profile : the rhythm's shape: a sine; a step at working hours of weekdays; a nightly batch, eight times
        the calls for two hours
    weekend : odds ratio of rates on Saturdays and Sundays
    sizes : share of rhythm and wander that the logarithm of sizes follows
    common : share of the wander's variance that all streams of a platform have in common
    """

    rhythm: float = 2.0
    wander: float = 0.15
    memory: float = 0.8
    retries: float = 0.0
    profile: Literal["sine", "step", "batch"] = "sine"
    weekend: float = 1.0
    sizes: float = 0.0
    common: float = 0.0

    def rhythm_at(self, hour: NDArray[np.int64]) -> Floats:
        """Return the log-odds that each hour since a Monday 0:00 adds."""
        swing = np.log(self.rhythm) / 2
        of_day = hour % 24
        free = weekend(hour)
        if self.profile == "sine":
            shape = np.sin(2 * np.pi * of_day / 24)
        elif self.profile == "step":
            shape = np.where(~free & (of_day >= WORKING_HOURS[0]) & (of_day < WORKING_HOURS[1]), 1.0, -1.0)
        else:
            shape = np.where((of_day >= BATCH_HOURS[0]) & (of_day < BATCH_HOURS[1]), 1.0, -1.0)
        found: Floats = swing * shape + np.log(self.weekend) * free
        return found

    def wander_of(self, hours: int, random: Random) -> Floats:
        """Return the log-odds that the hours add by chance, one after the other."""
        steps = random.standard_normal(hours) * np.sqrt(1 - self.memory**2)
        wander = np.zeros(hours)
        for i in range(1, hours):
            wander[i] = self.memory * wander[i - 1] + steps[i]
        return self.wander * wander


CALM = Weather(rhythm=1.0, wander=0.0)


def simulate(
    streams: Sequence[Stream],
    days: int,
    seed: int,
    weather: Weather = CALM,
    only: Collection[str] | None = None,
) -> Observations:
    """Return `days` of traffic, the same for the same arguments. Retry clusters are found by the code.

    Parameters
    ----------
    only : the rates, sizes and "texts" wanted; the others are not assessable. All where None.

    >>> leaf = Leaf("default", "openai", "support/answers", "gpt-5.4")
    >>> observations = simulate([Stream(leaf)], days=2, seed=1)
    >>> len(observations) > 500
    True
    """
    wanted = frozenset({*RATES, *SIZES, TEXTS} if only is None else only)
    made = _Making(days, seed, np.random.default_rng(seed), weather, wanted)
    parts = [_stream(number, stream, made) for number, stream in enumerate(streams)]
    columns: dict[str, Any] = {
        name: np.concatenate([part.pop(name) for part in parts]) for name in list(parts[0])
    }
    order = np.argsort(columns["minute"], kind="stable")
    for name in columns:
        columns[name] = columns[name][order]
    cluster = columns.pop("cluster")
    return Observations(
        start=MONDAY,
        end=MONDAY + days * 1440,
        leaves=[stream.leaf for stream in streams],
        teams=[stream.team for stream in streams],
        first=first_of_cluster(cluster, columns["minute"] * 60_000_000),
        served_models=["served-a", "served-b", "served-c"],
        languages=["en"],
        prompt_versions=[""],
        regions=[""],
        event_id=_Ids(0, len(order)),
        transits=(),
        maintenance=(),
        detectors=np.zeros(len(order), dtype=np.int32),
        detector_sets=["{}"],
        later=(),
        rulings=(),
        **columns,
    )


class _Ids(Sequence[str]):
    """Event ids in order, made when asked for: millions of them would fill the memory."""

    def __init__(self, begin: int, length: int) -> None:
        self._begin, self._length = begin, length

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[str]: ...
    def __getitem__(self, index: int | slice) -> str | Sequence[str]:
        if isinstance(index, slice):
            start, stop, _ = index.indices(self._length)
            return _Ids(self._begin + start, max(stop - start, 0))
        if not -self._length <= index < self._length:
            raise IndexError(index)
        return f"e{self._begin + index % self._length:07d}"


@dataclass(frozen=True)
class _Making:
    """What all streams of one simulation share."""

    days: int
    seed: int
    random: Random
    weather: Weather
    wanted: frozenset[str]

    def wander(self, platform: str, column: str) -> Floats:
        """Return the log-odds that the hours add by chance to a column of one stream."""
        weather = self.weather
        own = weather.wander_of(self.days * 24, self.random)
        if not weather.common:
            return own
        shared = np.random.default_rng([self.seed, crc32(f"{platform}/{column}".encode())])
        together = weather.wander_of(self.days * 24, shared)
        mixed: Floats = np.sqrt(1 - weather.common) * own + np.sqrt(weather.common) * together
        return mixed


@dataclass(frozen=True)
class _Calls:
    """The calls of one stream while columns are made for them."""

    stream: Stream
    made: _Making
    minute: NDArray[np.int64]
    hour: NDArray[np.int64]
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
        rate = np.minimum(self.factor(column, base), 0.999)
        log_odds = np.log(rate / (1 - rate)) + self.weather(column)
        chance: Floats = 1 / (1 + np.exp(-log_odds))
        return chance

    def weather(self, column: str) -> Floats:
        """Return the log-odds that rhythm and wander add to each call."""
        wander = self.made.wander(self.stream.leaf.platform, column)
        everything: Floats = self.made.weather.rhythm_at(np.arange(self.made.days * 24)) + wander
        return everything[self.hour]


def _stream(number: int, stream: Stream, made: _Making) -> dict[str, Any]:
    random, weather, wanted = made.random, made.weather, made.wanted
    minute = _arrivals(stream, made)
    n = len(minute)
    calls = _Calls(stream, made, minute, (minute - MONDAY) // 60, random)
    columns: dict[str, Any] = {
        "minute": minute,
        "leaf": np.full(n, number, dtype=np.int32),
        "team": np.full(n, number, dtype=np.int32),
        "empty": np.zeros(n, dtype=np.bool_),
        "cut": _cut(calls),
        "unpriced": random.random(n) < calls.factor("unpriced", 0.0),
        "residency": (calls.factor("residency", 0.0) > 0).astype(np.int8),
        "served": (random.random(n) < calls.factor("served", 0.0)).astype(np.int32),
        "language": np.zeros(n, dtype=np.int32),
        **{name: np.zeros(n, dtype=np.int32) for name in ("prompt_version", "region")},
        **{name: _label(name, calls, name in wanted) for name in RATES},
        **{name: _size(name, calls) if name in wanted else np.full(n, np.nan) for name in SIZES},
        **_embeddings(calls, DIMENSIONS if TEXTS in wanted else 0),
    }
    columns |= {score: _score(columns[label], random, label in wanted) for score, label in SCORES.items()}
    columns["cluster"] = np.arange(n, dtype=np.uint64) + np.uint64(number << 32)
    return _repeat(columns, random, weather.retries, MONDAY + made.days * 1440)


def _cut(calls: _Calls) -> NDArray[np.bool_]:
    aside = np.random.default_rng([len(calls.minute), 4])
    share = calls.factor("cut", calls.stream.rates.get("cut", CUT))
    return np.asarray(aside.random(len(calls.minute)) < share)


def _label(name: str, calls: _Calls, wanted: bool) -> NDArray[Any]:
    n = len(calls.minute)
    bad = calls.random.random(n) < calls.rate(name) if wanted else np.zeros(n, dtype=np.bool_)
    if name == "error":
        return bad
    return bad.astype(np.int8) if wanted else np.full(n, -1, dtype=np.int8)


def _arrivals(stream: Stream, made: _Making) -> NDArray[np.int64]:
    hour, random = np.arange(made.days * 24), made.random
    shape = 1 + 0.75 * np.sin(2 * np.pi * (hour % 24 - 7) / 24)  # sevenfold between night and afternoon
    shape *= np.where(weekend(hour), 0.6, 1.12)
    if made.weather.profile == "batch":
        shape[(hour % 24 >= BATCH_HOURS[0]) & (hour % 24 < BATCH_HOURS[1])] *= BATCH_VOLUME
    for shift in stream.shifts:
        if shift.column == "volume":
            shape[(hour >= shift.day * 24) & (hour < shift.until * 24)] *= shift.to
    count = random.poisson(stream.calls_per_day / 24 * shape)
    return np.sort(MONDAY + np.repeat(hour, count) * 60 + random.integers(0, 60, count.sum()))


def _size(name: str, calls: _Calls) -> Floats:
    median, spread = SIZES[name]
    value = median * np.exp(spread * calls.random.standard_normal(len(calls.minute))) * calls.factor(name)
    sizes = calls.made.weather.sizes
    if sizes:
        value *= np.exp(sizes * calls.weather(name))
    return np.round(value) if name in INTEGERS else value


def _score(label: NDArray[np.int8], random: Random, wanted: bool) -> NDArray[np.float32]:
    if not wanted:
        return np.full(len(label), np.nan, dtype=np.float32)
    return (random.random(len(label)) * 0.5 + 0.5 * label).astype(np.float32)


def _embeddings(calls: _Calls, dimensions: int) -> dict[str, NDArray[Any]]:
    """Return texts as noisy unit vectors around a few topics; topic 0 is the unseen one."""
    if not dimensions:
        none = np.zeros((len(calls.minute), 0), dtype=np.int8)
        unknown = np.full(len(calls.minute), np.nan, dtype=np.float32)
        return {
            **{f"{name}_embedding": none for name in ("prompt", "response")},
            **{f"{name}_unknown_ratio": unknown for name in ("prompt", "response")},
        }
    topics = np.random.default_rng(7).standard_normal((TOPICS + 1, dimensions))
    topics /= np.linalg.norm(topics, axis=1, keepdims=True)
    rows = {}
    for name in ("prompt", "response"):
        n, random = len(calls.minute), calls.random
        topic = random.integers(1, TOPICS + 1, n)
        topic[random.random(n) < calls.factor(f"{name}_topic", 0.0)] = 0
        vectors = topics[topic] + 0.15 * random.standard_normal((n, dimensions))
        aside = np.random.default_rng([n, len(name)])
        slips = aside.random(n) < calls.factor(f"{name}_spelling", 0.0)
        vectors[slips] += topics[0] / 2
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        rows[f"{name}_embedding"] = np.round(127 * vectors).astype(np.int8)
        odd = slips | (aside.random(n) < ODD)
        rows[f"{name}_unknown_ratio"] = np.where(odd, np.float32(0.2), np.float32(0.0))
    return rows


def _repeat(columns: dict[str, Any], random: Random, share: float, end: int) -> dict[str, Any]:
    """Add retries: a few calls are asked again and again within minutes, with the same outcome each time."""
    chance = share / (BURST - (BURST - 1) * share)
    heads = np.flatnonzero(random.random(len(columns["minute"])) < chance)
    lasts = np.repeat(random.uniform(*BURST_MINUTES, len(heads)), BURST - 1)
    copies = np.repeat(heads, BURST - 1)
    late = (random.random(len(copies)) * lasts).astype(np.int64)
    inside = columns["minute"][copies] + late < end
    copies, late = copies[inside], late[inside]
    columns = {name: np.concatenate([column, column[copies]]) for name, column in columns.items()}
    columns["minute"][len(columns["minute"]) - len(copies) :] += late
    return columns
