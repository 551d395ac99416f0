"""Numbers as a person reads them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.wording.numbers import (
    between,
    digits,
    lasting,
    milliseconds,
    moment,
    percent,
    quantity,
    span,
    usd,
    wilson,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (8.123, "8.12"), (0.04271, "0.0427"), (212.4, "212"), (1240.2, "1,240"), (3.0, "3")],
)
def test_digits(value: float, text: str) -> None:
    """Three digits, thousands apart, no exponent."""
    assert digits(value) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.081, "8.1 %"), (0.22, "22 %"), (0.0999, "10 %"), (0.0, "0 %"), (0.0007, "0.07 %"), (None, "-")],
)
def test_percent(share: float | None, text: str) -> None:
    """Two digits below ten per cent; unknown is a dash, never zero."""
    assert percent(share) == text


def test_unknown() -> None:
    """What is unknown is a dash everywhere."""
    assert {usd(None), milliseconds(None), milliseconds(float("nan")), quantity(None, "usd")} == {"-"}
    assert span(None, 1.0, "ratio") == ""


def test_units() -> None:
    """Each unit has its own spelling."""
    assert (quantity(1400, "ms"), quantity(0.0089, "usd"), quantity(18, "days")) == (
        "1.4 s",
        "0.0089 USD",
        "18 days",
    )
    assert (between(0.072, 0.091), span(300, 1200, "ms")) == ("7.2-9.1", "300 ms to 1.2 s")
    assert (span(1720, 1860, "ms"), span(300, 420, "ms")) == ("1.72-1.86 s", "300-420 ms")


@pytest.mark.parametrize(
    ("minutes", "text"),
    [(0, "0 min"), (12, "12 min"), (108, "1 h 48 min"), (120, "2 h"), (4560, "3 d 4 h"), (-3, "0 min")],
)
def test_lasting(minutes: int, text: str) -> None:
    """Durations in two units at most."""
    assert lasting(timedelta(minutes=minutes)) == text


def test_moment() -> None:
    """Today's times have no date, others do, another year's have the year."""
    now = datetime(2026, 11, 19, 3, 13, tzinfo=UTC)
    assert moment(now, now) == "03:13"
    assert moment(now - timedelta(days=1), now) == "18 Nov 03:13"
    assert moment(now - timedelta(days=365), now) == "19 Nov 2025 03:13"


@given(st.integers(0, 2000), st.integers(0, 2000))
def test_wilson(bad: int, n: int) -> None:
    """The interval holds the share and stays within 0 and 1."""
    n, bad = max(bad, n), min(bad, n)
    low, high = wilson(bad, n)
    assert 0 <= low <= high <= 1
    if n:
        assert low <= bad / n <= high


def test_wilson_known() -> None:
    """A textbook value: 10 of 100."""
    assert wilson(10, 100) == pytest.approx((0.0552, 0.1744), abs=1e-4)
