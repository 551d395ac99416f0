"""What one unit of each bucket costs, as integers of 1e-12 USD, and the bill of one call at those rates.

Integers make the ledger exact: the sum over events is the ledger, to the last pico-USD.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, fields
from decimal import ROUND_HALF_EVEN, Decimal
from typing import NamedTuple

from fmwatch.event import Usage

PICO = 10**12  # pico-USD in one USD
PER_MILLION = ("input", "output", "cache_read", "cache_write_5m", "cache_write_1h", "reasoning")
PER_MILLION_AUDIO = ("audio_input", "audio_output")
PER_UNIT = ("images", "seconds", "searches", "requests")
BUCKETS = (*PER_MILLION, *PER_MILLION_AUDIO, *PER_UNIT)

Money = Decimal | int | float | str


@dataclass(frozen=True, slots=True)
class Unpriced:
    """Why a call has no price. The reason is a low-cardinality word, stored and alerted on."""

    reason: str


class Bill(NamedTuple):
    """Cost of one call in pico-USD. `missing` names the buckets that were used but have no rate."""

    input: int
    output: int
    cache: int
    other: int
    missing: tuple[str, ...]

    @property
    def total(self) -> int:
        """All four parts."""
        return self.input + self.output + self.cache + self.other


@dataclass(frozen=True, slots=True)
class Rates:
    """Pico-USD per token, image, search or request, and per hour of audio; None where none is published.

    Attributes
    ----------
    source : contract, genai-prices or catalogue
    as_of : what the price rests on: the day it holds from, or the version of the table
    reasoning : None means reasoning is billed as the output it is part of
    seconds : pico-USD per hour, so that a price per hour stays a whole number
    """

    source: str
    as_of: str
    input: int | None = None
    output: int | None = None
    cache_read: int | None = None
    cache_write_5m: int | None = None
    cache_write_1h: int | None = None
    reasoning: int | None = None
    audio_input: int | None = None
    audio_output: int | None = None
    images: int | None = None
    seconds: int | None = None
    searches: int | None = None
    requests: int | None = None

    def bill(self, usage: Usage) -> Bill:
        """Price one call. Input includes cache and audio; output includes reasoning and audio."""
        missing: list[str] = []

        def cost(bucket: str, count: int, rate: int | None) -> int:
            if count and rate is None:
                missing.append(bucket)
            return count * (rate or 0)

        read, write_5m, write_1h = usage.cache_read or 0, usage.cache_write_5m or 0, usage.cache_write_1h or 0
        fresh = (usage.input or 0) - read - write_5m - write_1h
        heard = min(usage.audio_input or 0, fresh)  # cached audio is billed as a cache read
        thought = 0 if self.reasoning is None else usage.reasoning or 0
        spoken = usage.audio_output or 0
        said = max((usage.output or 0) - thought - spoken, 0)
        return Bill(
            input=cost("input", fresh - heard, self.input) + cost("audio_input", heard, self.audio_input),
            output=cost("output", said, self.output)
            + cost("reasoning", thought, self.reasoning)
            + cost("audio_output", spoken, self.audio_output),
            cache=cost("cache_read", read, self.cache_read)
            + cost("cache_write_5m", write_5m, self.cache_write_5m)
            + cost("cache_write_1h", write_1h, self.cache_write_1h),
            other=cost("images", usage.images or 0, self.images)
            + cost("searches", usage.searches or 0, self.searches)
            + cost("seconds", round((usage.seconds or 0) * 1_000_000), self.seconds) // 3_600_000_000
            + (self.requests or 0),
            missing=tuple(missing),
        )


class Card(NamedTuple):
    """Rates by length of the input.

    `rates[i]` holds above `thresholds[i - 1]` input tokens, and then for all tokens of the call.
    """

    thresholds: tuple[int, ...]
    rates: tuple[Rates, ...]

    def at(self, input_tokens: int) -> Rates:
        """Return the rates of a call with so many input tokens."""
        return self.rates[bisect_left(self.thresholds, input_tokens)]


def pico_rate(bucket: str, usd: Money) -> int:
    """Return the stored integer of a published price; finer than 1e-12 USD is rounded once, half to even.

    >>> pico_rate("input", "0.075"), pico_rate("searches", "0.01"), pico_rate("seconds", "0.0001")
    (75000, 10000000000, 360000000000)
    """
    price = usd if isinstance(usd, Decimal) else Decimal(str(usd))
    if not price.is_finite() or price < 0:
        raise ValueError(f"price of {bucket} must be a number of USD from 0 up, not {usd!r}")
    factor = PICO * 3600 if bucket == "seconds" else PICO if bucket in PER_UNIT else PICO // 10**6
    return int((price * factor).to_integral_value(ROUND_HALF_EVEN))


def alike(one: Rates, other: Rates, within: float) -> bool:
    """Tell whether tokens in and out cost the same within a share of it, as far as both have a price."""
    pairs = ((one.input, other.input), (one.output, other.output))
    return all(abs(a - b) <= within * max(a, b) for a, b in pairs if a is not None and b is not None)


def same_prices(one: Rates, other: Rates) -> bool:
    """Tell whether two rates cost the same, wherever they come from."""
    names = [item.name for item in fields(Rates) if item.name not in ("source", "as_of")]
    return all(getattr(one, name) == getattr(other, name) for name in names)
