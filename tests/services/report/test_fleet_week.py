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
    assert one.per_good_usd == pytest.approx((0.1 / high, 0.1 / low))


def test_few() -> None:
    """Of few answers without a fault it is not known that every one is good, nor what a good one costs."""
    one = bought(row() | {"n": 5, "priced_n": 5, "spend_usd": 0.5})
    assert one.good == pytest.approx((0.57, 1.0), abs=0.01)
    assert one.per_good_usd == pytest.approx((0.1, 0.177), abs=0.001)


def test_bounds_said(weeks: FleetWeeks) -> None:
    """The page says which bounds there are, and what is sure with 95 %."""
    (block,) = (one for one in blocks(weeks.week("2026-W33")) if one.heading == "What it bought")
    assert any("the lower end of the lower one's 95 % interval" in line for line in block.lines)


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
