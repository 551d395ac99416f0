from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from fmwatch.event import Usage

from detectors.prices import PriceBook
from services.advisor.catalogue import Catalogue
from services.advisor.recommend import Adviser
from services.advisor.usage import RouteUsage

from .lists import write_lists

TODAY = date(2026, 8, 21)


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    """The shipped catalogue."""
    return Catalogue.load()


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """Five tiny sources."""
    return write_lists(tmp_path)


@pytest.fixture(scope="session")
def prices(catalogue: Catalogue) -> PriceBook:
    """List prices and the catalogue's."""
    return PriceBook(catalogue=catalogue.prices())


@pytest.fixture(scope="session")
def adviser(catalogue: Catalogue, prices: PriceBook) -> Adviser:
    """An adviser on the day of the catalogue."""
    return Adviser(catalogue, prices, TODAY)


def usage(name: str, route: str = "support/answer", **changed: object) -> RouteUsage:
    """A route with 1,000 calls a day of 1,100 tokens in and 210 out."""
    platform, _, model = name.partition("/")
    facts: dict[str, object] = {
        "tenant": "default",
        "team": "support",
        "route": route,
        "platform": platform,
        "model": model,
        "n": 14_000,
        "days": 14.0,
        "share": 0.12,
        "tokens": Usage(input=14_000 * 1_100, output=14_000 * 210),
        "counted_n": 14_000,
        "spend_usd": 30.0,
        "longest_input_tokens": 9_000,
        "last_at": datetime(2026, 8, 20, 23, tzinfo=UTC),
    }
    return RouteUsage(**(facts | changed))  # type: ignore[arg-type]  # a test may change any field
