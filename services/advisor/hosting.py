"""From how many calls a month on a model of one's own is cheaper than one that is called.

Buying needs nobody to be right about anything, so it is what holds as long as hosting is not cheaper however
the assumptions turn out.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

HOURS = 730.0  # of a month
_SECONDS = HOURS * 3600
MONTH_DAYS = HOURS / 24

Name = Literal["gpu_usd", "ops_usd", "tokens_per_s", "utilisation"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hosting:
    """What it takes to host a model.

    Parameters
    ----------
    gpus : at least so many
    gpu_usd : of one of them an hour
    ops_usd : a month, of people and of what stands around it
    tokens_per_s : output tokens of one of them when it is full
    utilisation : mean load over full load: nights are quiet, and peaks need room
    usd_per_call : what each call costs on top
    """

    gpus: int = 2
    gpu_usd: float = 2.5
    ops_usd: float = 5_000.0
    tokens_per_s: float = 2_500.0
    utilisation: float = 0.4
    usd_per_call: float = 0.0

    def capacity(self, output_tokens: float) -> float:
        """Return the calls a month that one of them answers, of so many output tokens each."""
        return self.tokens_per_s * self.utilisation * _SECONDS / output_tokens

    def needed(self, calls: float, output_tokens: float) -> int:
        """Return how many of them so many calls a month take."""
        return max(self.gpus, math.ceil(calls / self.capacity(output_tokens)))

    def fixed_usd(self, gpus: int) -> float:
        """Return what so many of them cost a month, whatever is called."""
        return gpus * self.gpu_usd * HOURS + self.ops_usd

    def month_usd(self, calls: float, output_tokens: float) -> float:
        """Return what so many calls cost in a month."""
        return self.fixed_usd(self.needed(calls, output_tokens)) + calls * self.usd_per_call


class Doubt(NamedTuple):
    """How far an assumption may be wrong: the ends that are worst and best for hosting, and who says so."""

    worst: float
    best: float
    source: str


DOUBTS: Mapping[Name, Doubt] = {
    "gpu_usd": Doubt(5.0, 2.0, "H100 by the hour, 2 to 5 USD as rented in 2026"),
    "ops_usd": Doubt(10_000.0, 0.0, "assumed: from nobody's time to a good part of an engineer's"),
    "tokens_per_s": Doubt(
        215.0,
        12_215.0,
        "NVIDIA NIM, an 8B model, one call at a time to a hundred; 2,500 between them assumed",
    ),
    "utilisation": Doubt(0.3, 0.5, "estimated: the busiest minute has 1.6 (chat) to 3 times the mean (code)"),
}


class Even(NamedTuple):
    """Where both cost the same.

    Attributes
    ----------
    calls : a month; None where hosting never gets cheaper
    gpus : that so many calls take
    """

    calls: float | None
    gpus: int


class Scenario(NamedTuple):
    """What follows where one assumption is another; `month_usd` of hosting, None without a volume."""

    name: Name
    value: float
    even: Even
    month_usd: float | None


Verdict = Literal["buy", "host"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Calling a model against hosting one.

    Attributes
    ----------
    api_usd : of one call
    output_tokens : of one call, at least one
    calls : a month; None where nobody says
    hosting : as assumed or stated
    stated : the assumptions that somebody states; they are not doubted
    """

    api_usd: float
    output_tokens: int
    calls: float | None
    hosting: Hosting
    stated: frozenset[Name] = frozenset()

    @property
    def doubted(self) -> Mapping[Name, Doubt]:
        """What may be otherwise than assumed."""
        return {name: doubt for name, doubt in DOUBTS.items() if name not in self.stated}

    @property
    def even(self) -> Even:
        """Where both cost the same, as assumed."""
        return break_even(self.api_usd, self.hosting, self.output_tokens)

    @property
    def api_month_usd(self) -> float | None:
        """What calling costs a month."""
        return None if self.calls is None else self.calls * self.api_usd

    def scenarios(self) -> Iterator[Scenario]:
        """Yield what follows from either end of each doubt, the others as assumed."""
        for name, doubt in self.doubted.items():
            for value in (doubt.best, doubt.worst):
                other = assuming(self.hosting, {name: value})
                even = break_even(self.api_usd, other, self.output_tokens)
                yield Scenario(name, value, even, self.month_usd(other))

    def month_usd(self, hosting: Hosting) -> float | None:
        """Return what hosting costs a month."""
        return None if self.calls is None else hosting.month_usd(self.calls, self.output_tokens)

    @property
    def best(self) -> Hosting:
        """Every doubt at the end that is best for hosting."""
        return assuming(self.hosting, {name: doubt.best for name, doubt in self.doubted.items()})

    @property
    def worst(self) -> Hosting:
        """Every doubt at the end that is worst for hosting."""
        return assuming(self.hosting, {name: doubt.worst for name, doubt in self.doubted.items()})

    @property
    def verdict(self) -> Verdict:
        """Hosting is cheaper however the assumptions turn out, or it is to be bought."""
        return "host" if self._cheaper(self.worst) else "buy"

    @property
    def sure(self) -> bool:
        """Whether the verdict is the same at both ends of all doubts; never where no volume is known."""
        return self.calls is not None and self._cheaper(self.worst) == self._cheaper(self.best)

    @property
    def reason(self) -> str:
        """Why the verdict is what it is."""
        if self.calls is None:
            return "nobody says how much is called: it is cheaper only above the break-even"
        if self.verdict == "host":
            return "hosting is cheaper at the bad end of every assumption"
        if self.sure:
            return "calling is cheaper at the good end of every assumption"
        way = "for" if self._cheaper(self.hosting) else "against"
        return f"it depends on what is assumed: as assumed it speaks {way} hosting, and unsure is bought"

    def _cheaper(self, hosting: Hosting) -> bool:
        api, own = self.api_month_usd, self.month_usd(hosting)
        return api is not None and own is not None and own < api


def break_even(api_usd: float, hosting: Hosting, output_tokens: float) -> Even:
    """Return where hosting costs what calling does.

    More calls than the machines carry need more of them, so there may be no such point at all.

    >>> gpt_4o_mini = 1_155 * 0.15e-6 + 211 * 0.60e-6
    >>> at = break_even(gpt_4o_mini, Hosting(gpu_usd=2.5, gpus=2, ops_usd=0), 211)
    >>> round(at.calls / MONTH_DAYS, -3)  # a day
    400000.0
    """
    gain = api_usd - hosting.usd_per_call
    per_gpu = hosting.capacity(output_tokens) * gain - hosting.gpu_usd * HOURS
    if gain <= 0:
        return Even(None, hosting.gpus)
    calls = hosting.fixed_usd(hosting.gpus) / gain
    if calls <= hosting.gpus * hosting.capacity(output_tokens):
        return Even(calls, hosting.gpus)
    if per_gpu <= 0:
        return Even(None, hosting.gpus)
    gpus = max(hosting.gpus, math.ceil(hosting.ops_usd / per_gpu))
    return Even(hosting.fixed_usd(gpus) / gain, gpus)


def assuming(hosting: Hosting, changed: Mapping[Name, float]) -> Hosting:
    """Return it with other assumptions."""
    return replace(
        hosting,
        gpu_usd=changed.get("gpu_usd", hosting.gpu_usd),
        ops_usd=changed.get("ops_usd", hosting.ops_usd),
        tokens_per_s=changed.get("tokens_per_s", hosting.tokens_per_s),
        utilisation=changed.get("utilisation", hosting.utilisation),
    )
