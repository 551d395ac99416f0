"""A week for managers: what was spent and what it bought, with bounds and n, and what rests on the digest."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.digest.gather import Gather
from services.report.fleet_week import FleetWeeks, blocks, bought
from services.report.page import page
from store.database import Database
from store.digest import FAULTS
from tests.services.report.days import DAYS, NOW, PER_DAY

ROW = {
    "tenant": "default",
    "team": "support",
    "n": 100,
    "priced_n": 80,
    "hallucination_n": 50,
    "spend_usd": 8.0,
}


@pytest.fixture(scope="module")
def weeks(two_days: Path) -> Iterator[FleetWeeks]:
    """Read the store."""
    with Database.open(two_days) as database:
        yield FleetWeeks(Gather(database, ZoneInfo("UTC"), lambda: NOW))


def row(**faults: int) -> dict[str, Any]:
    """Return a team's week with these faults."""
    return {**ROW, **dict.fromkeys(FAULTS, 0), **faults}


def test_good() -> None:
    """Good answers and their price lie between what is certain and what is possible."""
    one = bought(row(errors=10, unsupported=20))
    assert one.good is not None
    low, high = one.good
    assert low < 0.7
    assert high > 0.8
    assert one.per_good_usd == pytest.approx((0.1 / 0.8, 0.1 / 0.7))


@pytest.mark.parametrize(
    ("faults", "usd"), [({"errors": 100}, 8.0), ({"errors": 60, "cut": 60}, 8.0), ({}, None)]
)
def test_no_price(faults: dict[str, int], usd: float | None) -> None:
    """Where perhaps no answer is good, or none has a price, a good one has no price either."""
    assert bought(row(**faults) | {"spend_usd": usd}).per_good_usd is None


def test_week(weeks: FleetWeeks) -> None:
    """The digest's five lines come first, then money by team, what it bought, and what the digest has."""
    found = weeks.week("2026-W33")
    said = [block.heading for block in blocks(found)]
    assert said[0].startswith("fmwatch: week 2026-W33")
    assert said[1:3] == ["What was spent, by team", "What it bought"]
    assert "Incidents" in said
    assert sum(one.n for one in found.bought) == found.digest.now.n == DAYS * PER_DAY + 1


def test_day(weeks: FleetWeeks) -> None:
    """A day means its week; what is none is refused."""
    assert weeks.week("2026-08-12") == weeks.week("2026-W33")
    for named in ("2026-02-31", "yesterday", "2026-W60"):
        with pytest.raises(ValueError, match="is no week"):
            weeks.week(named)


def test_empty(weeks: FleetWeeks) -> None:
    """A week without traffic says so and has no empty tables."""
    found = weeks.week()
    html = page(blocks(found), NOW)
    assert "No call was stored in this week" in html
    assert "<table>" not in html
    assert "<svg" not in html


def test_bars(weeks: FleetWeeks) -> None:
    """The team that spends most has the longest bar, drawn in the page itself."""
    found = blocks(weeks.week("2026-W33"))
    support, nobody = found[1].bars
    assert (support.name, support.now, support.before, nobody.name, nobody.now) == (
        *("support", 1.0, 0.0),
        *("no team", 0.0),
    )
    assert "<rect" in page(found, NOW)
