"""Shares of bad calls: errors, unsupported answers, toxicity, refusals, privacy findings, cut answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from detectors.monitors.asking import asking
from detectors.monitors.base import Observations, Signal, SignalName, Standing
from detectors.monitors.bets import RATE_ODDS, RATE_STAKES
from detectors.monitors.page_budget import Months
from detectors.monitors.question import Plan, Question
from detectors.monitors.readiness import Readiness, readiness
from detectors.monitors.snapshot import pack, unpack

NAMES = (
    "errors",
    "unsupported answers",
    "hallucination score",
    "toxic answers",
    "toxic prompts",
    "refusals",
    "privacy findings",
    "cut answers",
)
ERROR, UNSUPPORTED, HALLUCINATION, TOXIC_ANSWER, TOXIC_PROMPT, REFUSAL, PRIVACY, CUT = range(len(NAMES))
# Least odds ratio that matters. Half as many errors more is no reason to wake anybody.
AT_LEAST: Mapping[SignalName, float] = {
    "error": 1.5,
    "hallucination": 1.3,
    "toxicity": 1.5,
    "refusal": 1.5,
    "privacy": 1.5,
    "truncated": 1.5,
}
PROMPT_ODDS = 3.0  # rude users are news only when there are far more of them than before


class RateMonitor:
    """Tell when the share of bad calls has risen, for every series and six signals.

    One observation per retry cluster. Labels are asked directly; the hallucination score also as
    exceedances of the leaf's own 90 % and 95 % points, so that a weak scorer calibrates itself. Toxicity
    is a matter of answers; toxic prompts carry a quarter of its stake, and only a threefold rise counts.

    Parameters
    ----------
    months : months(signal, watched series) between false signals
    reference_days : days of learning
    timezone : of the daily and weekly rhythm
    at_least : least odds ratio that matters, by signal; 1.5 where not given, hallucination 1.3
    """

    name = "rate"
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
    """Return one row per call in the order of `NAMES`; NaN where not assessable."""
    ok = ~observations.error
    columns = [
        observations.error.astype(np.float32),
        _label(observations.hallucinated, ok),
        np.where(ok, observations.hallucination, np.nan),
        _label(observations.toxic_response, ok),
        _label(observations.toxic_prompt),
        _label(observations.refused, ok),
        _label(observations.privacy),
        np.where(ok, observations.cut, np.nan),
    ]
    return np.stack(columns, axis=1).astype(np.float32)


def _label(label: NDArray[np.int8], ok: NDArray[np.bool_] | None = None) -> NDArray[np.float32]:
    known = label >= 0 if ok is None else (label >= 0) & ok
    return np.where(known, label > 0, np.nan).astype(np.float32)


def _plan(at_least: Mapping[SignalName, float]) -> Plan:
    def ask(signal: SignalName, source: int, quantile: float | None = None, weight: float = 1.0) -> Question:
        least = at_least.get(signal, AT_LEAST[signal])
        about = UNSUPPORTED if source == HALLUCINATION else None
        return Question(signal, source, quantile, weight, least, lends=quantile is None, about=about)

    prompts = max(PROMPT_ODDS, at_least.get("toxicity", AT_LEAST["toxicity"]))
    questions = (
        ask("error", ERROR),
        ask("hallucination", UNSUPPORTED),
        ask("hallucination", HALLUCINATION, 0.9, 0.5),
        ask("hallucination", HALLUCINATION, 0.95, 0.5),
        ask("toxicity", TOXIC_ANSWER, weight=3.0),
        Question("toxicity", TOXIC_PROMPT, weight=1.0, at_least=prompts, lends=True),
        ask("refusal", REFUSAL),
        ask("privacy", PRIVACY),
        ask("truncated", CUT),
    )
    return Plan(questions, RATE_ODDS, RATE_STAKES)
