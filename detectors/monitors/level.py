"""How large calls are: latency, time to first token, tokens, spend per call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from detectors.monitors.asking import asking
from detectors.monitors.base import Observations, Signal, SignalName, Standing
from detectors.monitors.bets import LEVEL_ODDS, LEVEL_STAKES
from detectors.monitors.page_budget import Months
from detectors.monitors.question import Plan, Question
from detectors.monitors.readiness import Readiness, readiness
from detectors.monitors.snapshot import pack, unpack

NAMES = ("latency", "time to first token", "input tokens", "output tokens", "spend per call")
UNITS = ("ms", "ms", "tokens", "tokens", "usd")
SIGNALS: tuple[SignalName, ...] = ("latency", "ttft", "tokens", "tokens", "spend")
QUANTILES = (0.25, 0.5, 0.75, 0.9, 0.95, 0.99)
AT_LEAST = 1.1  # a tenth more of anything is no alert


class LevelMonitor:
    """Tell when calls have become slower, longer or dearer, in the middle or in the tail.

    Half of each signal's stake goes to exceedances of the leaf's own quantiles, half to the mean rank
    among its reference values. Only rises count. Latency is of successful calls. Calls that are longer
    take longer: then `latency` follows `tokens`, and both are said.

    Parameters
    ----------
    months : months(signal, watched series) between false signals
    reference_days : days of learning
    timezone : of the daily and weekly rhythm
    at_least : least ratio of values that matters, by signal; 1.1 where not given
    """

    name = "level"
    version = "6"

    def __init__(
        self,
        months: Months | None = None,
        reference_days: int = 14,
        timezone: str = "UTC",
        at_least: Mapping[SignalName, float] | None = None,
    ) -> None:
        self.watch = asking(
            _plan(at_least or {}),
            NAMES,
            UNITS,
            monitor=f"{self.name} {self.version}",
            months=months,
            reference_days=reference_days,
            timezone=timezone,
        )

    def update(self, observations: Observations) -> Sequence[Signal]:
        return self.watch.update(observations, values(observations))

    def readiness(self) -> Iterable[Readiness]:
        return readiness(self.watch.roster)

    def standing(self) -> frozenset[Standing]:
        return self.watch.standing()

    def snapshot(self) -> bytes:
        return pack(self.name, self.version, self.watch.state())

    def restore(self, state: bytes) -> None:
        self.watch.load(unpack(self.name, self.version, state))


def values(observations: Observations) -> NDArray[np.float32]:
    """Return one row per call in the order of `NAMES`; NaN where unknown."""
    ok = ~observations.error
    columns = [
        np.where(ok, observations.latency_ms, np.nan),
        np.where(ok, observations.ttft_ms, np.nan),
        np.where(ok, observations.input_tokens, np.nan),
        np.where(ok, observations.output_tokens, np.nan),
        np.where(ok, observations.cost_usd, np.nan),
    ]
    return np.stack(columns, axis=1).astype(np.float32)


def _plan(at_least: Mapping[SignalName, float]) -> Plan:
    questions = tuple(
        Question(signal, source, quantile, ratio=at_least.get(signal, AT_LEAST))
        for source, signal in enumerate(SIGNALS)
        for quantile in QUANTILES
    )
    return Plan(questions, LEVEL_ODDS, LEVEL_STAKES, ranks=True)
