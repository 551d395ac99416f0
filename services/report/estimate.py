"""Rates, means and quantiles of a window out of the sums of its hours, and how two of them differ."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from statistics import NormalDist
from typing import Any

from services.console.quantile import ends, quantile
from services.digest.digest import Interval
from services.digest.worse import LEAST_HOURS, LEVEL, Share, wilson
from services.report.comparison import Estimate, Measure
from services.wording.numbers import Z95
from store.digest import RATES
from store.sums import HISTOGRAM_BASE

Row = Mapping[str, Any]
Rows = Sequence[Row]
At = Callable[[Rows, float], Estimate]  # the rows of a window, and of how many errors the interval is

ROUNDING = 1e-9  # of sums of many small amounts: less is no difference
# Bad ones, of how many: those of the digest, and what people asked.
SHARES = {**{name: (bad, n.split(" - ")) for name, (bad, n) in RATES.items()},
          "toxic prompts": ("toxic_prompts", ["toxicity_prompt_n"])}  # fmt: skip
MEANS = {
    "input tokens": ("input_tokens", "usage_n", "input_squares", "tokens"),
    "output tokens": ("output_tokens", "usage_n", "output_squares", "tokens"),
    "spend": ("usd", "priced_n", "usd_squares", "usd"),
}
QUANTILES = {
    "latency p50": ("latency_histogram", 0.5),
    "latency p95": ("latency_histogram", 0.95),
    "latency p99": ("latency_histogram", 0.99),
    "ttft p50": ("ttft_histogram", 0.5),
    "ttft p95": ("ttft_histogram", 0.95),
}
JUDGED = {
    "hallucination": "hallucination_n",
    "toxicity": "toxicity_response_n",
    "toxic prompts": "toxicity_prompt_n",
    "refusal": "refusal_n",
    "privacy": "privacy_n",
    "tokens": "usage_n",
    "price": "priced_n",
}


def measures(now: Rows, before: Rows) -> tuple[Measure, ...]:
    """Return every quantity that either window has anything of; the differences hold together with 95 %."""
    asked: list[tuple[str, str, At]] = [
        *((name, "ratio", _share(bad, n)) for name, (bad, n) in SHARES.items()),
        *((name, unit, _mean(*columns)) for name, (*columns, unit) in MEANS.items()),
        *((name, "ms", _quantile(*place)) for name, place in QUANTILES.items()),
    ]
    found = [(name, unit, at) for name, unit, at in asked if at(now, Z95).n or at(before, Z95).n]
    z = NormalDist().inv_cdf(1 - LEVEL / 2 / max(1, len(found)))
    return tuple(
        Measure(name, unit, at(now, Z95), at(before, Z95), apart(at(now, z), at(before, z)))
        for name, unit, at in found
    )


def judged(now: Rows, before: Rows) -> tuple[Measure, ...]:
    """Return which share of calls could be judged, and had what is counted."""
    shares = ((name, _share(n, ["n"])) for name, n in JUDGED.items())
    return tuple(Measure(name, "ratio", at(now, Z95), at(before, Z95)) for name, at in shares)


def apart(now: Estimate, before: Estimate) -> Interval | None:
    """Return the interval of now less before, out of their own (Zou, Donner 2008, MOVER)."""
    if now.value is None or before.value is None or now.interval is None or before.interval is None:
        return None
    d = now.value - before.value
    if abs(d) <= ROUNDING * max(abs(now.value), abs(before.value)):
        d = 0.0
    (l2, u2), (l1, u1) = now.interval, before.interval
    low, high = math.hypot(now.value - l2, u1 - before.value), math.hypot(u2 - now.value, before.value - l1)
    return d - low, d + high


def _share(bad: str, n: Sequence[str]) -> At:
    def at(rows: Rows, z: float) -> Estimate:
        pairs = [(float(row[bad]), float(row[n[0]] - sum(row[name] for name in n[1:]))) for row in rows]
        share = _of_hours([(b, m) for b, m in pairs if m > 0])
        return Estimate(round(share.n), share.ratio, wilson(share, z)) if share.n else Estimate(0)

    return at


def _mean(total: str, n: str, squares: str) -> At:
    def at(rows: Rows, z: float) -> Estimate:
        kept = [(float(row[total]), float(row[n])) for row in rows if row[n]]
        count = sum(m for _, m in kept)
        if not count:
            return Estimate(0)
        mean = sum(y for y, _ in kept) / count
        error = _error(mean, kept, sum(float(row[squares]) for row in rows)) if count > 1 else None
        interval = None if error is None else (max(0.0, mean - z * error), mean + z * error)
        return Estimate(round(count), mean, interval)

    return at


def _error(mean: float, hours: Sequence[tuple[float, float]], squares: float) -> float:
    """Return the error of a mean: of independent calls, or by how hours scatter where that is more."""
    n = sum(m for _, m in hours)
    alone = max(0.0, squares / n - mean * mean) / (n - 1)
    k = len(hours)
    if k < LEAST_HOURS:
        return math.sqrt(alone)
    together = k / (k - 1) * sum((y - mean * m) ** 2 for y, m in hours) / (n * n)
    return math.sqrt(max(alone, together))


def _quantile(histogram: str, share: float) -> At:
    """Ends of the interval are quantiles too, by order statistics of as many calls as the hours are worth."""

    def at(rows: Rows, z: float) -> Estimate:
        counts: Counter[int] = Counter()
        for row in rows:
            counts.update(row[histogram])
        value = quantile(counts, share)
        if value is None:
            return Estimate(0)
        low, high = ends(counts, share, z=z, worth=_worth([row[histogram] for row in rows], value))
        return Estimate(counts.total(), value, (low, high) if low and high else None)

    return at


def _worth(hours: Sequence[Mapping[int, int]], value: float) -> float:
    """Return how many independent calls would say as much about which share lies below a value."""
    edge = math.floor(math.log(value) / math.log(HISTOGRAM_BASE))
    pairs = [
        (sum(n for bucket, n in one.items() if bucket <= edge), sum(one.values())) for one in hours if one
    ]
    return _of_hours([(float(below), float(n)) for below, n in pairs]).effective_n


def _of_hours(hours: Sequence[tuple[float, float]]) -> Share:
    """Return the share of hours' bad ones, of how many."""
    squares = (sum(b * b for b, _ in hours), sum(b * m for b, m in hours), sum(m * m for _, m in hours))
    return Share(sum(b for b, _ in hours), sum(m for _, m in hours), len(hours), *squares)
