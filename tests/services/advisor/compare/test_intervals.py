from __future__ import annotations

import numpy as np
import pytest

from services.advisor.compare.estimate import Estimate
from services.advisor.compare.interval import widened
from services.advisor.compare.looks import Experiment
from services.advisor.compare.pairs import Pairs
from services.advisor.compare.pooling import pooled
from services.advisor.compare.sequence import Sequence, looked

from .labels import labelled


def test_looks() -> None:
    """An experiment is looked at after a sixteenth, an eighth, a quarter, a half and the whole."""
    assert [pairs for pairs, _ in Experiment(2_000).looks] == [125, 250, 500, 1_000, 2_000]


def test_looks_reached() -> None:
    """Only looks that were reached give intervals, and the earlier ones are wider for their number."""
    found = Experiment(2_000).intervals(labelled(600))
    assert [one.pairs for one in found] == [125, 250, 500]
    widths = [(one.high - one.low) * one.pairs**0.5 for one in found]
    assert widths == sorted(widths, reverse=True)


def test_after_the_end() -> None:
    """Pairs that come after the declared end change nothing."""
    pairs = labelled(500)
    cut = Pairs.of(pairs.incumbent[:400], pairs.candidate[:400])
    assert Experiment(400).intervals(pairs) == Experiment(400).intervals(cut)


def test_too_early() -> None:
    """Fewer than twenty conversations give no interval, nor do no pairs at all."""
    assert [one.pairs for one in Experiment(100).intervals(labelled(100))] == [25, 50, 100]
    assert Experiment(100).intervals(Pairs.of([], [])) == []
    assert Experiment(100).intervals(labelled(100, size=50)) == []


def test_several_candidates() -> None:
    """Ten candidates at once make every interval wider."""
    one, ten = (Experiment(400, candidates=n).intervals(labelled(400))[-1] for n in (1, 10))
    assert ten.high - ten.low > 1.2 * (one.high - one.low)
    assert Sequence(candidates=10).bound(400) > Sequence().bound(400)


def test_sequence_bound() -> None:
    """Always wider than an interval for one look, narrowest for its number about where it was told to be."""
    bounds = {n: Sequence(tightest=250).bound(n) for n in (50, 250, 10_000)}
    assert min(bounds.values()) == bounds[250]
    assert bounds[250] > 2.5


def test_sequence_starts_late() -> None:
    """Watching begins with the fiftieth conversation, and ends with the last."""
    assert looked(49, 20).tolist() == []
    assert looked(101, 20).tolist() == [50, 70, 90, 101]
    assert [one.pairs for one in Sequence().intervals(labelled(101), 20)] == [50, 70, 90, 101]


def test_student() -> None:
    """Few conversations widen as Student says."""
    assert widened(1.959964, 19) == pytest.approx(2.0930, rel=0.002)
    assert widened(1.959964, 9) == pytest.approx(2.2622, rel=0.01)


@pytest.mark.statistical
def test_all_looks_hold() -> None:
    """All five intervals together miss an equal candidate in no more than about one case of twenty."""
    missed = sum(
        not all(one.covers(0) for one in Experiment(800).intervals(labelled(800, seed=seed)))
        for seed in range(600)
    )
    assert missed <= 45  # 5 % of 600 and three standard deviations


@pytest.mark.statistical
def test_watching_holds() -> None:
    """Looking every tenth conversation misses an equal candidate in no more than about one case of twenty."""
    missed = sum(
        not all(
            one.covers(0) for one in Sequence().intervals(labelled(800, seed=seed, size=2, alike=0.3), 10)
        )
        for seed in range(300)
    )
    assert missed <= 26


def route(difference: float, error: float) -> Estimate:
    """A route with 400 pairs."""
    return Estimate(difference, error**2, 400, 400.0, 0.0)


def test_alike_routes_help() -> None:
    """Routes that agree make each other's interval narrower."""
    alone, *_ = pooled([route(0.01, 0.02)])
    helped = pooled([route(0.01, 0.02)] * 6)[0]
    assert helped.high - helped.low < 0.8 * (alone.high - alone.low)
    assert helped.rule == "pooled"


def test_unlike_routes_stay_apart() -> None:
    """Routes that clearly differ keep their own differences."""
    low, high = pooled([route(-0.2, 0.01), route(0.2, 0.01)])
    assert low.difference == pytest.approx(-0.2, abs=0.01)
    assert high.difference == pytest.approx(0.2, abs=0.01)


def test_pulled_to_the_middle() -> None:
    """A route with few labels leans on the others, and says less than it seems to."""
    weak = pooled([route(0.15, 0.08), *[route(0.0, 0.01)] * 5])[0]
    assert 0 < weak.difference < 0.10


@pytest.mark.statistical
def test_pooled_holds() -> None:
    """Pooled intervals cover each route's own truth in about 95 of 100 cases."""
    random = np.random.default_rng(3)
    covered = []
    for _ in range(150):
        truths = random.normal(0.0, 0.03, 4)
        found = pooled([route(float(random.normal(truth, 0.03)), 0.03) for truth in truths])
        covered += [one.covers(truth) for one, truth in zip(found, truths, strict=True)]
    assert np.mean(covered) >= 0.93
