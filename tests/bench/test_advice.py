"""The benchmark of advice draws what it says, and its baselines err as they should."""

from __future__ import annotations

import numpy as np
import pytest

from bench.advice_draws import made
from bench.advice_people import Compared
from bench.advice_pooled import WAYS
from bench.advice_rivals import METHODS
from bench.advice_tally import Tallies
from services.advisor.compare.estimate import Estimate


def test_tilted() -> None:
    """Questions are weighted so that the two models differ by what is asked, where they can."""
    compared = Compared("r", ("a", "b"), np.array([0.0, 1.0, 0.0]), np.array([1.0, 0.0, 0.0]), None)
    weight = compared.tilted(0.25)
    assert weight is not None
    assert weight @ compared.difference == pytest.approx(0.25)
    assert compared.tilted(1.5) is None


def test_made() -> None:
    """Made labels have the rates and the correlation inside conversations that were asked for."""
    random = np.random.default_rng(1)
    draw = made(0.10, 0.05, 50_000, 0.02, random, size=5, alike=0.3)
    bad = draw.pairs.candidate.reshape(-1, 5)
    assert draw.pairs.incumbent.mean() == pytest.approx(0.10, abs=0.01)
    assert bad.mean() == pytest.approx(0.15, abs=0.01)
    assert np.corrcoef(bad[:, 0], bad[:, 1])[0, 1] == pytest.approx(0.3, abs=0.05)


def test_tally() -> None:
    """At the edge peeking switches wrongly often, our looks hardly ever; nobody loses by staying."""
    random = np.random.default_rng(2)
    tallies = Tallies(("looks", "95 % interval peeked")).run(
        made(0.10, 0.0201, 1_000, 0.02, random) for _ in range(100)
    )
    ours, peeked = (tallies.by_method[name].row() for name in tallies.methods)
    assert float(str(ours["false_switch"])) < 7 < float(str(peeked["false_switch"]))
    assert ours["regret"] == pytest.approx(0, abs=0.01)


def test_every_method_judges() -> None:
    """Each way to decide gives one of the three verdicts."""
    draw = made(0.10, 0.0, 200, 0.02, np.random.default_rng(3))
    assert {method(draw).verdict for method in METHODS.values()} <= {"switch", "stay", "abstain"}


def test_every_way_pools() -> None:
    """Each way to pool gives every route an interval around something."""
    routes = [Estimate(0.1 * n, 0.02**2, 100, 100.0, 0.0) for n in range(4)]
    for pool in WAYS.values():
        assert all(one.low < one.difference < one.high for one in pool(routes))
