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
from store.digest import ENDED, FAULTS
from tests.services.report.days import DAYS, NOW, PER_DAY

ROW = {
    "tenant": "default",
    "team": "support",
    "n": 100,
    "priced_n": 80,
    "spend_usd": 8.0,
}


@pytest.fixture(scope="module")
def weeks(two_days: Path) -> Iterator[FleetWeeks]:
    """Read the store."""
    with Database.open(two_days) as database:
        yield FleetWeeks(Gather(database, ZoneInfo("UTC"), lambda: NOW))


def row(judged: int = 100, **faults: int) -> dict[str, Any]:
    """Return a team's week with these faults, found in so many answers that every detector judged.

    Of calls without an answer the question is judged for private data.
    """
    without = faults.get("errors", 0) + faults.get("empty", 0)
    counts = dict.fromkeys(ENDED, 0)
    for bad, n in FAULTS.values():
        counts |= {bad: 0, n: min(judged, 100 - without)}
    counts["privacy_n"] += without
    return {**ROW, **counts, **faults}


def test_good() -> None:
    """Where all were judged, good ones and their price lie between as if no fault met another and all did."""
    one = bought(row(errors=10, unsupported=20))
    assert (one.good, one.judged) == ((0.7, 0.8), 1.0)
    assert one.per_good_usd == pytest.approx((0.1 / 0.8, 0.1 / 0.7))


def test_filtered() -> None:
    """Where a filter stopped questions, refusals may be of those: they are not spread over the answers."""
    one = bought(row(empty=10, refused=10, refusal_n=50))
    assert one.good is not None
    assert one.good[0] < 0.75 < one.good[1] == 0.9
    assert one.judged == pytest.approx(40 / 90)


def test_not_judged() -> None:
    """What was not judged is like what was, as far as that tells; where none was, nothing is known."""
    half = bought(row(50, unsupported=10))
    assert half.good == pytest.approx((0.600, 0.867), abs=0.001)
    assert half.per_good_usd == pytest.approx((0.1 / 0.8666, 0.1 / 0.6002), rel=0.001)
    assert half.judged == 0.5
    none = bought(row(0, errors=10))
    assert (none.good, none.judged) == ((0.0, 0.9), 0.0)
    assert none.per_good_usd is not None
    assert none.per_good_usd[0] == pytest.approx(0.1 / 0.9)
    assert none.per_good_usd[1] is None


@pytest.mark.parametrize("judged", [1, 50, 98, 99])
def test_certain(judged: int) -> None:
    """What was found bad is bad, and what was found good is good, whatever the rest may be."""
    one = bought(row(judged, unsupported=1))
    assert one.good is not None
    assert 0.99 - len(FAULTS) * (100 - judged) / 100 <= one.good[0] <= one.good[1] <= 0.99


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
