from __future__ import annotations

import numpy as np
import pytest

from services.advisor.compare.decision import decide, first_decision, usable_margin
from services.advisor.compare.estimate import Estimate, estimate
from services.advisor.compare.interval import Interval
from services.advisor.compare.looks import Experiment
from services.advisor.compare.pairs import Pairs, Unlabelled
from services.advisor.compare.sequence import Sequence
from services.advisor.compare.settling import Undecidable, pairs_to_settle, settle
from services.advisor.compare.shortlist import shortlist
from services.advisor.entry import Prior
from services.advisor.evidence import Experiment as Priced

from .labels import labelled


def interval(low: float, high: float) -> Interval:
    """An interval of 500 pairs."""
    return Interval((low + high) / 2, low, high, 500, "look")


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (-0.05, 0.02, "switch"),  # at worst as much worse as the saving is worth
        (-0.05, 0.021, "abstain"),
        (0.02, 0.06, "abstain"),
        (0.021, 0.06, "stay"),
    ],
)
def test_decide(low: float, high: float, expected: str) -> None:
    """The whole interval must lie on one side of the margin."""
    assert expected == decide(interval(low, high), 0.02)


def test_first() -> None:
    """An experiment ends with its first decision; what later looks say does not take it back."""
    path = [interval(-0.1, 0.1), interval(0.03, 0.09), interval(-0.1, 0.0)]
    assert first_decision(path, 0.02) == ("stay", path[1])
    assert first_decision(path[:1], 0.02) == ("abstain", path[0])
    assert first_decision([], 0.02) == ("abstain", None)


def test_no_label_no_switch() -> None:
    """Scores that leave no doubt, on any number of requests, decide nothing without labels."""
    nothing = np.zeros(0)
    pairs = Pairs.of(nothing, nothing, unlabelled=Unlabelled(10**6, -1.0, 0.0))
    for way in (Experiment(1_000), Sequence()):
        assert first_decision(way.intervals(pairs), 0.02) == ("abstain", None)


def test_rare_bad_answers() -> None:
    """Where one answer in a hundred is bad, two points more would be three times as many."""
    assert usable_margin(0.02, 0.01) == 0.005
    assert usable_margin(0.02, 0.04) == 0.02


def test_clear_cases() -> None:
    """A much better candidate is switched to, a much worse one is not, and both early."""
    better = first_decision(Experiment(2_000).intervals(labelled(2_000, 0.3, 0.1)), 0.02)
    worse = first_decision(Experiment(2_000).intervals(labelled(2_000, 0.1, 0.3)), 0.02)
    assert (better[0], worse[0]) == ("switch", "stay")
    assert better[1]
    assert better[1].pairs < 1_000


def known(difference: float, pairs: int = 200, variance: float = 0.18) -> Estimate:
    """An estimate from so many pairs."""
    return Estimate(difference, variance / pairs, pairs, float(pairs), 0.0)


def test_price() -> None:
    """A week's share of traffic, its days and its USD follow from the pairs."""
    found = settle(known(-0.04), 0.02, per_day=5_000, usd_per_pair=0.01)
    assert isinstance(found, Priced)
    assert found.pairs == pairs_to_settle(known(-0.04), 0.02)
    assert (found.traffic_ratio, found.days) == (0.04, 7)
    assert found.usd == pytest.approx(0.01 * found.pairs)


def test_undecidable() -> None:
    """A route too small for the experiment is told so, with the days that it would take."""
    found = settle(known(0.02), 0.02, per_day=100, usd_per_pair=None)
    assert isinstance(found, Undecidable)
    assert found.days
    assert found.days > 28
    assert settle(known(0.0), 0.02, per_day=0, usd_per_pair=None) == Undecidable(
        0.02, pairs_to_settle(known(0.0), 0.02), None
    )


def test_nearer_is_dearer() -> None:
    """The nearer the candidate is to the margin, the more pairs it takes; a wider margin takes fewer."""
    sizes = [pairs_to_settle(known(difference, 2_000), 0.02) for difference in (-0.05, -0.02, 0.0, 0.015)]
    assert sizes == sorted(sizes)
    assert pairs_to_settle(known(0.0), 0.05) < pairs_to_settle(known(0.0), 0.02)


@pytest.mark.statistical
def test_priced_experiment_settles() -> None:
    """The priced experiment decides in about four of five cases that 200 pairs left open."""
    random = np.random.default_rng(5)
    settled, asked = 0, 0
    for seed in range(150):
        truth = float(random.normal(0.0, 0.05))
        bad = max(0.1, 0.01 - truth)
        pilot = labelled(200, bad, bad + truth, seed=seed)
        if first_decision(Experiment(200).intervals(pilot), 0.02)[0] != "abstain":
            continue
        first = estimate(pilot)
        assert first
        pairs = min(pairs_to_settle(first, 0.02), 30_000)
        fresh = labelled(pairs, bad, bad + truth, seed=1_000 + seed)
        asked += 1
        settled += first_decision(Experiment(pairs).intervals(fresh), 0.02)[0] != "abstain"
    assert 0.68 <= settled / asked <= 0.92


def test_shortlist() -> None:
    """The measure that knows most of the names orders them; the unknown come last, as they were."""
    priors = {
        "a": [Prior("one", "1", "hallucination_ratio", 0.05)],
        "b": [Prior("one", "1", "hallucination_ratio", 0.02), Prior("two", "1", "score", 1.0)],
        "c": [Prior("two", "1", "score", 99.0), Prior("one", "1", "hallucination_ratio", 0.09)],
    }
    assert shortlist(["x", "a", "b", "c", "y"], priors) == ["b", "a", "c", "x", "y"]
    assert shortlist(["x", "y"], {}) == ["x", "y"]


def test_higher_is_better_elsewhere() -> None:
    """A measure that is not known to be bad counts upwards."""
    priors = {"a": [Prior("one", "1", "score", 1.0)], "b": [Prior("one", "1", "score", 2.0)]}
    assert shortlist(["a", "b"], priors) == ["b", "a"]
