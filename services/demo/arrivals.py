"""When calls come and how large they are: the Azure trace, stretched over days and weeks.

Arrivals keep the trace's bursts: an hour of it becomes a day, bent by the route's rhythm. Token counts are
drawn from the same trace, in and out together. Latency is simulated: the trace has none.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.demo.fleet import Rhythm, Route
from services.demo.samples import Arrivals

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

DAY_S = 86_400.0
DAY_NOISE = 0.05  # log-volume of one day against another
MOST_INPUT_TOKENS = 60_000
CACHE_HITS = 0.5  # of the calls on a route that uses the cache at all
TTFT_NOISE, OUTPUT_NOISE = 0.22, 0.12
LOAD = 0.10  # how much slower the busiest hour is than the quietest
WANDER, WANDER_MEMORY = 0.03, 0.8  # of log-latency from hour to hour


@dataclass(frozen=True, slots=True)
class Numbers:
    """The numbers of one day's calls on one route, in order of time."""

    at_s: Floats
    input: Ints
    cached: Ints
    output: Ints
    reasoning: Ints
    ttft_ms: Floats
    latency_ms: Floats

    def __len__(self) -> int:
        return len(self.at_s)


def moments(
    trace: Arrivals,
    rhythm: Rhythm,
    calls: float,
    draw: np.random.Generator,
    extra: tuple[float, float, float] | None = None,
) -> Floats:
    """Return the seconds of one day at which calls come.

    Parameters
    ----------
    calls : expected on this day
    extra : (from, to, times) in seconds: that many times the usual calls in a part of the day
    """
    n = draw.poisson(calls * np.exp(DAY_NOISE * draw.standard_normal()))
    edges = np.concatenate([[0.0], np.cumsum(rhythm.hours)])
    share_until = edges / edges[-1]
    hours = np.arange(25) * DAY_S / 24
    at = np.interp(_thinned(trace, n, draw), share_until, hours)
    if extra:
        start, end, times = extra
        low, high = np.interp([start, end], hours, share_until)
        more = draw.poisson(calls * (high - low) * (times - 1))
        rush = np.interp(low + (high - low) * _thinned(trace, more, draw), share_until, hours)
        at = np.sort(np.concatenate([at, rush]))
    return np.asarray(at)


def _thinned(trace: Arrivals, n: int, draw: np.random.Generator) -> Floats:
    """Return n arrivals of the trace, begun at a random moment of it, as shares of its length."""
    whole = trace.moments()
    picked = whole[draw.integers(0, len(whole), n)]
    return np.asarray(np.sort((picked + draw.random()) % 1.0))


def wander(hours: int, draw: np.random.Generator) -> Floats:
    """Return how much slower each hour is than usual: a slow walk around one."""
    steps = draw.standard_normal(hours) * WANDER * np.sqrt(1 - WANDER_MEMORY**2)
    level, walk = 0.0, np.empty(hours)
    for hour, step in enumerate(steps):
        level = WANDER_MEMORY * level + step
        walk[hour] = level
    return np.exp(walk)


def numbers(
    route: Route, trace: Arrivals, rhythm: Rhythm, at_s: Floats, *, slow: Floats, draw: np.random.Generator
) -> Numbers:
    """Return tokens and simulated latency of calls at those seconds; `slow` has a factor for each hour."""
    n = len(at_s)
    picked = draw.integers(0, len(trace.at_ms), n)
    tokens_in = _scaled(np.asarray(trace.input)[picked], route.input, 20)
    tokens_out = _scaled(np.asarray(trace.output)[picked], route.output, 3)
    hit = draw.random(n) < CACHE_HITS
    cached = np.where(hit, tokens_in * route.cached, 0).astype(np.int64)
    hour = np.minimum((at_s // 3600).astype(np.int64), 23)
    busy = np.asarray(rhythm.hours) / max(rhythm.hours)
    load = slow[hour] * (1 + LOAD * busy[hour])
    base, per_thousand = route.ttft_ms
    ttft = (base + per_thousand * (tokens_in - cached) / 1000) * load * _noise(TTFT_NOISE, n, draw)
    writing = tokens_out / route.tokens_per_s * 1000 * load * _noise(OUTPUT_NOISE, n, draw)
    return Numbers(
        at_s=at_s,
        input=tokens_in,
        cached=cached,
        output=tokens_out,
        reasoning=(tokens_out * route.reasoning).astype(np.int64),
        ttft_ms=ttft,
        latency_ms=ttft + writing,
    )


def _scaled(tokens: Ints, factor: float, fewest: int) -> Ints:
    whole = np.clip(np.rint(tokens * factor), fewest, MOST_INPUT_TOKENS)
    return np.asarray(whole, dtype=np.int64)


def _noise(sigma: float, n: int, draw: np.random.Generator) -> Floats:
    return np.asarray(np.exp(sigma * draw.standard_normal(n)))
