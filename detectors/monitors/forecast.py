"""What a month will have cost at its end, and when a limit is reached, from the spend of the last weeks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detectors.monitors.profile import CELLS, cells

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

DAY_HOURS = 24
LEARNT_DAYS = 28
LEAST_DAYS = 7  # before, nobody knows the weekend
PATHS = 1000
COVERAGE = (0.025, 0.5, 0.975)
LEAST_LEVEL = 0.02  # of a usual day; a day that cost less is taken for such a one
LEAST_DAY = 0.05  # of the mean day: days that usually cost less say nothing about the level
LEAST_STEP, LEAST_NOISE = 0.03, 0.03  # sd of the log of the level from day to day, and of a day around it
LEAST_TOLD = 4  # days that usually cost something: of fewer one cannot tell how far the level wanders
STEP = 10.0  # twice the log-likelihood that a step must gain before the level is said to have changed


@dataclass(frozen=True, slots=True)
class Forecast:
    """How a month will end.

    Attributes
    ----------
    total, low, high : USD at the end of the month, with a 95 % interval
    certainty : of the limit being passed
    reached, reached_low, reached_high : hours from now until it is, given that it is
    changed : hours ago, when the level of spend last changed for all one can tell, with its interval
    """

    total: float
    low: float
    high: float
    certainty: float
    reached: tuple[float, float, float] | None
    changed: tuple[int, int, int] | None


def forecast(spent: Floats, hour: int, until: int, so_far: float, limit: float) -> Forecast | None:
    """Return how the month ends, or None with less than a week of spend to learn from.

    The usual spend by hour of working days, Saturdays and Sundays over four weeks gives the rhythm. The
    days' ratios to it are a local level model (a random walk seen with noise, both fitted by moments): its
    level is carried on, and drawn a thousand times.

    Parameters
    ----------
    spent : USD of each hour up to now, oldest first
    hour, until : local hours since a Monday 0:00 of now and of the end of the month
    so_far : USD of this month

    Source: Harvey 1989, Forecasting, structural time series models and the Kalman filter, s. 4.1.
    """
    spent = spent[int((spent > 0).argmax()) :]  # before the first spend there was nothing to be usual
    days = min(len(spent) // DAY_HOURS, LEARNT_DAYS)
    if days < LEAST_DAYS or until <= hour:
        return None
    past = spent[-days * DAY_HOURS :]
    usual = _usual(past, cells(np.arange(hour - len(past), hour)))
    known = usual[cells(np.arange(hour - len(past), hour))].reshape(days, DAY_HOURS).sum(axis=1)
    if known.sum() <= 0:
        return None
    told = known > LEAST_DAY * known.mean()
    if told.sum() < LEAST_TOLD:
        return None
    level = np.log(np.maximum(past.reshape(days, DAY_HOURS).sum(axis=1)[told] / known[told], LEAST_LEVEL))
    rest = usual[cells(np.arange(hour, until))]
    daily = np.pad(rest, (0, -len(rest) % DAY_HOURS)).reshape(-1, DAY_HOURS).sum(axis=1)
    if so_far + 3.0 * daily.sum() * np.exp(level.max()) < limit:
        return None  # far from it
    paths = so_far + np.cumsum(daily * _drawn(level, len(daily), hour), axis=1)
    low, total, high = (float(np.quantile(paths[:, -1], level)) for level in COVERAGE)
    over = paths[paths[:, -1] > limit]
    reached = _reached(over, so_far, limit, until - hour) if len(over) else None
    changed = _changed(level, np.flatnonzero(told), days)
    return Forecast(total, low, high, len(over) / len(paths), reached, changed)


def _usual(past: Floats, cell: Ints) -> Floats:
    n = np.bincount(cell, minlength=CELLS)
    return np.bincount(cell, weights=past, minlength=CELLS) / np.maximum(n, 1)


def _drawn(level: Floats, days: int, seed: int) -> Floats:
    """Return ratios to the usual of the coming days, (paths, days)."""
    step, noise = _variances(level)
    mean, variance = level[0], step + noise
    for seen in level[1:]:
        variance += step
        gain = variance / (variance + noise)
        mean += gain * (seen - mean)
        variance *= 1.0 - gain
    random = np.random.default_rng(seed)  # the same hour gives the same forecast
    start = mean + np.sqrt(variance) * random.standard_normal((PATHS, 1))
    walk = np.cumsum(np.sqrt(step) * random.standard_normal((PATHS, days)), axis=1)
    drawn: Floats = np.exp(start + walk + np.sqrt(noise) * random.standard_normal((PATHS, days)))
    return drawn


def _variances(level: Floats) -> tuple[float, float]:
    """Return the variances of the level's steps and of the noise, from the changes of neighbouring days."""
    change = np.diff(level)
    noise = max(-float((change[1:] * change[:-1]).mean()), LEAST_NOISE**2)
    step = max(float((change**2).mean()) - 2.0 * noise, LEAST_STEP**2)
    return step, noise


def _reached(paths: Floats, so_far: float, limit: float, hours: int) -> tuple[float, float, float]:
    """Return after how many hours the limit is passed, low, middle and high; days are filled evenly."""
    day = (paths > limit).argmax(axis=1)
    rows = np.arange(len(paths))
    before = np.where(day > 0, paths[rows, np.maximum(day - 1, 0)], so_far)
    part = (limit - before) / np.maximum(paths[rows, day] - before, 1e-12)
    when = np.clip((day + part) * DAY_HOURS, 0.0, hours)
    low, middle, high = (float(np.quantile(when, level)) for level in COVERAGE)
    return low, middle, high


def _changed(level: Floats, day: Ints, days: int) -> tuple[int, int, int] | None:
    """Return how many hours ago the level took its largest step; None where it took none worth the name."""
    n = len(level)
    if n < LEAST_DAYS:
        return None
    total = np.cumsum(level)
    at = np.arange(1, n)
    before, after = total[:-1] / at, (total[-1] - total[:-1]) / (n - at)
    noise = max(float(np.median(np.abs(np.diff(level))) / 0.954) ** 2, LEAST_NOISE**2)
    gain = at * (n - at) / n * (after - before) ** 2 / noise
    if gain.max() < STEP:
        return None
    p = np.exp((gain - gain.max()) / 2.0)
    low, middle, high = np.searchsorted(np.cumsum(p) / p.sum(), COVERAGE).clip(0, n - 2).tolist()
    ago = [int((days - day[at[place]]) * DAY_HOURS) for place in (low, middle, high)]
    return ago[0], ago[1], ago[2]
