"""The bench of drift, without the data it measures on."""

import numpy as np
import pytest

from bench.drift_baselines import BASELINES, EVERY, Baseline
from bench.drift_texts import LEAF, Run, Texts, joined, pieces, plain, respelled, typos
from detectors.monitors.drift import DriftMonitor
from detectors.monitors.testing import MONDAY


def stream(seed: int, moved: float) -> Run:
    """Return 2,000 texts of reference, 1,000 quiet ones and 2,000 of which a part lies elsewhere."""
    random = np.random.default_rng(seed)
    vectors = random.standard_normal((5_000, 16))
    unseen = (np.arange(5_000) >= 3_000) & (random.random(5_000) < moved)
    vectors[unseen, 0] += 4
    rows = np.round(127 * vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.int8)
    minute = MONDAY + np.arange(5_000) * 12
    texts = Texts(rows, np.zeros(5_000, np.float32))
    return Run(minute, np.ones(5_000, np.bool_), texts, unseen, 2_000, 3_000)


@pytest.mark.parametrize("baseline", BASELINES, ids=lambda baseline: baseline.words)
def test_baselines(baseline: Baseline) -> None:
    """A calibrated baseline finds a large move after it began, and seldom alarms without one."""
    ready = baseline.calibrated([stream(seed, 0.0) for seed in range(10)])
    assert ready.delay(stream(20, 0.5)) in range(EVERY, 1_500)
    assert sum(ready.alarms(stream(seed, 0.0)) for seed in range(30, 40)) <= 4


def test_run() -> None:
    """A run is what the product's monitor reads; what is not given is unknown."""
    found = stream(1, 0.5).observations()
    assert len(found) == 5_000
    assert list(found.leaves) == [LEAF]
    assert np.isnan(found.latency_ms).all()
    assert not found.error.any()
    assert (found.refused == -1).all()
    assert not DriftMonitor().update(plain(found.minute, [LEAF]))


def test_spelled() -> None:
    """Each way to spell changes what it says, the same for the same seed."""
    texts = ["please reset my password"]
    assert respelled(joined, texts, 1) == ["pleasereset mypassword"]
    assert respelled(pieces, texts, 1) == ["ple ase res et my pas swo rd"]
    assert respelled(typos(1), texts, 1) == respelled(typos(1), texts, 1) != texts
