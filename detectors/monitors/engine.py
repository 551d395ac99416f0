"""One engine for every question: a Shiryaev-Roberts mixture e-process clocked in elapsed months."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]

MINUTES_PER_MONTH = 43_200.0
LOG_CAP = 1e6  # far above any threshold; keeps an unreset state finite for ever


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
    often one looks.

    Parameters
    ----------
    weights : (rows, components), each row sums to one; 0 where a row has fewer components
    log_months : (rows,) log of the promised mean time to a false alarm
    start : minute from which time counts

    Cost: one log per component and active row; 8 bytes each held. Linear M would overflow and turn into
    a NaN that never alarms: the state is kept as logarithms.
    Source: Shin, Ramdas, Rinaldo 2024 (e-detectors); differs in injecting elapsed time, not 1 per event.
    """

    def __init__(self, weights: Floats, log_months: Floats, start: int) -> None:
        with np.errstate(divide="ignore"):
            self.log_weights = np.log(weights)
        self.log_months = log_months
        self.log_m = np.full(weights.shape, -np.inf)
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
        elapsed = np.maximum(minute + 1 - self.last[rows], 0) / MINUTES_PER_MONTH
        with np.errstate(divide="ignore"):
            injected = np.log(elapsed)[:, None] + self.log_weights[rows]
        state = np.minimum(np.logaddexp(self.log_m[rows], injected) + llr, LOG_CAP)
        self.log_m[rows] = state
        self.last[rows] = np.maximum(self.last[rows], minute + 1)
        return rows[log_sum_exp(state) >= self.log_months[rows]]

    def excess(self, rows: Rows) -> Floats:
        """Return how far above its threshold each row stands, in nats."""
        return log_sum_exp(self.log_m[rows]) - self.log_months[rows]

    def reset(self, rows: Sequence[int] | Rows, minute: int) -> None:
        """Forget the evidence of these rows; time counts again from `minute`."""
        index = np.asarray(rows, dtype=np.int64)
        self.log_m[index] = -np.inf
        self.last[index] = minute
        self.since[index] = minute

    def adopt(self, other: Engine, mine: Rows, theirs: Rows) -> None:
        """Carry the evidence of another engine's rows over into rows of this one."""
        self.log_m[mine] = other.log_m[theirs]
        self.last[mine] = other.last[theirs]
        self.since[mine] = other.since[theirs]

    def state(self) -> dict[str, object]:
        """Return what `load` needs; weights and thresholds are the owner's."""
        return {"log_m": self.log_m, "last": self.last, "since": self.since}

    def load(self, log_m: Floats, last: Rows, since: Rows) -> None:
        """Continue from a `state` of an engine of the same shape."""
        self.log_m, self.last, self.since = log_m.copy(), last.copy(), since.copy()
