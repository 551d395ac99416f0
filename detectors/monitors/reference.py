"""The frozen past a rate is compared with: an expected rate per hour of the week, and how far to trust it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

HOURS = 168  # of a week, Monday 0:00 first
BOUND = 1.645  # standard errors to the one-sided 95 % bound
LEAST_BAD = 40  # fewer, and neither rhythm nor wander can be told from noise
LEAST_SEEN = 200  # fewer, and there is nothing to compare with
# A wander of .11 in log-odds cannot be seen in a few hundred calls a day, only in ten times as many.
LEAST_MARGIN = math.log(1.25)
BLIND_MARGIN = math.log(1.5)  # instead of a rhythm and a wander that could not be measured
LEARNING_MARGIN = math.log(5.0)
CELLS = 48  # hours of the day, of weekdays and of weekends
SMOOTH_PARAMETERS = 6
CELL_PRIOR = 30.0  # imagined events that hold each of the 48 cells at the smooth curve
RIDGE = 1.0  # prior precision of rhythm coefficients, log-odds
BLOCK_HOURS = 6
SLOW_HOURS = range(6, 19)  # apart: what two hours that far from each other share is wander that lasts
CONVERGED = 1e-9


@dataclass(frozen=True, slots=True)
class Reference:
    """Expected log-odds of "bad" per hour of the week.

    Attributes
    ----------
    logit, se : (168,) expected log-odds and their standard error
    margin : log-odds to add for natural wander
    n, bad : what it rests on
    sufficient : False with fewer than 40 bad: flat, Clopper-Pearson bound, gross change only
    """

    logit: Floats
    se: Floats
    margin: float
    n: int
    bad: float
    sufficient: bool

    @property
    def usable(self) -> bool:
        """Whether there is enough to compare with at all."""
        return self.n >= LEAST_SEEN

    def lifted(self, rate: float) -> Reference:
        """Return the same, nowhere below a rate."""
        return replace(self, logit=np.maximum(self.logit, logit(np.array(rate)))) if rate else self

    def upper(self) -> Floats:
        """Return the rate per hour of the week that bets are made against."""
        return expit(self.logit + BOUND * self.se + self.margin)


def expit(x: Floats) -> Floats:
    """Return the rate of log-odds."""
    return 1.0 / (1.0 + np.exp(-np.clip(x, -35.0, 35.0)))


def logit(p: Floats) -> Floats:
    """Return the log-odds of a rate, kept finite."""
    p = np.clip(p, 1e-7, 1.0 - 1e-7)
    return np.log(p / (1.0 - p))


def fit(hour: Ints, n: Floats, bad: Floats) -> Reference:
    """Learn the expected rate per hour of the week from counts per hour.

    Ridge logistic regression (two daily harmonics and weekend; sandwich errors over 6-hour blocks) times
    a factor (seen + 30) / (expected + 30) per hour of day and kind of day; margin as an odds ratio
    max(1.25, e^(2 sigma)) with sigma the wander of the hours, more where it lasts (`wander`).

    Parameters
    ----------
    hour : local hours since a Monday 0:00, distinct, ascending
    n, bad : calls and bad ones in each; bad may be fractional
    """
    total, total_bad = int(n.sum()), float(bad.sum())
    if total_bad < LEAST_BAD or total - total_bad < LEAST_BAD:
        return flat(total, total_bad, BLIND_MARGIN)
    weekly = design(np.arange(HOURS))
    smooth, covariance = _logistic(design(hour), hour // BLOCK_HOURS, n, bad)
    smoothed = expit(weekly @ smooth)
    rate = smoothed * cell_factor(hour, bad, n * smoothed[hour % HOURS])
    se = np.sqrt(np.einsum("hi,ij,hj->h", weekly, covariance, weekly))
    expected = np.clip(rate, 1e-6, 1 - 1e-6)[hour % HOURS]
    sigma = wander(hour, bad - n * expected, n * expected * (1 - expected), total_bad)
    return Reference(logit(rate), se, max(LEAST_MARGIN, 2.0 * sigma), total, total_bad, sufficient=True)


def flat(n: int, bad: float, margin: float) -> Reference:
    """Return a reference without rhythm, from totals alone, with an exact upper bound."""
    centre, bound = logit(np.array([(bad + 0.5) / (n + 1.0), clopper_pearson_upper(n, bad)])).tolist()
    se = max((bound - centre) / BOUND, 0.0)
    ones = np.ones(HOURS)
    return Reference(centre * ones, se * ones, margin, n, bad, sufficient=False)


def clopper_pearson_upper(n: int, bad: float, tail: float = 0.05) -> float:
    """Return the rate at which `bad` or fewer of `n` would be seen with probability `tail`.

    >>> round(clopper_pearson_upper(100, 0), 4)
    0.0295
    """
    k = math.floor(bad)
    if n <= 0 or k >= n:
        return 1.0
    if k > LEAST_BAD:
        log_odds = math.log((k + 0.5) / (n - k + 0.5))
        spread = math.sqrt(1.0 / (k + 0.5) + 1.0 / (n - k + 0.5))
        return 1.0 / (1.0 + math.exp(-log_odds - BOUND * spread))
    i = np.arange(k + 1, dtype=np.float64)
    log_choose = np.concatenate([[0.0], np.cumsum(np.log((n - i[:-1]) / (i[:-1] + 1.0)))])
    low, high = 0.0, 1.0
    for _ in range(60):
        p = (low + high) / 2.0
        below = np.exp(log_choose + i * math.log(p) + (n - i) * math.log1p(-p)).sum()
        low, high = (p, high) if below > tail else (low, p)
    return high


def design(hour: Ints) -> Floats:
    """Return one row per hour: intercept, two daily harmonics, weekend."""
    angle = 2.0 * np.pi * (hour % 24) / 24.0
    columns = [np.ones(len(hour)), np.sin(angle), np.cos(angle), np.sin(2 * angle), np.cos(2 * angle)]
    return np.stack([*columns, weekend(hour).astype(np.float64)], axis=1)


def weekend(hour: Ints) -> NDArray[np.bool_]:
    """Tell which hours lie on a Saturday or Sunday."""
    return hour % HOURS >= 5 * 24


def _logistic(x: Floats, block: Ints, n: Floats, bad: Floats) -> tuple[Floats, Floats]:
    penalty = np.diag([0.0] + [RIDGE] * (x.shape[1] - 1))
    beta = np.zeros(x.shape[1])
    beta[0] = math.log(bad.sum() / (n.sum() - bad.sum()))
    for _ in range(12):
        p = expit(x @ beta)
        hessian = (x * (n * p * (1 - p))[:, None]).T @ x + penalty
        step = np.linalg.solve(hessian, x.T @ (bad - n * p) - penalty @ beta)
        beta += np.clip(step, -2.0, 2.0)
        if np.abs(step).max() < CONVERGED:
            break
    p = expit(x @ beta)
    inverse = np.linalg.inv((x * (n * p * (1 - p))[:, None]).T @ x + penalty)
    _, member = np.unique(block, return_inverse=True)
    scores = np.zeros((member.max() + 1, x.shape[1]))
    np.add.at(scores, member, x * (bad - n * p)[:, None])
    blocks = len(scores)
    sandwich = inverse @ (scores.T @ scores) @ inverse * (blocks / max(blocks - x.shape[1], 1))
    # With few blocks the sandwich is itself noisy: never trust it below the model's own error.
    wider = sandwich if np.trace(sandwich) > np.trace(inverse) else inverse
    return beta, wider.astype(np.float64)


def cell_factor(hour: Ints, bad: Floats, expected: Floats) -> Floats:
    """Return (seen + 30) / (expected + 30) of each hour of the week's cell: hour of day and kind of day."""
    week = np.arange(HOURS)
    cell_of_week = week % 24 + 24 * weekend(week)
    cell = cell_of_week[hour % HOURS]
    seen_in = np.bincount(cell, weights=bad, minlength=CELLS)
    expected_in = np.bincount(cell, weights=expected, minlength=CELLS)
    factor: Floats = (seen_in + CELL_PRIOR) / (expected_in + CELL_PRIOR)
    return factor[cell_of_week]


