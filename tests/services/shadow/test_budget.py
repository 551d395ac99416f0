from __future__ import annotations

from datetime import UTC, datetime

import pytest
from fmwatch.event import Usage

from detectors.prices import PriceBook
from services.shadow.budget import Budget, Tariff, told_price
from services.shadow.errors import ShadowError

NOW = datetime(2026, 8, 20, tzinfo=UTC)


def tariff(model: str = "gpt-4o-mini", price: str = "") -> Tariff:
    """What a model of OpenAI costs: 0.15 USD a million tokens in, 0.60 out."""
    return Tariff(PriceBook(), "openai", model, NOW, told_price(price, NOW) if price else None)


def test_reserved() -> None:
    """What is in hand is as good as spent, until it is known to have cost less."""
    budget = Budget(100, 10)
    assert budget.reserve(50) == 50
    assert budget.reserve(40) == 40
    assert budget.reserve(1) is None
    budget.settle(50, 50, 20)
    assert budget.reserve(30) == 30
    assert budget.reserve(1) is None
    assert budget.spent == 30


def test_dearer_than_most() -> None:
    """Where an endpoint counts more than it was asked for, as much more is put aside from then on."""
    budget = Budget(100)
    assert budget.reserve(10) == 10
    budget.settle(10, 10, 25)
    assert budget.reserve(10) == 25


def test_most() -> None:
    """No text costs more than is put aside for it: a token is never less than a byte."""
    known = tariff()
    known.check()
    assert known.most(1_000, 2, 100) >= (known.cost(Usage(input=1_000, output=100)) or 0) > 0
    assert known.cost(Usage(input=1_000_000, output=1_000_000)) == 750_000_000_000


def test_unknown_price() -> None:
    """A model that nobody prices is refused, until somebody says what it costs; nothing is a price too."""
    with pytest.raises(ShadowError, match="--price"):
        tariff("no-such-model").check()
    told = tariff("no-such-model", "3/15")
    told.check()
    assert told.cost(Usage(input=1_000_000, output=2_000_000, cache_read=500_000)) == 33 * 10**12
    assert tariff("no-such-model", "0/0").most(10_000, 3, 5_000) == 0


def test_usage_that_is_missing() -> None:
    """Where the endpoint counts nothing, nobody knows the cost."""
    assert tariff().cost(Usage()) is None


@pytest.mark.parametrize("text", ["3", "3/", "x/1", "-1/2", "nan/1", "1/2/3"])
def test_no_price(text: str) -> None:
    """What is no price is refused with an example."""
    with pytest.raises(ShadowError, match="3/15"):
        told_price(text, NOW)
