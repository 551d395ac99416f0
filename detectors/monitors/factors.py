"""Why spend differs between two times: calls, model mix, tokens per call, price; the parts sum exactly."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import TypeVar

Name = TypeVar("Name", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Use:
    """What one route spent on one model: calls with a price, their tokens in and out, and USD."""

    calls: float
    tokens: float
    usd: float


@dataclass(frozen=True, slots=True)
class Factors:
    """Parts of a difference in spend, in USD.

    Attributes
    ----------
    volume : calls of all routes and models together
    mix : which part of them goes to which model and route; new ones and those that are gone
    tokens : tokens per call
    price : USD per token; per call, where a model does not count tokens
    """

    volume: float
    mix: float
    tokens: float
    price: float

    @property
    def total(self) -> float:
        """The whole difference."""
        return self.volume + self.mix + self.tokens + self.price


def split(before: Mapping[Name, Use], now: Mapping[Name, Use]) -> Factors:
    """Return the additive logarithmic mean Divisia decomposition (LMDI-I) of `now` less `before`.

    Each model of each route spends calls x share x tokens per call x price per token; its difference is
    handed out in proportion to the logarithms of the four ratios. What is in one of the two only is mix,
    the limit of that formula.

    Source: Ang 2005, Energy Policy 33, 867-871; zeros as in Ang and Liu 2007, Energy Policy 35, 238-246.

    >>> split({"a": Use(10, 100, 1.0)}, {"a": Use(20, 200, 2.0)})
    Factors(volume=1.0, mix=0.0, tokens=0.0, price=0.0)
    """
    n0, n1 = (sum(use.calls for use in uses.values()) for uses in (before, now))
    parts = [0.0, 0.0, 0.0, 0.0]
    for key in sorted(before.keys() | now.keys(), key=repr):
        old, new = before.get(key), now.get(key)
        if old is None or new is None:
            parts[1] += (new.usd if new else 0.0) - (old.usd if old else 0.0)
            continue
        for i, part in enumerate(_parts(old, new, n0, n1)):
            parts[i] += part
    return Factors(*parts)


def _parts(old: Use, new: Use, n0: float, n1: float) -> tuple[float, float, float, float]:
    if old.usd <= 0 or new.usd <= 0:  # free once: the price has changed
        return 0.0, 0.0, 0.0, new.usd - old.usd
    weight = log_mean(old.usd, new.usd)
    volume = math.log(n1 / n0)
    mix = math.log(new.calls / n1 / (old.calls / n0))
    counted = old.tokens > 0 and new.tokens > 0
    tokens = math.log(new.tokens / new.calls / (old.tokens / old.calls)) if counted else 0.0
    price = math.log(new.usd / old.usd) - volume - mix - tokens
    return weight * volume, weight * mix, weight * tokens, weight * price


def log_mean(a: float, b: float) -> float:
    """Return the logarithmic mean of two positive numbers.

    >>> round(log_mean(1.0, math.e), 6)
    1.718282
    """
    return a if math.isclose(a, b, rel_tol=1e-12) else (b - a) / math.log(b / a)
