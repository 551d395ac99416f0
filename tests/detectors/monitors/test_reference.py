"""References: rhythm, wander, bounds, and what too little history does."""

import time

import numpy as np
import pytest

from detectors.monitors.reference import (
    BLIND_MARGIN,
    HOURS,
    LEAST_MARGIN,
    clopper_pearson_upper,
    expit,
    fit,
    flat,
)

WEEKS = np.arange(2 * HOURS)


def counts(
    rate: np.ndarray, n: int = 60, wander: float = 0.0, seed: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """Return calls and bad ones per hour, with an AR(1) wander of the log-odds."""
    random = np.random.default_rng(seed)
    noise = np.zeros(len(rate))
    for i in range(1, len(rate)):
        noise[i] = 0.8 * noise[i - 1] + 0.6 * wander * random.standard_normal()
    odds = rate / (1 - rate) * np.exp(noise)
    calls = np.full(len(rate), float(n))
    return calls, random.binomial(n, odds / (1 + odds)).astype(float)


def rhythm(base: float) -> np.ndarray:
    """Return a rate with a daily rhythm of odds ratio four."""
    swing = np.log(4) / 2 * np.sin(2 * np.pi * (WEEKS % 24) / 24)
    return expit(np.log(base / (1 - base)) + swing)


def test_rhythm() -> None:
    """The expected rate follows the hour of the day."""
    reference = fit(WEEKS, *counts(rhythm(0.05)))
    truth = rhythm(0.05)[:HOURS]
    assert np.corrcoef(expit(reference.logit), truth)[0, 1] > 0.9
    assert reference.sufficient


def test_upper_covers() -> None:
    """The rate bet against lies above the truth in nearly all hours."""
    reference = fit(WEEKS, *counts(rhythm(0.05)))
    truth = rhythm(0.05)[:HOURS]
    assert (reference.upper() > truth).mean() > 0.9
    assert reference.upper().mean() > 1.1 * truth.mean()


def test_quiet_margin() -> None:
    """Without wander the margin is the least one."""
    assert fit(WEEKS, *counts(np.full(len(WEEKS), 0.05))).margin == pytest.approx(LEAST_MARGIN)


def test_wander_widens() -> None:
    """Natural wander widens the margin to about twice its size in log-odds."""
    reference = fit(WEEKS, *counts(np.full(len(WEEKS), 0.1), n=600, wander=0.3))
    assert 0.3 < reference.margin < 0.9


def test_few_bad() -> None:
    """Fewer than forty bad calls give a flat, insufficient reference with a wide margin."""
    n, bad = np.full(len(WEEKS), 10.0), np.zeros(len(WEEKS))
    bad[:20] = 1.0
    reference = fit(WEEKS, n, bad)
    assert not reference.sufficient
    assert reference.margin == BLIND_MARGIN
    assert np.ptp(reference.logit) == 0.0


def test_nothing_bad() -> None:
    """With no bad call at all the bound is the rule of three."""
    assert expit(flat(1000, 0.0, 0.0).logit + 1.645 * flat(1000, 0.0, 0.0).se)[0] == pytest.approx(
        0.003, rel=0.02
    )


@pytest.mark.parametrize(("n", "bad", "upper"), [(100, 0, 0.02951), (200, 10, 0.08329), (1000, 39, 0.05075)])
def test_clopper_pearson(n: int, bad: int, upper: float) -> None:
    """The exact upper bound agrees with published tables."""
    assert clopper_pearson_upper(n, bad) == pytest.approx(upper, rel=0.01)


def test_ties() -> None:
    """A rate of integers above their quantile is what was seen, not what the quantile promises."""
    n, bad = np.full(len(WEEKS), 100.0), np.full(len(WEEKS), 3.0)
    assert expit(fit(WEEKS, n, bad).logit).mean() == pytest.approx(0.03, rel=0.02)


def test_fast() -> None:
    """Hundreds are fitted at once, so one takes a few milliseconds."""
    n, bad = counts(rhythm(0.05))
    start = time.process_time()
    for _ in range(20):
        fit(WEEKS, n, bad)
    assert (time.process_time() - start) / 20 < 0.02
