from __future__ import annotations

import pytest

from services.advisor.evidence import experiment, pairs_needed

from .conftest import usage


@pytest.mark.parametrize(
    ("bad", "margin", "expected"),
    [
        (0.05, 0.02, 1_585),
        (0.05, 0.05, 254),
        (0.05, 0.10, 64),
        (0.10, 0.02, 3_003),
        (0.10, 0.05, 481),
        (0.10, 0.10, 121),
        (0.20, 0.02, 5_338),
        (0.20, 0.05, 855),
        (0.20, 0.10, 214),
    ],
)
def test_pairs(bad: float, margin: float, expected: int) -> None:
    """The size of an experiment follows from the rate of bad answers and the margin."""
    assert expected == pytest.approx(pairs_needed(margin, bad), abs=1)


def test_better_candidate_needs_fewer() -> None:
    """A candidate that is really better is settled with fewer pairs."""
    assert pairs_needed(0.02, 0.1, difference=-0.04) < pairs_needed(0.02, 0.1) / 4


def test_within_a_week() -> None:
    """The experiment takes the share of traffic that ends it within a week, all of it if need be."""
    usual = experiment(usage("openai/gpt-4o"), 0.05, 0.01)
    assert (usual.pairs, usual.traffic_ratio, usual.days) == (481, 0.07, 7)
    assert usual.usd == pytest.approx(4.81)
    rare = experiment(usage("openai/gpt-4o", n=140), 0.05, None)
    assert (rare.traffic_ratio, rare.days, rare.usd) == (1.0, 49, None)
