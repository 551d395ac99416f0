"""Sums of calls over some hours of one series, and the rates they give."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime

from services.console.quantile import Quantile, estimated
from services.wording.numbers import between, percent, wilson


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
