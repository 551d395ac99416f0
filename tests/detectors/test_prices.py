"""The price book: which price holds for a platform, a model, a tier and a moment."""

from datetime import UTC, date, datetime

import pytest
from fmwatch.event import Usage

from detectors.prices import DatedPrice, PriceBook, Rates, Unpriced
from detectors.rates import PICO

DAY = datetime(2026, 11, 2, 12, tzinfo=UTC)
BOOK = PriceBook()


def rates(book: PriceBook, platform: str, model: str, at: datetime = DAY, tier: str = "standard") -> Rates:
    """Return the rates of a call that has some."""
    found = book.rates(platform, model, at, tier)
    assert isinstance(found, Rates)
    return found


@pytest.mark.parametrize(
    ("platform", "model", "at", "tier", "usage", "invoice"),
    [
        # 1,000 input at $2.50 and 500 output at $10 a million
        ("openai", "gpt-4o", DAY, "standard", Usage(input=1000, output=500), "0.0075"),
        # 200 fresh at $2.50, 800 cached at $1.25, 100 output at $10
        ("openai", "gpt-4o", DAY, "standard", Usage(input=1000, output=100, cache_read=800), "0.0025"),
        # reasoning is part of output: 1,000 at $8, not 1,700
        ("openai", "o3", DAY, "standard", Usage(input=0, output=1000, reasoning=700), "0.008"),
        # the same model before its price fell: $40
        ("openai", "o3", datetime(2025, 6, 9, 23, tzinfo=UTC), "standard", Usage(output=1000), "0.04"),
        ("openai", "o3", datetime(2025, 6, 10, 0, tzinfo=UTC), "standard", Usage(output=1000), "0.008"),
        # batch is half: $0.075 and $0.30
        ("openai", "gpt-4o-mini", DAY, "batch", Usage(input=10_000, output=1000), "0.00105"),
        ("openai", "gpt-4o-mini", DAY, "priority", Usage(input=10_000, output=1000), "0.0035"),
        # at 200,000 input tokens still $3 and $15; one more and every token costs $6 and $22.50
        ("anthropic", "claude-sonnet-4-5", DAY, "standard", Usage(input=200_000, output=1000), "0.615"),
        ("anthropic", "claude-sonnet-4-5", DAY, "standard", Usage(input=200_001, output=1000), "1.222506"),
        # 1,000 fresh at $3, 4,000 read at $0.30, 2,000 written for 5 min at $3.75, 1,000 for 1 h at $6
        (
            "anthropic",
            "claude-sonnet-4-5",
            DAY,
            "standard",
            Usage(input=8000, output=0, cache_read=4000, cache_write_5m=2000, cache_write_1h=1000),
            "0.0177",
        ),
        # text at $0.30, audio at $1
        ("vertex", "gemini-2.5-flash", DAY, "standard", Usage(input=3000, audio_input=1000), "0.0016"),
        # two searches at $10 a thousand
        ("openai", "gpt-4o", DAY, "standard", Usage(input=1000, searches=2), "0.0225"),
        # a fee per request
        ("perplexity", "sonar", DAY, "standard", Usage(input=1000, output=1000), "0.014"),
        # ninety seconds of $0.36 an hour
        ("openai", "whisper-1", DAY, "standard", Usage(seconds=90.0), "0.009"),
    ],
)
def test_invoice(*, platform: str, model: str, at: datetime, tier: str, usage: Usage, invoice: str) -> None:
    """A call costs what an invoice worked out by hand says, to the last pico-USD."""
    found = BOOK.rates(platform, model, at, tier, usage.input or 0)
    assert isinstance(found, Rates)
    bill = found.bill(usage)
    assert bill.missing == ()
    whole, _, part = invoice.partition(".")
    assert int(whole) * PICO + int(part.ljust(12, "0")) == bill.total


def test_hours() -> None:
    """A price that depends on the time of day changes within the day, each day anew."""
    hours = [0, 1, 5, 17, 23]
    days = [rates(BOOK, "deepseek", "deepseek-chat", datetime(2026, 1, 2, h, 40, tzinfo=UTC)) for h in hours]
    assert [rate.output for rate in days] == [1_100_000, 1_100_000, 1_100_000, 550_000, 550_000]
    before = rates(BOOK, "deepseek", "deepseek-chat", datetime(2026, 1, 2, 0, 20, tzinfo=UTC))
    assert before.output == 550_000


