"""What asking may cost: a limit that is reserved before each request, so that it is never passed."""

from __future__ import annotations

import math
from datetime import datetime

from fmwatch.event import Usage

from detectors.prices import PriceBook, Rates, Unpriced
from detectors.rates import PICO, pico_rate
from services.shadow.errors import ShadowError

_PER_MESSAGE = 16  # tokens that a chat's own marks take at most
_CACHED = ("cache_read", "cache_write_5m", "cache_write_1h")


class Budget:
    """Money in hand, in pico-USD. Used from one thread.

    An endpoint that counts more than was asked for (hidden turns, thoughts) can pass the cap by what is in
    hand when that shows first; from then on as much more is put aside.

    Parameters
    ----------
    cap : that may be spent in all
    spent : before
    """

    def __init__(self, cap: int, spent: int = 0) -> None:
        self.cap = cap
        self.spent = spent
        self._reserved = 0
        self._over = 1.0

    def reserve(self, most: int) -> int | None:
        """Put aside what a request may cost at most, and return it; None where it could pass the cap."""
        aside = math.ceil(most * self._over)
        if self.spent + self._reserved + aside > self.cap:
            return None
        self._reserved += aside
        return aside

    def settle(self, aside: int, most: int, cost: int) -> None:
        """Count what a request has cost, and give back what was put aside for it."""
        self._reserved -= aside
        self.spent += cost
        if most:
            self._over = max(self._over, cost / most)


class Tariff:
    """What a model's calls cost, before and after.

    Parameters
    ----------
    rates_of : the rates of an input with so many tokens
    """

    def __init__(self, book: PriceBook, platform: str, model: str, at: datetime, told: Rates | None) -> None:
        self._book = book
        self._platform = platform
        self._model = model
        self._at = at
        self._told = told

    def check(self) -> None:
        """Refuse a model without a price.

        Raises
        ------
        ShadowError : nobody knows what it costs
        """
        rates = self._rates(0)
        if isinstance(rates, Unpriced):
            raise ShadowError(
                f"{self._platform}/{self._model} has no price ({rates.reason.replace('_', ' ')}), so no cap "
                "holds: say what it costs with --price INPUT/OUTPUT in USD per million tokens (0/0 for your "
                "own), or write it under prices in the configuration"
            )
        if rates.input is None or rates.output is None:
            raise ShadowError(
                f"{self._platform}/{self._model} has no price for both input and output; "
                "give --price INPUT/OUTPUT"
            )

    def most(self, sent_bytes: int, messages: int, output_tokens: int) -> int:
        """Return what a request can cost at most: no tokenizer makes more tokens than there are bytes."""
        into = sent_bytes + _PER_MESSAGE * (messages + 1)
        return self.cost(Usage(input=into, output=output_tokens)) or 0

    def cost(self, usage: Usage) -> int | None:
        """Return what a request has cost, None where the usage does not tell."""
        if usage.input is None or usage.output is None:
            return None
        rates = self._rates(usage.input)
        if isinstance(rates, Unpriced):
            return None
        bill = rates.bill(usage)
        return None if bill.missing else bill.total

    def _rates(self, into: int) -> Rates | Unpriced:
        return self._told or self._book.rates(self._platform, self._model, self._at, input_tokens=into)


def told_price(text: str, at: datetime) -> Rates:
    """Return the rates that INPUT/OUTPUT in USD per million tokens means.

    Raises
    ------
    ShadowError : it means none

    >>> from datetime import UTC, datetime
    >>> told_price("3/15", datetime(2026, 11, 1, tzinfo=UTC)).output
    15000000
    """
    into, _, out = text.partition("/")
    try:
        rate, output = pico_rate("input", into.strip()), pico_rate("output", out.strip())
    except (ArithmeticError, ValueError):
        raise ShadowError(
            f"--price {text}: write USD per million tokens of input and output, for instance 3/15"
        ) from None
    return Rates("told", at.date().isoformat(), rate, output, **dict.fromkeys(_CACHED, rate))


def pico(usd: float) -> int:
    """Return an amount as pico-USD."""
    return round(usd * PICO)


def usd(pico_usd: int) -> float:
    """Return pico-USD as an amount."""
    return pico_usd / PICO
