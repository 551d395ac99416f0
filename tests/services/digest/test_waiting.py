"""What waiting costs, and when that is not known."""

from __future__ import annotations

import random
from datetime import date

import pytest

from services.digest.waiting import Cost, Day, filled, waiting

MONDAY = date(2026, 8, 10)


def test_cost() -> None:
    """Ten more days of 100 USD, of which moving saves 60 %, are 600 USD, with an interval around them."""
    days = [Day(50, 0, usd) for usd in (90.0, 110.0, 100.0, 95.0, 105.0, 100.0, 100.0)]
    cost = waiting(days, 10, 0.6)
    assert cost.usd == pytest.approx(600)
    assert cost.interval is not None
    low, high = cost.interval
    assert 540 < low < 600 < high < 660
    assert high - 600 == pytest.approx(600 - low)


def test_never_below_nothing() -> None:
    """Days that vary widely make a wide interval, and none that waiting pays."""
    cost = waiting([Day(1, 0, 0.0), Day(9, 0, 100.0), Day(1, 0, 0.0)], 5, 0.5)
    assert cost.interval is not None
    assert cost.interval[0] == 0.0


@pytest.mark.parametrize(
    ("days", "saving", "why"),
    [
        ([Day(5, 0, 1.0)] * 7, None, "not known"),
        ([Day(5, 0, 1.0)] * 6 + [Day(5, 1, 1.0)], 0.5, "no price"),
        ([Day(5, 0, 1.0)] * 2, 0.5, "too few"),
        ([], 0.5, "too few"),
        ([Day(5, 0, 1.0)] * 7, -0.2, "saves nothing"),
        ([Day(5, 0, 1.0)] * 7, 0.0, "saves nothing"),
    ],
)
def test_unknown(days: list[Day], saving: float | None, why: str) -> None:
    """Without a price, enough days or a saving there is no number, but a reason."""
    cost = waiting(days, 7, saving)
    assert (cost.usd, cost.interval, why in cost.unknown) == (None, None, True)


def test_steady() -> None:
    """Days that are all alike leave no doubt."""
    assert waiting([Day(5, 0, 2.0)] * 14, 7, 0.5) == Cost(7.0, (7.0, 7.0))


def test_filled() -> None:
    """A day without a call is a day too, but none before the first call is."""
    found = {date(2026, 8, 12): Day(3, 0, 1.0), date(2026, 8, 14): Day(4, 0, 2.0)}
    assert filled(found, date(2026, 8, 15)) == [
        Day(3, 0, 1.0),
        Day(0, 0, 0.0),
        Day(4, 0, 2.0),
        Day(0, 0, 0.0),
    ]
    assert filled({}, MONDAY) == ()


@pytest.mark.statistical
def test_coverage() -> None:
    """Of intervals for the cost of days to come, 95 % have it, as far as days are like those before."""
    draw = random.Random(4)  # noqa: S311 - the same every time
    held = 0
    for _ in range(2000):
        spent = [max(0.0, draw.gauss(100, 15)) for _ in range(24)]
        cost = waiting([Day(1, 0, usd) for usd in spent[:14]], 10, 0.5)
        assert cost.interval is not None
        held += cost.interval[0] <= sum(spent[14:]) * 0.5 <= cost.interval[1]
    assert 0.935 <= held / 2000 <= 0.965