@pytest.mark.parametrize(
    ("platform", "model"),
    [
        ("openai", "openai/gpt-4o"),
        ("azure", "gpt-4o"),
        ("azure.ai.openai", "azure/gpt-4o"),
        ("gcp.vertex_ai", "publishers/google/models/gemini-2.5-flash"),
        ("gemini", "models/gemini-2.5-flash"),
        ("aws.bedrock", "us.anthropic.claude-sonnet-4-20250514-v1:0"),
        ("vertex", "claude-sonnet-4@20250514"),
        ("xai", "grok-4"),
    ],
)
def test_spellings(platform: str, model: str) -> None:
    """Platforms and models are found in the spellings that routers and conventions use."""
    assert rates(BOOK, platform, model).source == "genai-prices"


def test_no_price() -> None:
    """What is not known has a reason and never a price."""
    assert BOOK.rates("openai", "gpt-4o-of-tomorrow", DAY) == Unpriced("unknown_model")
    assert BOOK.rates("acme-cloud", "gpt-4o", DAY) == Unpriced("unknown_platform")
    assert BOOK.rates("", "", DAY) == Unpriced("unknown_model")
    assert BOOK.rates("openai", "gpt-4o", DAY, "provisioned") == Unpriced("unknown_tier")


def test_maker_batch() -> None:
    """A reseller's batch price is not taken from the maker's list, but from the catalogue."""
    assert BOOK.rates("azure", "gpt-4o", DAY, "batch") == Unpriced("no_batch_rate")
    row = DatedPrice("azure", "gpt-4o", buckets={"input": "1.25", "output": 5}, tier="batch")
    found = rates(PriceBook(catalogue=[row]), "azure", "gpt-4o", tier="batch")
    assert (found.source, found.input, found.output) == ("catalogue", 1_250_000, 5_000_000)


def test_carried_back() -> None:
    """A batch price documented later holds earlier while the standard price was the same, and says so."""
    found = rates(BOOK, "openai", "gpt-4o-mini", datetime(2026, 3, 1, tzinfo=UTC), "batch")
    assert (found.input, found.output) == (75_000, 300_000)
    assert found.as_of.startswith("documented 2026-")
    earlier = BOOK.rates("openai", "o3", datetime(2025, 5, 1, tzinfo=UTC), "flex")
    assert earlier == Unpriced("no_flex_rate")


def test_contract() -> None:
    """A contract price overrides the lists from its day on, in any spelling of the platform."""
    rows = [
        DatedPrice("azure", "gpt-4o", date(2026, 1, 1), buckets={"input": 2.1, "output": 8.4}),
        DatedPrice("azure", "gpt-4o", date(2026, 10, 1), buckets={"input": 2.0, "output": 8.0}),
    ]
    book = PriceBook(contract=rows)
    found = [
        rates(book, "azure.ai.openai", "GPT-4o", datetime(y, m, d, tzinfo=UTC))
        for y, m, d in [(2025, 12, 31), (2026, 1, 1), (2026, 9, 30), (2026, 10, 1)]
    ]
    assert [rate.source for rate in found] == ["genai-prices", "contract", "contract", "contract"]
    assert [rate.input for rate in found] == [2_500_000, 2_100_000, 2_100_000, 2_000_000]
    assert [rate.output for rate in found] == [10_000_000, 8_400_000, 8_400_000, 8_000_000]
    assert found[3].as_of == "2026-10-01"
    assert book.rates("azure", "gpt-4o", DAY, "batch") == Unpriced("no_batch_rate")


def test_contract_until() -> None:
    """After a contract ends the list price holds again."""
    row = DatedPrice("openai", "gpt-4o", date(2026, 1, 1), date(2026, 6, 1), {"input": 1})
    book = PriceBook(contract=[row])
    assert rates(book, "openai", "gpt-4o", datetime(2026, 5, 31, 23, tzinfo=UTC)).input == 1_000_000
    assert rates(book, "openai", "gpt-4o", datetime(2026, 6, 1, tzinfo=UTC)).input == 2_500_000


