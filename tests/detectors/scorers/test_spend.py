"""The spend ledger: what is priced, what is not and why, and that it adds up."""

from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pytest
from fmwatch.event import Generation, Usage
from hypothesis import given
from hypothesis import strategies as st

from detectors.base import Column
from detectors.batch import Batch
from detectors.encoders.static import StaticEncoder
from detectors.prices import DatedPrice, PriceBook
from detectors.rates import PICO
from detectors.scorers.spend import Spend
from detectors.testing import generation

SPEND = Spend(PriceBook())
ENCODER = StaticEncoder()
NAN = float("nan")
USED = Usage(input=1000, output=100)
NOBODYS = "a-model-nobody-sells"


def ledger(*events: Generation, spend: Spend = SPEND) -> Column:
    """Return the spend column of some calls."""
    return spend.score(Batch(events, ENCODER))


def one(spend: Spend = SPEND, **fields: Any) -> tuple[str, object, object]:
    """Return status, cost and reason of one call."""
    column = ledger(generation(**fields), spend=spend)
    return column.label[0], column.parts["cost_pusd"][0], column.parts["unpriced_reason"][0]


def test_priced() -> None:
    """A call with usage and a known price has an exact cost, its parts and where the price is from."""
    column = ledger(generation(usage=Usage(input=1000, output=100, cache_read=400)))
    assert column.label == ["priced"]
    parts = {name: values[0] for name, values in column.parts.items()}
    assert parts["cost_pusd"] == 600 * 2_500_000 + 400 * 1_250_000 + 100 * 10_000_000
    assert parts["cost_input_pusd"] == 600 * 2_500_000
    assert parts["cost_cache_pusd"] == 400 * 1_250_000
    assert parts["cost_output_pusd"] == 100 * 10_000_000
    assert parts["cost_other_pusd"] == 0
    assert parts["price_source"] == "genai-prices"
    assert parts["unpriced_reason"] == ""
    assert column.score[0] == pytest.approx(0.003)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, ("unpriced", None, "no_usage")),
        ({"usage": Usage(input=0, output=0)}, ("unpriced", None, "no_usage")),
        ({"usage": USED, "usage_source": "missing"}, ("unpriced", None, "no_usage")),
        ({"error_type": "timeout"}, ("not_assessable", None, "")),
        ({"operation": "execute_tool"}, ("not_assessable", None, "")),
        ({"operation": "invoke_agent", "usage": USED}, ("not_assessable", None, "")),
        ({"gateway_cached": True, "usage": USED}, ("priced", 0, "")),
        ({"gateway_cached": True}, ("priced", 0, "")),
        ({"cost_usd": 0.25}, ("reported", PICO // 4, "no_usage")),
        ({"request_model": NOBODYS, "usage": USED}, ("unpriced", None, "unknown_model")),
        ({"request_model": NOBODYS, "usage": USED, "cost_usd": 1.0}, ("reported", PICO, "unknown_model")),
        ({"request_model": NOBODYS, "usage": USED, "cost_usd": 0.0}, ("unpriced", None, "unknown_model")),
        ({"request_model": NOBODYS, "usage": USED, "cost_usd": NAN}, ("unpriced", None, "unknown_model")),
        ({"usage": USED, "cost_usd": 9.0}, ("priced", 3_500_000_000, "")),
        ({"usage": USED, "service_tier": "batch", "platform": "azure"}, ("unpriced", None, "no_batch_rate")),
        ({"usage": Usage(input=10, output=1, cache_read=11)}, ("unpriced", None, "inconsistent_usage")),
        ({"usage": Usage(input=10, output=5, reasoning=6)}, ("unpriced", None, "inconsistent_usage")),
        ({"usage": Usage(input=-5, output=5)}, ("unpriced", None, "implausible_usage")),
        ({"usage": Usage(input=10**15, output=5)}, ("unpriced", None, "implausible_usage")),
        ({"usage": Usage(seconds=NAN)}, ("unpriced", None, "implausible_usage")),
        ({"usage": Usage(input=100)}, ("partial", 250_000_000, "no_count_of_output")),
        ({"usage": Usage(output=100)}, ("partial", 1_000_000_000, "no_count_of_input")),
        ({"usage": Usage(input=100), "error_type": "cut"}, ("priced", 250_000_000, "")),
        (
            {
                "request_model": "text-embedding-3-small",
                "operation": "embeddings",
                "usage": Usage(input=1000),
            },
            ("priced", 20_000_000, ""),
        ),
        (
            {
                "request_model": "gpt-4o-audio-preview",
                "usage": Usage(input=1000, output=100, audio_input=400),
            },
            ("partial", 2_500_000_000, "no_rate_for_audio_input"),
        ),
        ({"usage": Usage(input=1000, output=9, images=1)}, ("partial", 2_590_000_000, "no_rate_for_images")),
        ({"usage": Usage(images=1), "operation": "image"}, ("unpriced", None, "no_rate_for_images")),
    ],
)  # fmt: skip
def test_status(fields: dict[str, Any], expected: tuple[str, object, object]) -> None:
    """Every kind of call has its status, and what is not known is NULL with a reason, never zero."""
    assert expected == one(**fields)


