"""What a call costs by the unit, on its day: contract prices first, then list prices, then the catalogue.

A price book is asked once per (platform, model, tier, stretch of time); after that a lookup is a few
comparisons. Nothing here touches the network.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from detectors.genai_list import GenaiPrices
from detectors.identity import l1
from detectors.platforms import TIERS, platform_name, tier_name
from detectors.price_rows import CataloguePrice, DatedPrice, RowPrices
from detectors.rates import Card, Rates, Unpriced, alike

__all__ = ["CataloguePrice", "DatedPrice", "PriceBook", "PriceList", "Rates", "Unpriced"]

_SAME = 0.01  # lists round
_MOST_PLANS = 20_000  # model names come from outside; forget all rather than grow for ever


class PriceList(Protocol):
    """A source of prices. Pure; never raises on any platform or model."""

    def boundaries(self, platform: str, model: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Return the days (ordinals) and the seconds of the day at which a price may change."""

    def card(self, platform: str, model: str, tier: str, at: datetime) -> Card | Unpriced:
        """Return the prices that hold at a time."""


@dataclass(slots=True)
class _Plan:
    """When the price of one (platform, model, served model, tier) may change, and what it was then."""

    days: Sequence[int]
    times: Sequence[int]
    cards: dict[tuple[int, int], Card | Unpriced] = field(default_factory=dict)

    def stretch(self, at: datetime) -> tuple[int, int]:
        day = bisect_right(self.days, at.toordinal()) if self.days else 0
        second = at.hour * 3600 + at.minute * 60 + at.second
        time = bisect_right(self.times, second) % (len(self.times) or 1) if self.times else 0
        return day, time


class PriceBook:
    """Unit prices of every call, or the reason why there is none.

    Parameters
    ----------
    contract : own prices; they override every list for the models, days and tiers that they name
    catalogue : price rows of the catalogue; asked last
    deployments : models that answer under names of the company's own, by platform and name in one spelling;
        for calls that do not say themselves what answered

    >>> from datetime import UTC, datetime
    >>> book = PriceBook()
    >>> book.rates("openai", "o3", datetime(2025, 5, 1, tzinfo=UTC)).output  # $40 a million, then
    40000000
    >>> book.rates("openai", "o3", datetime(2025, 7, 1, tzinfo=UTC)).output  # $8 after the change
    8000000
    >>> book.rates("openai", "no-such-model", datetime(2025, 7, 1, tzinfo=UTC))
    Unpriced(reason='unknown_model')
    """

    def __init__(
        self,
        contract: Iterable[DatedPrice] = (),
        catalogue: Iterable[DatedPrice] = (),
        deployments: Mapping[tuple[str, str], str] | None = None,
    ) -> None:
        self._deployments = deployments or {}
        self._contract = RowPrices(contract, "contract")
        self._public, self._catalogue = GenaiPrices(), RowPrices(catalogue, "catalogue")
        self._lists: tuple[PriceList, ...] = (self._public, self._catalogue)
        self._plans: dict[tuple[str, str, str, str], _Plan] = {}

    def rates(
        self,
        platform: str,
        model: str,
        at: datetime,
        tier: str = "standard",
        input_tokens: int = 0,
        *,
        served: str = "",
    ) -> Rates | Unpriced:
        """Return what one call costs by the unit.

        Parameters
        ----------
        platform : who sells it, in any known spelling
        model : as requested
        at : when, aware; compared in UTC
        tier : standard, batch, flex or priority, in any known spelling
        input_tokens : length of the whole input; long inputs cost more with some models
        served : the model that answered; its list price goes before that of the requested name
        """
        card = self.card(platform, model, at, tier, served=served)
        return card if isinstance(card, Unpriced) else card.at(input_tokens)

    def card(
        self, platform: str, model: str, at: datetime, tier: str = "standard", *, served: str = ""
    ) -> Card | Unpriced:
        """Return the prices of a call for every length of input."""
        key = platform, model, tier, served
        plan = self._plans.get(key)
        if plan is None:
            plan = self._remember(key)
        moment = at.astimezone(UTC)
        stretch = plan.stretch(moment)
        card = plan.cards.get(stretch)
        if card is None:
            card = plan.cards[stretch] = self._ask(platform, model, tier, served, moment)
        return card

    def _remember(self, key: tuple[str, str, str, str]) -> _Plan:
        platform, model, _, served = key
        seller = platform_name(platform)
        days: set[int] = set()
        times: set[int] = set()
        for prices, name in self._order(seller, model, served):
            more_days, more_times = prices.boundaries(seller, name)
            days |= {*more_days}
            times |= {*more_times}
        if len(self._plans) >= _MOST_PLANS:
            self._plans.clear()
        plan = self._plans[key] = _Plan(sorted(days), sorted(times))
        return plan

    def _order(self, seller: str, model: str, served: str) -> list[tuple[PriceList, str]]:
        """A contract names what was asked for; a list price belongs to what answered."""
        asked, answered = model.strip().lower(), served.strip().lower()
        if answered in {"", asked}:
            answered = self._deployments.get((seller, l1(asked)), answered).lower()
        names = [name for name in dict.fromkeys((answered, asked)) if name]
        order: list[tuple[PriceList, str]] = [(self._contract, name) for name in reversed(names)]
        return order + [(prices, name) for prices in self._lists for name in names]

    def _ask(self, platform: str, model: str, tier: str, served: str, at: datetime) -> Card | Unpriced:
        seller, tier = platform_name(platform), tier_name(tier)
        if tier not in TIERS:
            return Unpriced("unknown_tier")
        reasons: set[str] = set()
        for prices, name in self._order(seller, model, served):
            found = prices.card(seller, name, tier, at)
            if isinstance(found, Card):
                resold = self._resold(seller, name, tier, at) if prices is self._public else None
                return resold or found
            reasons.add(found.reason)
            if prices is self._contract and found.reason.startswith("no_"):
                return found  # a contract without this tier: the public price is not what is paid
        return Unpriced(_most_telling(reasons, tier))

    def _resold(self, seller: str, name: str, tier: str, at: datetime) -> Card | None:
        """Return a reseller's own price of the catalogue, where the public list only has its maker's.

        Where it is one of the maker's, now or once, the reseller follows the maker, whose prices have days.
        """
        makers = self._public.borrowed(seller, name)
        listed = self._catalogue.card(seller, name, tier, at) if makers else None
        if not isinstance(listed, Card):
            return None
        follows = any(alike(listed.rates[0], card.rates[0], _SAME) for card in makers)
        return None if follows else listed


def _most_telling(reasons: set[str], tier: str) -> str:
    order = (f"no_{tier}_rate", "unknown_model", "unknown_platform")
    return next((reason for reason in order if reason in reasons), "unknown_model")
