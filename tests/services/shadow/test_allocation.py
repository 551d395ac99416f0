from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.shadow.allocation import FLOOR, Standing, portions, shares

STANDINGS = st.builds(
    Standing,
    st.integers(2, 5_000),
    st.none() | st.floats(-0.5, 0.5),
    st.floats(0.001, 0.2),
    st.booleans(),
)


@given(st.lists(STANDINGS, min_size=1, max_size=12), st.integers(0, 10_000))
def test_shares(found: list[Standing], total: int) -> None:
    """Who is out gets nothing, everybody else the floor at least, and all requests are given away."""
    given_ = shares(found)
    open_ = [share for one, share in zip(found, given_, strict=True) if not one.out]
    assert all(not share for one, share in zip(found, given_, strict=True) if one.out)
    assert sum(given_) == pytest.approx(float(bool(open_)))
    assert min(open_, default=1.0) >= min(FLOOR, 1 / max(len(open_), 1)) - 1e-9
    assert sum(portions(total, given_)) == (total if open_ else 0)
    assert shares(found) == given_


def test_nothing_known() -> None:
    """Without labels all get about the same."""
    assert shares([Standing()] * 4) == pytest.approx([0.25] * 4, abs=0.02)


def test_better_gets_more() -> None:
    """Who is better by labels gets more, the more the surer it is."""
    few, many = (
        shares([Standing(n, 0.0, error), Standing(n, 0.05, error)]) for n, error in ((60, 0.04), (900, 0.01))
    )
    assert many[0] > few[0] > 0.6
    assert few[1] > many[1] >= FLOOR


@pytest.mark.parametrize("seed", range(3))
def test_where_requests_go(seed: int) -> None:
    """Of five candidates the best one gets more requests, and intervals that hold at all times hold."""
    random = np.random.default_rng(seed)
    truth = np.array([0.0, 0.03, 0.05, 0.08, 0.12])
    runs, missed, best = 60, 0, 0.0
    for _ in range(runs):
        n, bad = np.zeros(5), np.zeros(5)
        for _ in range(8):
            spread = np.sqrt(0.2 / np.maximum(n, 1))
            known = [
                Standing(int(k), float(b / k), float(e)) if k else Standing()
                for k, b, e in zip(n, bad, spread, strict=True)
            ]
            for place, more in enumerate(portions(200, shares(known))):
                bad[place] += random.normal(more * truth[place], np.sqrt(0.2 * max(more, 0)))
                n[place] += more
        best += n[0] / n.sum() / runs
        missed += bool((np.abs(bad / n - truth) > 3.5 * np.sqrt(0.2 / n)).any())
    assert best > 0.27  # a fifth, were all asked alike
    assert missed / runs <= 0.05