def test_contract_glob() -> None:
    """A contract may name a family of models; an exact name goes before it."""
    rows = [
        DatedPrice("openai", "gpt-4o*", buckets={"input": 2}),
        DatedPrice("openai", "gpt-4o-mini", buckets={"input": 0.1}),
    ]
    book = PriceBook(contract=rows)
    assert rates(book, "openai", "gpt-4o-2024-08-06").input == 2_000_000
    assert rates(book, "openai", "gpt-4o-mini").input == 100_000


def test_served() -> None:
    """A list price belongs to the model that answered; a contract to the name that was asked for."""
    row = DatedPrice("azure", "my-deployment", buckets={"input": 1})
    plain, book = PriceBook(), PriceBook(contract=[row])
    listed = plain.rates("azure", "my-deployment", DAY, served="gpt-4o-2024-08-06")
    agreed = book.rates("azure", "my-deployment", DAY, served="gpt-4o-2024-08-06")
    assert isinstance(listed, Rates)
    assert isinstance(agreed, Rates)
    assert (listed.input, agreed.input) == (2_500_000, 1_000_000)


def test_steps() -> None:
    """Rows for long inputs hold above their length and inherit what they do not name."""
    rows = [
        DatedPrice("acme", "m", buckets={"input": 1, "output": 4}),
        DatedPrice("acme", "m", buckets={"input": 2}, above_input_tokens=128_000),
    ]
    book = PriceBook(catalogue=rows)
    short, long = (book.rates("acme", "m", DAY, "standard", n) for n in (128_000, 128_001))
    assert isinstance(short, Rates)
    assert isinstance(long, Rates)
    assert (short.input, long.input, long.output) == (1_000_000, 2_000_000, 4_000_000)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"buckets": {"tokens": 1}}, "unknown price bucket tokens; allowed: input"),
        ({"buckets": {"input": -1}}, "from 0 up"),
        ({"buckets": {"input": float("nan")}}, "from 0 up"),
        ({"tier": "cheap"}, "unknown service tier 'cheap'; allowed: standard"),
    ],
)
def test_bad_row(fields: dict[str, object], message: str) -> None:
    """An impossible price row is refused with what is allowed."""
    with pytest.raises(ValueError, match=message):
        DatedPrice("openai", "gpt-4o", **fields)  # type: ignore[arg-type]  # the point of the test


def test_bounded() -> None:
    """Ever new model names do not grow the book for ever."""
    book = PriceBook()
    for number in range(20_050):
        book.rates("nowhere", f"model-{number}", DAY)
    assert len(book._plans) <= 20_000


def test_resellers_own_price() -> None:
    """A reseller is billed at its own price; where that is one of its maker's, at the maker's of the day."""
    rows = [
        DatedPrice("azure_ai", "deepseek-r1", buckets={"input": 1.35, "output": 5.4}),
        DatedPrice("azure", "gpt-4o-2024-08-06", buckets={"input": 2.5, "output": 10}),
        DatedPrice("bedrock", "anthropic.claude-haiku-4-5-20251001-v1:0", buckets={"input": 1, "output": 5}),
    ]
    book = PriceBook(catalogue=rows)
    at = datetime(2026, 11, 20, 12, tzinfo=UTC)

    def billed(platform: str, model: str) -> tuple[str, int | None]:
        found = book.rates(platform, model, at)
        assert isinstance(found, Rates)
        return found.source, found.input

    assert billed("azure_ai", "deepseek-r1") == ("catalogue", 1_350_000)
    assert billed("azure", "gpt-4o-2024-08-06") == ("genai-prices", 2_500_000)
    # Bedrock publishes its own: regional calls cost a tenth more than global ones.
    assert billed("bedrock", "anthropic.claude-haiku-4-5-20251001-v1:0") == ("genai-prices", 1_100_000)
    assert PriceBook().rates("azure_ai", "deepseek-r1", at) != book.rates("azure_ai", "deepseek-r1", at)
