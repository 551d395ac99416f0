"""How many calls come when: the usual volume of a series by hour and kind of day, and how far to trust it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detectors.monitors.engine import MINUTES_PER_MONTH, log_sum_exp
from detectors.monitors.fall import FACTORS, fall_llr
from detectors.monitors.snapshot import State

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

SLOT_MINUTES = 5
CELLS = 72  # 24 hours of working days, of Saturdays, of Sundays
HOURS_OF_WEEK, SATURDAY = 168, 5
BLOCKS = (1, 6, 36, 288)  # slots that are judged together: 5 and 30 minutes, 3 hours, a day
MARGINS = (math.log(2.0), math.log(3.0), math.log(5.0), math.log(10.0))
LEARNING_MARGIN = math.log(5.0)
LEAST_SEEN = 200  # fewer calls in the whole reference, and only parents are watched
BOUND = 1.645  # standard errors to the one-sided 95 % bound
# A holiday is like a Sunday, and is no silence: until a working day has had so many times the calls of a free
# one, and some, only less than on a free day counts; unless free days have next to nothing.
AWAKE, SOME = 3.0, 10.0
HOLIDAY = 0.2
WORKING = 24  # cells of working days
PROOF = 20.0  # the reference itself must stay so many times below the alarm
HOUR = 60 // SLOT_MINUTES


def cells(hour: Ints) -> Ints:
    """Return the cell of local hours since a Monday 0:00.

    >>> cells(np.array([0, 25, 120, 167])).tolist()
    [0, 1, 24, 71]
    """
    day = hour % HOURS_OF_WEEK // 24
    return np.maximum(day - SATURDAY + 1, 0) * 24 + hour % 24


@dataclass(frozen=True, slots=True)
class Profile:
    """The usual volume of a series.

    Attributes
    ----------
    mean, low : (72,) calls per slot of five minutes, and the bound that bets are made against
    working : (24,) the bound of a working day that is surely no holiday
    spread : variance of the calls of a block beyond Poisson's, relative to the square of their mean
    block : slots judged together; 0: too restless or too thin to be watched for silence
    """

    mean: Floats
    low: Floats
    working: Floats
    spread: float
    block: int

    @property
    def free(self) -> Floats:
        """Calls per slot on a free day, (24,); the busier one's."""
        free: Floats = np.max(self.mean.reshape(3, WORKING)[1:], axis=0)
        return free

    def bound(self, calls: Floats, cell: Ints) -> Floats:
        """Return the bound of consecutive slots, each knowing what its day had before it."""
        hour = cell % WORKING
        more = calls - AWAKE * self.free[hour]
        before = np.cumsum(more) - more
        begins = np.flatnonzero(np.diff(hour, prepend=-1) < 0)
        day = np.searchsorted(begins, np.arange(len(cell)), side="right")
        at_midnight = np.concatenate([[0.0], before[begins]])[day]
        awake = (before - at_midnight > SOME) & (cell < WORKING)
        return np.where(awake, self.working[hour], self.low[cell])

    def state(self) -> State:
        """Return plain data for a snapshot."""
        return {name: getattr(self, name) for name in self.__slots__}


def fit(counts: Ints, cell: Ints, valid: Flags, log_months: float, least: float = 0.0) -> Profile:
    """Learn the usual volume, and how it can be watched at all.

    Bets are made over blocks of slots and with a margin. Of those under which the reference itself never
    comes near an alarm, the ones that would say a total silence soonest are taken: so traffic that comes in
    bursts, or pauses, is judged over longer blocks, and what fits none is not steady.

    Parameters
    ----------
    counts, cell, valid : of each slot of the reference; slots that are not valid teach nothing
    log_months : of the mean time to a false alarm that is promised
    least : the margin is never smaller
    """
    n = np.bincount(cell[valid], minlength=CELLS).astype(np.float64)
    seen = np.bincount(cell[valid], weights=counts[valid], minlength=CELLS)
    mean = seen / np.maximum(n, 1.0)
    best, speed = Profile(mean, mean / 2.0, mean[:WORKING] / 2.0, 0.0, 0), 0.0
    if seen.sum() < LEAST_SEEN:
        return best
    for block in BLOCKS:
        calls, expected, whole = _blocks(counts, mean[cell], valid, block)
        hourly = _spread(*_blocks(counts, mean[cell], valid, max(block, HOUR)))
        spread = _spread(calls, expected, whole)
        error = np.sqrt(1.0 / np.maximum(seen, 1.0) + hourly / np.maximum(n / HOUR, 1.0))
        for margin in sorted({max(one, least, 2.0 * math.sqrt(hourly)) for one in MARGINS}):
            tried = Profile(mean, *_bounds(mean, error, margin), spread, block)
            bound = tried.bound(counts.astype(np.float64), cell)
            _, low, _ = _blocks(counts, bound, valid, block)
            llr = fall_llr(calls[whole], low[whole], spread, FACTORS)
            if _worst(llr, block) > max(log_months - math.log(PROOF), 0.0):
                continue
            silent = float(fall_llr(np.zeros(len(low)), low, spread, FACTORS)[:, 0].mean()) / block
            if silent > speed:
                best, speed = tried, silent
            break
    return best


def _blocks(counts: Ints, expected: Floats, valid: Flags, block: int) -> tuple[Floats, Floats, Flags]:
    """Return calls, expected calls, and whether all is valid, of each block."""
    n = len(counts) // block * block
    calls: Floats = counts[:n].reshape(-1, block).sum(axis=1).astype(np.float64)
    whole: Flags = np.all(valid[:n].reshape(-1, block), axis=1)
    return calls, expected[:n].reshape(-1, block).sum(axis=1), whole


def _spread(calls: Floats, expected: Floats, whole: Flags) -> float:
    """Return the variance beyond Poisson's relative to the squared mean, by one standard error less."""
    k, m = calls[whole], expected[whole]
    scale = float((m**2).sum())
    if scale <= 0:
        return 0.0
    estimate = float(((k - m) ** 2 - m).sum()) / scale
    return max(0.0, estimate - math.sqrt(float((2 * m**2 + m).sum())) / scale)


def _bounds(mean: Floats, error: Floats, margin: float) -> tuple[Floats, Floats]:
    """Return the bound by cell, and that of working days that are no holidays."""
    low = mean * np.exp(-BOUND * error - margin)
    working, saturday, sunday = low.reshape(3, WORKING)
    holiday = np.maximum(np.minimum(saturday, sunday), HOLIDAY * working)
    return np.concatenate([np.minimum(working, holiday), saturday, sunday]), working


def _worst(llr: Floats, block: int) -> float:
    """Return how high the evidence of a whole past rises: the engine's recursion, written as sums."""
    if not len(llr):
        return math.inf
    total = np.cumsum(llr, axis=0)
    before = total - llr
    injected = math.log(block * SLOT_MINUTES / MINUTES_PER_MONTH / len(FACTORS))
    return float(log_sum_exp(total + np.logaddexp.accumulate(injected - before, axis=0)).max())
