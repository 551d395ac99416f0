"""Public list prices from the genai-prices package: dated, tiered, never over the network."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cached_property

from genai_prices import __version__
from genai_prices.data_snapshot import find_provider_by_id
from genai_prices.types import (
    ConditionalPrice,
    ModelInfo,
    ModelPrice,
    PriceVariant,
    Provider,
    StartDateConstraint,
    TieredPrices,
    TimeOfDateConstraint,
)

from detectors.platforms import genai_provider
from detectors.rates import PICO, Card, Rates, Unpriced, same_prices

CONTEXTS = {
    "batch": {"processing": "batch"},
    "flex": {"service_tier": "flex"},
    "priority": {"service_tier": "priority"},
}
# Our bucket: the table's key and what one unit of the table's price is, in our units.
KEYS: tuple[tuple[str, str, int], ...] = (
    ("input", "input_mtok", 10**6),
    ("output", "output_mtok", 10**6),
    ("cache_read", "cache_read_mtok", 10**6),
    ("cache_write_5m", "cache_write_mtok", 10**6),
    ("cache_write_5m", "cache_write_5m_mtok", 10**6),
    ("cache_write_1h", "cache_write_1h_mtok", 10**6),
    ("reasoning", "output_reasoning_mtok", 10**6),
    ("audio_input", "input_audio_mtok", 10**6),
    ("audio_output", "output_audio_mtok", 10**6),
    ("searches", "web_searches_kcount", 10**3),
    ("requests", "requests_kcount", 10**3),
    ("seconds", "input_audio_hours", 1),
    ("seconds", "audio_hours", 1),
)
_PREFIXES = ("models/", "publishers/", "openai/", "anthropic/", "google/", "azure/", "bedrock/", "vertex_ai/")


class GenaiPrices:
    """List prices of public platforms.

    A platform that resells (Azure sells OpenAI's models) has its maker's standard price where it publishes
    none of its own; the maker's batch, flex and priority prices are not carried over.
    """

    source = "genai-prices"

    def boundaries(self, platform: str, model: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Return the days (ordinals) and the seconds of the day at which the price may change."""
        found = self._find(platform, model)
        if isinstance(found, Unpriced):
            return (), ()
        dated = (*_conditional(found[0]), *(found[0].price_variants or ()))
        days, times = set(), set()
        for constraint in (price.constraint for price in dated):
            if isinstance(constraint, StartDateConstraint):
                days.add(constraint.start_date.toordinal())
            elif isinstance(constraint, TimeOfDateConstraint):
                times |= {_second_of_day(constraint.start_time), _second_of_day(constraint.end_time)}
        return tuple(sorted(days)), tuple(sorted(times))

    def card(self, platform: str, model: str, tier: str, at: datetime) -> Card | Unpriced:
        """Return the prices that hold at a time."""
        found = self._find(platform, model)
        if isinstance(found, Unpriced):
            return found
        info, own = found
        standard = self._card(info.get_prices(at), _since(info, at))
        if tier == "standard":
            return standard
        context = CONTEXTS.get(tier)
        variants = [v for v in info.price_variants or () if own and v.when == context and v.prices.__dict__]
        if not context or not variants:
            return Unpriced(f"no_{tier}_rate")
        if any(v.constraint is None or v.constraint.active(at) for v in variants):
            return self._card(info.get_prices(at, context), _since(info, at))
        return self._carried_back(info, context, standard, _first_day(variants))

    def borrowed(self, platform: str, model: str) -> tuple[Card, ...]:
        """Return the maker's standard prices, of every time, where the platform publishes none of its own."""
        found = self._find(platform, model)
        if isinstance(found, Unpriced) or found[1]:
            return ()
        prices = found[0].prices
        listed = [dated.prices for dated in prices] if isinstance(prices, list) else [prices]
        return tuple(map(self._card, listed))

    def _carried_back(
        self, info: ModelInfo, context: dict[str, str], then: Card, day: date
    ) -> Card | Unpriced:
        """Use the first documented tier price before its day, if the standard price was the same.

        The table dates a tier's price by when it was documented, later than when it was first sold.
        """
        first = datetime.combine(day, time(12), UTC)
        now = self._card(info.get_prices(first))
        same = now.thresholds == then.thresholds and all(map(same_prices, now.rates, then.rates))
        if not same:
            return Unpriced(f"no_{next(iter(context.values()))}_rate")
        return self._card(info.get_prices(first, context), f"documented {day.isoformat()}")

    def _card(self, price: ModelPrice, as_of: str = "") -> Card:
        values = {key: getattr(price, key) for _, key, _ in KEYS if getattr(price, key) is not None}
        starts = sorted({tier.start for value in values.values() for tier in getattr(value, "tiers", ())})
        since = as_of or __version__
        return Card(
            tuple(starts),
            tuple(
                Rates(
                    self.source,
                    since,
                    **{b: _pico(_step(values[key], n), unit) for b, key, unit in KEYS if key in values},
                )
                for n in (0, *(start + 1 for start in starts))
            ),
        )

    @cached_property
    def _providers(self) -> list[Provider]:
        from genai_prices.data import providers  # noqa: PLC0415 - the table costs 0.3 s and 25 MiB to load

        return providers

    def _find(self, platform: str, model: str) -> tuple[ModelInfo, bool] | Unpriced:
        """Return the model and whether the price is the platform's own."""
        provider = find_provider_by_id(self._providers, genai_provider(platform)) if platform else None
        if provider is None:
            return Unpriced("unknown_platform")
        for name in spellings(model):
            info = provider.find_model(name, all_providers=self._providers)
            if info is not None:
                return info, any(info is other for other in provider.models)
        return Unpriced("unknown_model")


def spellings(model: str) -> list[str]:
    """Return the ids to look a model up by: as sent, then without the prefixes that routers put before it.

    >>> spellings("openai/gpt-4o")
    ['openai/gpt-4o', 'gpt-4o']
    >>> spellings("publishers/google/models/gemini-2.5-pro")[-1]
    'gemini-2.5-pro'
    """
    names = [model.strip().lower()]
    while (prefix := next((p for p in _PREFIXES if names[-1].startswith(p)), "")) and names[-1] != prefix:
        names.append(names[-1].removeprefix(prefix))
    return names


def _conditional(info: ModelInfo) -> list[ConditionalPrice]:
    return info.prices if isinstance(info.prices, list) else []


def _since(info: ModelInfo, at: datetime) -> str:
    """Return the day from which the standard price of a time holds, or nothing when the table has no day."""
    days = [
        price.constraint.start_date
        for price in _conditional(info)
        if isinstance(price.constraint, StartDateConstraint) and price.constraint.active(at)
    ]
    return max(days).isoformat() if days else ""


def _first_day(variants: list[PriceVariant]) -> date:
    return min(v.constraint.start_date for v in variants if isinstance(v.constraint, StartDateConstraint))


def _second_of_day(moment: time) -> int:
    """The table writes its times in UTC."""
    return moment.hour * 3600 + moment.minute * 60 + moment.second


def _step(price: Decimal | TieredPrices, tokens: int) -> Decimal:
    if isinstance(price, Decimal):
        return price
    passed = [tier.price for tier in price.tiers if tokens > tier.start]
    return passed[-1] if passed else price.base


def _pico(price: Decimal, unit: int) -> int:
    return int((price * PICO / unit).to_integral_value(ROUND_HALF_EVEN))