def wander(hour: Ints, residual: Floats, variance: Floats, total_bad: float) -> float:
    """Return how far the log-odds of hours wander beyond chance, as a standard deviation.

    With R = bad - expected and V its binomial variance, `sigma^2 = sum(R^2 - V) / sum(V^2)` less its
    standard error, corrected for what the curve took of it. `slow^2` is the same from products R R' of
    hours six to eighteen apart, in which chance has no part. A wander that lasts for a day carries evidence
    for as long, so it counts twice: sqrt(sigma^2 + slow^2).

    Parameters
    ----------
    hour : ascending
    residual, variance : R and V of each hour
    total_bad : how much the curve could follow
    """
    scale = float((variance**2).sum())
    if not scale:
        return 0.0
    error = math.sqrt(float((2 * variance**2 + variance).sum())) / scale
    parameters = SMOOTH_PARAMETERS + CELLS * total_bad / (total_bad + CELLS * CELL_PRIOR)
    beyond = max(0.0, float((residual**2 - variance).sum()) / scale - error)
    sigma = beyond * len(hour) / max(len(hour) - parameters, 1.0)
    every = int(hour[-1] - hour[0]) + 1
    r, v = np.zeros(every), np.zeros(every)
    r[hour - hour[0]], v[hour - hour[0]] = residual, variance
    apart = [k for k in SLOW_HOURS if k < every]
    weight = sum(float(v[k:] @ v[:-k]) for k in apart)
    shared = sum(float(r[k:] @ r[:-k]) for k in apart)
    slow = max(0.0, shared / weight - 1.0 / math.sqrt(weight)) if weight > 0 else 0.0
    return math.sqrt(sigma + slow)
