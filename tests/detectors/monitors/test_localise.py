"""Since when, how large and where."""

import numpy as np
import pytest

from detectors.monitors.localise import Counts, affected, estimate, evidence, size


def counts(seed: int, shifted: int = 0, n: int = 300, change: int = 210) -> Counts:
    """Return one call a minute, 2 % bad, 10 % from `change` on unless `shifted` is negative."""
    random = np.random.default_rng(seed)
    minute = np.arange(n)
    rate = np.where((minute >= change) & (shifted >= 0), 0.10, 0.02)
    bad = (random.random(n) < rate).astype(float)
    leaf = np.full(n, max(shifted, 0))
    return Counts(minute, leaf, np.ones(n), bad, np.full(n, 0.02))


@pytest.mark.statistical
def test_start_covers() -> None:
    """90 calls after 2 -> 10 %, the start is off by 25 at most in the median and its interval covers."""
    found = [estimate(counts(seed), 0) for seed in range(100)]
    assert np.median([abs(one.began - 210) for one in found]) <= 25
    assert np.mean([one.low <= 210 <= one.high for one in found]) >= 0.85


def test_size() -> None:
    """Size and interval surround the truth, the reference is what was expected."""
    observed, reference, low, high = size(counts(5, n=900), estimate(counts(5, n=900), 0))
    assert reference == pytest.approx(0.02)
    assert low < 0.10 < high
    assert 0.07 < observed < 0.13


def test_certain() -> None:
    """What many calls say is within its own interval, however narrow."""
    for seed in range(20):
        random, n = np.random.default_rng(seed), 60
        bad = random.binomial(4, random.uniform(0.3, 0.8), n).astype(float)
        one = Counts(np.arange(n), np.zeros(n, dtype=np.int64), np.full(n, 4.0), bad, np.full(n, 0.0056))
        observed, _, low, high = size(one, estimate(one, -1))
        assert low <= observed <= high


@pytest.mark.statistical
def test_least() -> None:
    """What little evidence says of an effect is hardly ever more than there is."""
    found = [estimate(counts(seed, n=240), 0) for seed in range(100)]
    truth = (0.10 / 0.90) / (0.02 / 0.98)
    assert sum(one.least > truth for one in found) <= 1
    assert all(one.least <= one.odds_low <= one.odds for one in found)


def test_affected() -> None:
    """Only the leaf that shifted is named; a single bad call elsewhere is chance."""
    one, other = counts(1, shifted=1, n=600), counts(2, shifted=-1, n=600)
    both = Counts(*(np.concatenate(pair) for pair in zip(_columns(one), _columns(other), strict=True)))
    by_leaf = evidence(both, 210, 5.0)
    assert affected(by_leaf, frozenset({0, 1}), lambda *_: True) == {1}


def _columns(counts: Counts) -> list[np.ndarray]:
    return [counts.minute, counts.leaf, counts.n, counts.bad, counts.rate]
