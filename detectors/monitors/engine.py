"""One engine for every question: a Shiryaev-Roberts mixture e-process clocked in elapsed months."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]

MINUTES_PER_MONTH = 43_200.0
LONGEST_PAUSE = 1440  # minutes: else a row silent for months would alarm at its first call, whatever it says
LOG_CAP = 1e6  # far above any threshold; keeps an unreset state finite for ever
MOST_NATS = 300.0  # that one minute may add to a component: less than a double can hold
RANGE = 1e100  # sums outside of [1 / RANGE, RANGE] are brought back to one


def log_sum_exp(values: Floats) -> Floats:
    """Return log(sum(exp(values))) along the last axis; -inf where every value is.

    >>> bool(np.isclose(log_sum_exp(np.log(np.array([1.0, 3.0]))), np.log(4.0)))
    True
    """
    top = values.max(axis=-1, keepdims=True)
    top = np.where(np.isfinite(top), top, 0.0)
    with np.errstate(divide="ignore"):
        total: Floats = np.log(np.exp(values - top).sum(axis=-1)) + top[..., 0]
    return total


class Engine:
    """Tell for many rows at once when their bets have earned more than their share of false alarms.

    Per row and component k with weight w_k: `M_k = (M_k + w_k * elapsed months) * e^llr_k`; a row alarms
    when `sum(M_k) >= months`. While every bet is fair (E[e^llr | past] <= 1), `sum(M) - elapsed` is a
    supermartingale, so the expected time to a false alarm is at least `months`, at any volume and however
    often one looks. Of a pause one day counts, which makes false alarms rarer still.

    Parameters
    ----------
    weights : (rows, components), each row sums to one; 0 where a row has fewer components
    log_months : (rows,) log of the promised mean time to a false alarm
    start : minute from which time counts

    Cost: one exponential per component of an active row; 8 bytes each held. Linear M would overflow and turn
    into a NaN that never alarms: `M_k = m_k * e^top`, with `top` moved wherever the sum of m gets extreme.
    Source: Shin, Ramdas, Rinaldo 2024 (e-detectors); differs in injecting elapsed time, not 1 per event.
    """

    def __init__(self, weights: Floats, log_months: Floats, start: int) -> None:
        self.weights = weights
        self.log_months = log_months
        self.m = np.zeros(weights.shape)
        self.top = np.zeros(len(weights))
        self.log_total = np.full(len(weights), -np.inf)  # log of the sum of M
        self.last = np.full(len(weights), start, dtype=np.int64)
        self.since = np.full(len(weights), start, dtype=np.int64)

    def update(self, minute: int, rows: Rows, llr: Floats) -> Rows:
        """Take the log-likelihood ratios of the rows active in a closed minute; return those that alarm.

        Parameters
        ----------
        minute : not before any earlier one; going back injects nothing
        rows : distinct row numbers
        llr : (len(rows), components), finite
        """
        elapsed = np.clip(minute + 1 - self.last[rows], 0, LONGEST_PAUSE) / MINUTES_PER_MONTH
        state = self.weights[rows]
        state *= (elapsed * np.exp(-self.top[rows]))[:, None]
        state += self.m[rows]
        state *= np.exp(np.minimum(llr, MOST_NATS))
        total = state.sum(axis=1)
        far = (total > RANGE) | ((total < 1.0 / RANGE) & (self.top[rows] > 0.0))
        if far.any():
            state[far], total[far] = self._levelled(rows[far], state[far], total[far])
        self.m[rows] = state
        with np.errstate(divide="ignore"):
            self.log_total[rows] = np.log(total) + self.top[rows]
        self.last[rows] = np.maximum(self.last[rows], minute + 1)
        return rows[self.log_total[rows] >= self.log_months[rows]]

    def _levelled(self, rows: Rows, state: Floats, total: Floats) -> tuple[Floats, Floats]:
        """Move what is common to a row's components into `top`, or back out of it; return state and total."""
        with np.errstate(divide="ignore"):
            level = np.minimum(self.top[rows] + np.log(total), LOG_CAP)
        self.top[rows] = np.maximum(level, 0.0)
        kept = np.exp(level - self.top[rows])
        return state * (kept / np.maximum(total, np.finfo(np.float64).tiny))[:, None], kept

    def excess(self, rows: Rows) -> Floats:
        """Return how far above its threshold each row stands, in nats."""
        return self.log_total[rows] - self.log_months[rows]

    def reset(self, rows: Sequence[int] | Rows, minute: int) -> None:
        """Forget the evidence of these rows; time counts again from `minute`."""
        index = np.asarray(rows, dtype=np.int64)
        self.m[index] = self.top[index] = 0.0
        self.log_total[index] = -np.inf
        self.last[index] = minute
        self.since[index] = minute

    def adopt(self, other: Engine, mine: Rows, theirs: Rows) -> None:
        """Carry the evidence of another engine's rows over into rows of this one."""
        for name in ("m", "top", "log_total", "last", "since"):
            getattr(self, name)[mine] = getattr(other, name)[theirs]

    def state(self) -> dict[str, object]:
        """Return what `load` needs; weights and thresholds are the owner's."""
        return {"m": self.m, "top": self.top, "last": self.last, "since": self.since}

    def load(self, m: Floats, top: Floats, last: Rows, since: Rows) -> None:
        """Continue from a `state` of an engine of the same shape."""
        self.m, self.top, self.last, self.since = m.copy(), top.copy(), last.copy(), since.copy()
        self._sum_up(np.arange(len(top)))

    def _sum_up(self, rows: Rows) -> None:
        with np.errstate(divide="ignore"):
            self.log_total[rows] = np.log(self.m[rows].sum(axis=1)) + self.top[rows]
