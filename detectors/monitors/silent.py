"""Routes that are silent, until their calls are back."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

import numpy as np

from detectors.monitors.base import Series, Signal
from detectors.monitors.fall import fall_llr
from detectors.monitors.incident import LOG_EVIDENCE, MINUTES_PER_DAY, signal_from, signal_state
from detectors.monitors.profile import SLOT_MINUTES, Profile
from detectors.monitors.snapshot import State

BACK = 0.7  # of the usual volume, that is bet on as the end of a silence
LEAST_FACTOR, MOST_FACTOR = 0.02, 0.7


@dataclass
class Silent:
    """A raised silence. It ends when the bet on its end, clocked in days, stands at 3,650.

    Attributes
    ----------
    covers : every series raised for it; the last is the present one
    routes : rows of the volumes; their calls count for nothing else meanwhile
    profile : their usual volume together
    factor : the most that may be left of it
    began : slot
    raised : the signal it was last raised with
    """

    covers: list[Series]
    routes: frozenset[int]
    profile: Profile
    factor: float
    began: int
    raised: Signal
    log_r: float = -math.inf

    def over(self, calls: float, cell: int) -> bool:
        """Take the calls of one more slot; tell whether they are back."""
        factor = np.array([min(max(self.factor, LEAST_FACTOR) / BACK, MOST_FACTOR)])
        expected = np.array([BACK * self.profile.mean[cell]])
        llr = -float(fall_llr(np.array([calls]), expected, self.profile.spread, factor)[0, 0])
        elapsed = math.log(SLOT_MINUTES / MINUTES_PER_DAY)
        self.log_r = float(np.logaddexp(self.log_r, elapsed)) + llr
        return self.log_r >= LOG_EVIDENCE

    def state(self) -> State:
        """Return plain data for a snapshot."""
        return {
            "covers": [asdict(series) for series in self.covers],
            "routes": sorted(self.routes),
            "profile": self.profile.state(),
            "raised": signal_state(self.raised),
            **{name: getattr(self, name) for name in ("factor", "began", "log_r")},
        }

    @classmethod
    def from_state(cls, state: State) -> Silent:
        """Return the one of a `state`."""
        made = {
            "covers": [Series(**key) for key in state["covers"]],
            "routes": frozenset(state["routes"]),
            "profile": Profile(**state["profile"]),
            "raised": signal_from(state["raised"]),
        }
        return cls(**{**state, **made})


def held(silent: list[Silent]) -> frozenset[int]:
    """Return the routes that are silent."""
    return frozenset().union(*(one.routes for one in silent))
