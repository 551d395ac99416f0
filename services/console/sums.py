"""Sums of calls over some hours of one series, and the rates they give."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime

from services.wording.numbers import Z95, between, milliseconds, percent, span, wilson

BUCKET = 1.04  # of the latency histograms: bucket b holds [1.04^b, 1.04^(b+1)) ms


@dataclass(frozen=True, slots=True)
class Key:
    """One route on one model of one platform."""

    tenant: str
    team: str
    route: str
    platform: str
    model: str


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of calls with its 95 % interval."""

    bad: int
    n: int

    @property
    def share(self) -> float | None:
        """The share; None where nothing could be judged."""
        return self.bad / self.n if self.n else None

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the share."""
        return wilson(self.bad, self.n)

    @property
    def text(self) -> str:
        """The share in words."""
        return percent(self.share)

    @property
    def between(self) -> str:
        """The interval in words."""
        return between(*self.interval)


@dataclass(frozen=True, slots=True)
class Quantile:
    """A quantile of durations with its 95 % interval, in ms.

    Attributes
    ----------
    value : None where nothing was measured
    low, high : None where so few were measured that nothing is known; high where it is not known how high
    """

    value: float | None
    low: float | None
    high: float | None
    n: int

    @property
    def text(self) -> str:
        """The quantile in words."""
        return milliseconds(self.value)

    @property
    def between(self) -> str:
        """The interval in words, "" where nothing was measured or so few that they tell nothing."""
        return span(self.low, self.high, "ms")


@dataclass(frozen=True, slots=True)
class Sums:
    """Counts of one series over some time; each `_n` counts what could be judged.

    Attributes
    ----------
    served_n, served_new : answers that say which model gave them, and those of the model that an alert of
        `model_changed` is about; counted where such an alert is drawn
    """

    n: int = 0
    errors: int = 0
    cut: int = 0
    refusal_n: int = 0
    refused: int = 0
    hallucination_n: int = 0
    unsupported: int = 0
    toxicity_prompt_n: int = 0
    toxic_prompts: int = 0
    toxicity_response_n: int = 0
    toxic_responses: int = 0
    privacy_n: int = 0
    privacy_found: int = 0
    usage_n: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    priced_n: int = 0
    unpriced_n: int = 0
    served_n: int = 0
    served_new: int = 0
    cost_usd: float = 0.0
    latency_histogram: Mapping[int, int] = field(default_factory=dict)
    ttft_histogram: Mapping[int, int] = field(default_factory=dict)

    def rate(self, signal: str) -> Rate | None:
        """Return the share that a signal is about, or None where it is about something else."""
        toxic = self.toxic_prompts + self.toxic_responses
        pairs = {
            "error": (self.errors, self.n),
            "refusal": (self.refused, self.refusal_n),
            "hallucination": (self.unsupported, self.hallucination_n),
            "toxicity": (toxic, self.toxicity_prompt_n + self.toxicity_response_n),
            "privacy": (self.privacy_found, self.privacy_n),
            "truncated": (self.cut, self.n - self.errors),
            "model_changed": (self.served_new, self.served_n),
            "unpriced": (self.unpriced_n, self.priced_n + self.unpriced_n),
        }
        return Rate(*pairs[signal]) if signal in pairs else None

    @property
    def cost_per_call(self) -> float | None:
        """USD per priced call."""
        return self.cost_usd / self.priced_n if self.priced_n else None

    @property
    def tokens_per_call(self) -> float | None:
        """Tokens in and out per call that reported them."""
        return (self.input_tokens + self.output_tokens) / self.usage_n if self.usage_n else None

    def latency(self, share: float) -> Quantile:
        """Return a quantile of the latency of successful calls."""
        return estimated(self.latency_histogram, share)

    def ttft(self, share: float) -> Quantile:
        """Return a quantile of the time to the first token."""
        return estimated(self.ttft_histogram, share)


@dataclass(frozen=True, slots=True)
class Hour:
    """The sums of one hour."""

    at: datetime
    sums: Sums


@dataclass(frozen=True, slots=True)
class Leaf:
    """One row of the fleet: a route on a model, its last day, and its calls hour by hour."""

    key: Key
    first_seen: datetime
    last_seen: datetime
    day: Sums
    calls: tuple[int, ...] = ()


def total(many: Iterable[Sums]) -> Sums:
    """Return the sum of sums."""
    numbers: Counter[str] = Counter()
    latency: Counter[int] = Counter()
    ttft: Counter[int] = Counter()
    names = [each.name for each in fields(Sums) if not each.name.endswith("_histogram")]
    cost = 0.0
    for sums in many:
        cost += sums.cost_usd
        numbers.update({name: getattr(sums, name) for name in names if name != "cost_usd"})
        latency.update(sums.latency_histogram)
        ttft.update(sums.ttft_histogram)
    return Sums(**numbers, cost_usd=cost, latency_histogram=latency, ttft_histogram=ttft)


def quantile(histogram: Mapping[int, int], share: float) -> float | None:
    """Return a quantile of a log-spaced histogram, within 2 %; None where it is empty."""
    n = sum(histogram.values())
    return float(BUCKET ** (_bucket(histogram, share * n) + 0.5)) if n else None


def estimated(histogram: Mapping[int, int], share: float) -> Quantile:
    """Return a quantile with its 95 % interval."""
    n = sum(histogram.values())
    if not n:
        return Quantile(None, None, None, 0)
    low, high = ends(histogram, share)
    return Quantile(quantile(histogram, share), low if low or high else None, high, n)


def ends(
    histogram: Mapping[int, int], share: float, *, z: float = Z95, worth: float | None = None
) -> tuple[float, float | None]:
    """Return both ends of the interval of a quantile by order statistics; few values have no upper end: None.

    The ranks are those of the normal approximation, rounded outwards by up to two: so it holds 95 % or more,
    of few values too. A value may be anywhere in its bucket, so ends are edges of theirs. A duration is never
    less than nothing: where there is no lower rank the lower end is 0.

    Parameters
    ----------
    z : normal deviate of the interval
    worth : as how many independent values those are that there are, where not as all of them
    """
    n = sum(histogram.values())
    of = worth or n
    reach = z * math.sqrt(of * share * (1 - share))
    lower, upper = math.floor(of * share - reach), math.ceil(of * share + reach) + 1
    low = BUCKET ** _bucket(histogram, math.floor(lower * n / of)) if lower >= 1 else 0.0
    high = BUCKET ** (_bucket(histogram, math.ceil(upper * n / of)) + 1) if upper <= of else None
    return low, high


def needed(share: float) -> int:
    """Return of how many values a quantile has an upper end.

    >>> needed(0.5), needed(0.95), needed(0.99)
    (8, 110, 563)
    """
    spread, rest = Z95 * math.sqrt(share * (1 - share)), 1 - share
    return math.ceil(((spread + math.sqrt(spread**2 + 4 * rest)) / (2 * rest)) ** 2)


def _bucket(histogram: Mapping[int, int], rank: float) -> int:
    """Return the bucket of the value with a rank; raises ValueError where the histogram is empty."""
    below = 0
    for bucket in sorted(histogram):
        below += histogram[bucket]
        if below >= rank and below:
            return bucket
    return max(histogram)
