from __future__ import annotations

from datetime import UTC, datetime

import pytest
from fmwatch.event import Usage
from hypothesis import given
from hypothesis import strategies as st

from detectors.price_rows import DatedPrice
from detectors.prices import PriceBook
from services.endpoint.errors import EndpointError
from services.endpoint.tariff import Tariff, told_price

NOW = datetime(2026, 8, 20, tzinfo=UTC)


def tariff(model: str = "gpt-4o-mini", price: str = "") -> Tariff:
    """What a model of OpenAI costs: 0.15 USD a million tokens in, 0.60 out."""
    return Tariff(PriceBook(), "openai", model, NOW, told_price(price, NOW) if price else None)


def test_most() -> None:
    """No text costs more than is put aside for it: a token is never less than a byte."""
    known = tariff()
    assert known.most(1_000, 2, 100) >= (known.cost(Usage(input=1_000, output=100)) or 0) > 0
    assert known.cost(Usage(input=1_000_000, output=1_000_000)) == 750_000_000_000


def test_unknown_price() -> None:
    """A model that nobody prices is refused, until somebody says what it costs; nothing is a price too."""
    with pytest.raises(EndpointError, match="--price"):
        tariff("no-such-model")
    told = tariff("no-such-model", "3/15")
    assert told.cost(Usage(input=1_000_000, output=2_000_000, cache_read=500_000)) == 33 * 10**12
    assert tariff("no-such-model", "0/0").most(10_000, 3, 5_000) == 0


def test_usage_that_is_missing() -> None:
    """Where the endpoint counts nothing, or less, nobody knows the cost; no count gives anything back."""
    assert tariff().cost(Usage()) is None
    assert tariff().cost(Usage(input=-5_000, output=10)) is None
    assert (tariff().cost(Usage(input=10, output=0, cache_read=9_000)) or 0) >= 0


@pytest.mark.parametrize("text", ["3", "3/", "x/1", "-1/2", "nan/1", "1/2/3"])
def test_no_price(text: str) -> None:
    """What is no price is refused with an example."""
    with pytest.raises(EndpointError, match="3/15"):
        told_price(text, NOW)


@given(into=st.integers(1, 2_000), out=st.integers(0, 500), cached=st.integers(0, 2_000))
def test_most_of_all_prices(into: int, out: int, cached: int) -> None:
    """The most covers dear long inputs, thoughts and cache writes, and prices that fall with the length."""
    buckets = {"input": 1, "output": 4, "cache_write_5m": 1.25, "reasoning": 9}
    rows = [
        DatedPrice("own", "m", buckets=buckets),
        DatedPrice("own", "m", buckets={"input": 0.1, "output": 40}, above_input_tokens=300),
    ]
    known = Tariff(PriceBook(rows), "own", "m", NOW)
    usage = Usage(input=into, output=out, reasoning=out // 2, cache_write_5m=min(cached, into))
    cost = known.cost(usage)
    assert cost is None or cost <= known.most(into, 1, out)
