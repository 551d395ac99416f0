"""What asking a model costs: at most before, and as it was counted after."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import replace
from datetime import datetime

from fmwatch.event import Usage

from detectors.prices import PriceBook
from detectors.rates import Card, Rates, Unpriced, pico_rate
from services.endpoint.errors import EndpointError

_PER_MESSAGE = 16  # tokens that a chat's own marks take at most
_SAY = (
    "write what it costs under prices in the configuration (0 for your own), or give --price INPUT/OUTPUT in "
    "USD per million tokens, where the command has it"
)
_CACHED = ("cache_read", "cache_write_5m", "cache_write_1h")


class Tariff:
    """What a model's calls cost, before and after.

    Parameters
    ----------
    told : rates that go before every list

    Raises
    ------
    EndpointError : nobody knows what it costs
    """

    def __init__(
        self, book: PriceBook, platform: str, model: str, at: datetime, told: Rates | None = None
    ) -> None:
        card = Card((), (told,)) if told else book.card(platform, model, at)
        if isinstance(card, Unpriced):
            raise EndpointError(
                f"{platform}/{model} has no price ({card.reason.replace('_', ' ')}), so no cap holds: {_SAY}"
            )
        if any(rates.input is None or rates.output is None for rates in card.rates):
            raise EndpointError(f"{platform}/{model} has no price for both input and output: {_SAY}")
        self._card = card

    def most(self, sent_bytes: int, messages: int, output_tokens: int) -> int:
        """Return what a request can cost at most: no tokenizer makes more tokens than there are bytes.

        Which of them are cached or thought is for the endpoint to say, so each counts as the dearest it can
        be; shorter inputs can have dearer prices, so those count as well.
        """
        into = sent_bytes + _PER_MESSAGE * (messages + 1)
        usage = Usage(input=into, output=output_tokens)
        reached = self._card.rates[: bisect_left(self._card.thresholds, into) + 1]
        return max(_dearest(rates).bill(usage).total for rates in reached)

    def cost(self, usage: Usage) -> int | None:
        """Return what a request has cost, None where the usage does not tell."""
        if usage.input is None or usage.output is None or min(usage.input, usage.output) < 0:
            return None
        bill = self._card.at(usage.input).bill(usage)
        return (
            None if bill.missing else max(0, bill.total)
        )  # more may be said to come from a cache than went in


def _dearest(rates: Rates) -> Rates:
    cached = (getattr(rates, name) for name in _CACHED)
    return replace(
        rates,
        input=max(rate for rate in (rates.input, *cached) if rate is not None),
        output=max(rate for rate in (rates.output, rates.reasoning) if rate is not None),
        reasoning=None,
    )


def told_price(text: str, at: datetime) -> Rates:
    """Return the rates that INPUT/OUTPUT in USD per million tokens means.

    Raises
    ------
    EndpointError : it means none

    >>> from datetime import UTC, datetime
    >>> told_price("3/15", datetime(2026, 11, 1, tzinfo=UTC)).output
    15000000
    """
    into, _, out = text.partition("/")
    try:
        rate, output = pico_rate("input", into.strip()), pico_rate("output", out.strip())
    except (ArithmeticError, ValueError):
        raise EndpointError(
            f"--price {text}: write USD per million tokens of input and output, for instance 3/15"
        ) from None
    return Rates("told", at.date().isoformat(), rate, output, **dict.fromkeys(_CACHED, rate))
