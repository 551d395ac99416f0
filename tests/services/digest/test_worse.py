"""What is called worse, and what is not."""

from __future__ import annotations

import random

import pytest

from services.digest.worse import Key, Share, worse

KEY: Key = ("default", "support/answer", "openai", "gpt-4o", "hallucination")
HOURS = 168


def _share(hours: list[tuple[int, int]]) -> Share:
    return Share(
        sum(bad for bad, _ in hours),
        sum(n for _, n in hours),
        len(hours),
        sum(bad * bad for bad, _ in hours),
        sum(bad * n for bad, n in hours),
        sum(n * n for _, n in hours),
    )


def _week(draw: random.Random, rate: float, n: int = 20, wander: float = 0.0) -> Share:
    """Return a week of hours with n calls each; with `wander` the hours differ among themselves."""
    hours = []
    for _ in range(HOURS):
        own = draw.betavariate(rate / wander, (1 - rate) / wander) if wander else rate
        hours.append((sum(draw.random() < own for _ in range(n)), n))
    return _share(hours)


def test_found() -> None:
    """A rate that grew by half is found, with an interval that has the truth and both n."""
    draw = random.Random(1)  # noqa: S311 - the same every time
    (found,), compared = worse({KEY: _week(draw, 0.09)}, {KEY: _week(draw, 0.06)})
    assert compared == 1
    assert found.interval[0] < 0.03 < found.interval[1]
    assert (found.now_n, found.before_n) == (HOURS * 20, HOURS * 20)
    assert (found.route, found.rate) == ("support/answer", "hallucination")


def test_order() -> None:
    """What hit most calls comes first."""
    draw = random.Random(2)  # noqa: S311 - the same every time
    small, large = (*KEY[:4], "error"), KEY
    now = {small: _week(draw, 0.3, n=2), large: _week(draw, 0.2, n=40)}
    before = {small: _week(draw, 0.05, n=2), large: _week(draw, 0.1, n=40)}
    assert [one.rate for one in worse(now, before)[0]] == ["hallucination", "error"]


@pytest.mark.parametrize(
    ("now", "before"),
    [((5, 99), (1, 2000)), ((50, 500), (1, 99))],
)
def test_too_little(now: tuple[int, int], before: tuple[int, int]) -> None:
    """With fewer than a hundred calls in either week nothing is compared, nor within one day."""
    many = {KEY: _share([now] + [(0, 0)] * 100)}
    assert worse(many, {KEY: _share([before] + [(0, 0)] * 100)}) == ((), 0)
    assert worse({KEY: _share([(900, 2000)])}, {KEY: _share([(1, 2000)])}) == ((), 0)
    assert worse(many, {}) == ((), 0)


def test_none_at_all() -> None:
    """A share of nothing or of everything is compared without a fault."""
    calm, full = _share([(0, 20)] * HOURS), _share([(20, 20)] * HOURS)
    assert worse({KEY: calm}, {KEY: calm}) == ((), 1)
    (found,), _ = worse({KEY: full}, {KEY: calm})
    assert found.interval[0] > 0.98


@pytest.mark.statistical
def test_false_alarms() -> None:
    """Of a hundred weeks without change, thirty rates each, whose hours wander, at most ten name any."""
    draw = random.Random(3)  # noqa: S311 - the same every time
    named = 0
    for _ in range(100):
        keys = [(*KEY[:1], f"route {i}", *KEY[2:]) for i in range(30)]
        now, before = ({key: _week(draw, 0.05, n=6, wander=0.05) for key in keys} for _ in range(2))
        named += bool(worse(now, before)[0])
    assert named <= 10
