"""Rates, means and quantiles of windows, and what of their differences is chance."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest

from services.report.comparison import Estimate, Measure
from services.report.estimate import MEANS, QUANTILES, SHARES, apart, measures

NAMES = {
    *(name for bad, n in SHARES.values() for name in (bad, *n)),
    *(name for *columns, _ in MEANS.values() for name in columns),
}


def rows(hours: int, *, bad: float, draw: random.Random, n: int = 40) -> list[dict[str, Any]]:
    """Return hours of calls, of which that share fails, of 100 tokens and 500 ms on average."""
    found: list[dict[str, Any]] = []
    for _ in range(hours):
        tokens = [draw.gauss(100, 20) for _ in range(n)]
        found.append(
            dict.fromkeys(NAMES, 0)
            | {name: {} for name, _ in QUANTILES.values()}
            | {"n": n, "errors": sum(draw.random() < bad for _ in range(n)), "usage_n": n}
            | {"input_tokens": sum(tokens), "input_squares": sum(one * one for one in tokens)}
            | {"latency_histogram": _latencies(draw, n)}
        )
    return found


def _latencies(draw: random.Random, n: int) -> Counter[int]:
    """Return latencies of an hour in which all are somewhat faster or slower than in others."""
    usual = draw.gauss(155, 3)
    return Counter(round(draw.gauss(usual, 8)) for _ in range(n))


def test_chance() -> None:
    """Of 60 pairs of days in which nothing changed, at most one in ten names anything; a rise is found."""
    draw = random.Random(3)  # noqa: S311 - the same days every time
    usual = [measures(*(rows(24, bad=0.05, draw=draw) for _ in range(2))) for _ in range(60)]
    assert sum(any(one.moved for one in found) for found in usual) <= 6
    (error, *_) = measures(rows(24, bad=0.1, draw=draw), rows(24, bad=0.05, draw=draw))
    assert (error.name, error.moved) == ("error", 1)


def test_alike() -> None:
    """Where the calls of an hour are alike, intervals are wider than those of independent calls."""
    draw = random.Random(1)  # noqa: S311 - the same days every time
    single, together = (rows(48, bad=0.5, draw=draw) for _ in range(2))
    for hour in together:
        hour["errors"] = draw.choice((0, 40))
    widths = []
    for side in (single, together):
        (error, *_) = measures(side, side)
        assert error.now.interval is not None
        widths.append(error.now.interval[1] - error.now.interval[0])
    assert widths[1] > 3 * widths[0]


def test_ends() -> None:
    """A quantile beyond what was seen has no interval, and no difference is made of it."""
    draw = random.Random(2)  # noqa: S311 - the same days every time
    few = rows(1, bad=0.0, draw=draw, n=20)
    (p95,) = (one for one in measures(few, few) if one.name == "latency p95")
    assert p95.now.value is not None
    assert (p95.now.n, p95.now.interval, p95.difference) == (20, None, None)


def test_rounding() -> None:
    """Sums that differ by rounding alone differ by nothing."""
    one = Estimate(10, 0.1 + 0.2, (0.1 + 0.2, 0.1 + 0.2))
    other = Estimate(10, 0.3, (0.3, 0.3))
    difference = apart(one, other)
    assert difference is not None
    assert Measure("spend", "usd", one, other, difference).moved == 0


@pytest.mark.parametrize("known", [Estimate(0), Estimate(1, 3.0)])
def test_nothing(known: Estimate) -> None:
    """Of what is not known, or not how sure, there is no difference."""
    assert apart(known, Estimate(10, 1.0, (0.9, 1.1))) is None
