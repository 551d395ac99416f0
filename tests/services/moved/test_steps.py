from __future__ import annotations

import numpy as np
import pytest

from bench.moves_made import Model, shares, traffic
from services.moved.steps import LADDER, steps, under_way


def course(share: np.ndarray, per_hour: float = 200.0, seed: int = 1) -> list[tuple[float, int]]:
    """Return the share and first hour of each step that is found."""
    made = traffic(share, per_hour, Model(), np.random.default_rng(seed))
    found = steps(made.columns["incumbent"]["n"], made.columns["candidate"]["n"])
    return [(LADDER[step.place], step.start) for step in found]


def test_ladder() -> None:
    """Every step of the ladder is found, and when it began."""
    share = shares((0.01, 48), (0.05, 24), (0.25, 24), (0.5, 24), (1.0, 48))
    for seed in range(10):
        found = course(share, seed=seed)
        assert [one for one, _ in found] == list(LADDER)
        wanted = (0, 72, 120, 144, 168, 192)
        off = [abs(start - at) for (_, start), at in zip(found, wanted, strict=True)]
        assert max(off[:3]) <= 12  # of 200 calls an hour one per cent is half a conversation
        assert max(off[3:]) <= 2


def test_quiet_route() -> None:
    """On a route of 20 calls an hour the large steps are found."""
    found = course(shares((0.25, 48), (1.0, 48)), per_hour=20.0)
    assert [one for one, _ in found] == [0.0, 0.25, 1.0]


@pytest.mark.parametrize("stray", [0.0, 0.0003])
def test_none(stray: float) -> None:
    """Some stray calls are no step."""
    assert course(np.full(240, stray)) == [(0.0, 0)]


def test_other_share() -> None:
    """A share beside the ladder is the step nearest to it."""
    assert [one for one, _ in course(shares((0.6, 48)))] == [0.0, 0.5]


def test_under_way() -> None:
    """A move begins when the candidate last came from nothing; one taken back ends at 0."""
    made = [steps(*sides) for sides in (_sides(0.0, 0.25, 0.0, 0.05, 0.5), _sides(0.0, 0.25, 0.0))]
    assert [LADDER[step.place] for step in under_way(made[0])] == [0.05, 0.5]
    assert [LADDER[step.place] for step in under_way(made[1])] == [0.25, 0.0]
    assert under_way(steps(*_sides(0.0))) == []
    assert under_way(steps(*_sides(0.25, 0.5))) == []  # began before these hours
    older = under_way(steps(*_sides(0.25, 0.5)), declared=True)
    assert [LADDER[step.place] for step in older] == [0.25, 0.5]
    assert under_way(steps(*_sides(0.0)), declared=True) == []
    assert steps(np.zeros(0), np.zeros(0)) == []


def _sides(*shares: float) -> tuple[np.ndarray, np.ndarray]:
    """Return a day at each share, 1,000 calls an hour."""
    candidate = np.repeat(1000.0 * np.array(shares), 24)
    return 1000.0 - candidate, candidate