def test_proxy() -> None:
    """A proxy sells nothing: the provider behind it is priced."""
    assert one(platform="litellm", provider="openai", usage=USED)[0] == "priced"


def test_score_null() -> None:
    """The score is NaN exactly where the cost is NULL."""
    column = ledger(generation(usage=USED), generation(), generation(gateway_cached=True))
    assert np.isnan(column.score).tolist() == [False, True, False]
    assert [pusd is None for pusd in column.parts["cost_pusd"]] == [False, True, False]


def test_explain() -> None:
    """The explanation shows the sum, or names the reason."""
    column = ledger(generation(usage=USED), generation(), generation(gateway_cached=True))
    assert [column.explain(place) for place in range(3)] == [
        "$0.0035 = input $0.0025 + output $0.001, priced, prices: genai-prices 0.2.3.",
        "No price: no usage.",
        "Answered from the gateway's cache: no cost.",
    ]


counts = st.integers(0, 300_000)


@given(
    st.lists(
        st.builds(
            lambda fresh, read, w5, w1, out, think, model, day: generation(
                request_model=model,
                provider="anthropic" if model.startswith("claude") else "openai",
                occurred_at=datetime(2025, 6, day, tzinfo=UTC),
                usage=Usage(
                    input=fresh + read + w5 + w1,
                    output=out + think,
                    cache_read=read,
                    cache_write_5m=w5 if model.startswith("claude") else 0,
                    cache_write_1h=w1 if model.startswith("claude") else 0,
                    reasoning=think,
                ),
            ),
            *[counts] * 6,
            st.sampled_from(["gpt-4o", "o3", "claude-sonnet-4-5", NOBODYS]),
            st.integers(1, 28),
        ),
        max_size=20,
    )
)
def test_adds_up(events: list[Generation]) -> None:
    """The parts add up to each call, and the calls to the ledger, whatever the cut into batches."""
    column = ledger(*events)
    parts = [column.parts[f"cost_{part}_pusd"] for part in ("input", "output", "cache", "other")]
    for place, total in enumerate(column.parts["cost_pusd"]):
        assert sum(int(str(part[place])) for part in parts) == (total or 0)
    alone = [ledger(event).parts["cost_pusd"][0] for event in events]
    assert alone == list(column.parts["cost_pusd"])


def test_exact() -> None:
    """A million calls of a third of a cent add up to the last digit: no float rounding."""
    row = DatedPrice("acme", "m", date(2026, 1, 1), buckets={"input": "0.333333"})
    event = generation(provider="acme", request_model="m", usage=Usage(input=1, output=0))
    entry = Spend(PriceBook(catalogue=[row])).entry(event)
    assert entry.pusd is not None
    assert entry.pusd * 1_000_000 == 333_333_000_000
