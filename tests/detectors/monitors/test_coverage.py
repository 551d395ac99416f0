"""What detectors do not judge any more: the share, the reason, other versions, and who lags behind."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from detectors.monitors.base import Later, Leaf, Observations, Signal
from detectors.monitors.coverage import CoverageMonitor
from detectors.monitors.later import LATE_MINUTES
from detectors.monitors.testing import cut
from detectors.monitors.testing_volume import START, Line, traffic

DAY = 1440
ANSWERS = Leaf("default", "openai", "support/answers", "gpt-5.4")
SEARCH = Leaf("default", "azure", "shop/search", "gpt-5.4-mini")
LINES = [Line(ANSWERS, "support", 800), Line(SEARCH, "shop", 800)]
CHANGE = START + int(16.4 * DAY)
Mask = NDArray[np.bool_]


def found(observations: Observations) -> list[Signal]:
    """Return what the monitor says, told a day at a time."""
    monitor = CoverageMonitor()
    signals: list[Signal] = []
    for start in range(observations.start, observations.end, DAY):
        signals += monitor.update(cut(observations, start, start + DAY))
    return signals


def seen(days: int, seed: int, change: Callable[[Observations, Mask], Observations]) -> Observations:
    """Return two routes that one in twenty calls of cannot be judged, changed from the change on."""
    observations = traffic(LINES, days, seed)
    random = np.random.default_rng(seed)

    def label() -> NDArray[np.int8]:
        return np.where(random.random(len(observations)) < 0.05, -1, 0).astype(np.int8)

    observations = replace(
        observations,
        hallucinated=label(),
        toxic_response=label(),
        toxic_prompt=label(),
        refused=label(),
        privacy=label(),
    )
    return change(observations, observations.minute >= CHANGE)


def test_nothing() -> None:
    """One in twenty, as always, is no news."""
    assert found(seen(24, 1, lambda observations, _: observations)) == []


def test_context() -> None:
    """Answers without their context are named, on their route, with the reason."""

    def without(observations: Observations, after: Mask) -> Observations:
        gone = after & (observations.leaf == 0)
        return replace(
            observations, hallucinated=np.where(gone, -1, observations.hallucinated).astype(np.int8)
        )

    raised = found(seen(18, 2, without))[0]
    assert (raised.series.route, raised.facts["detector"]) == ("support/answers", "hallucination")
    assert "context" in raised.facts["reason"]
    assert raised.observed > 0.5
    assert abs(raised.began - CHANGE) < 120
    assert raised.minute - CHANGE < 6 * 60


def test_not_run() -> None:
    """A detector that is not run on any route is one signal, and says so."""

    def skipped(observations: Observations, after: Mask) -> Observations:
        return replace(observations, privacy=np.where(after, -2, observations.privacy).astype(np.int8))

    raised = [one for one in found(seen(18, 3, skipped)) if one.state == "raised"]
    assert raised[-1].series.level == "fleet"
    assert raised[-1].facts["detector"] == "privacy"
    assert "not run" in raised[-1].facts["reason"]


def test_small_share() -> None:
    """A share that stays below a fifth is not worth a ticket."""

    def some(observations: Observations, after: Mask) -> Observations:
        gone = after & (np.arange(len(observations)) % 8 == 0)
        return replace(
            observations, toxic_prompt=np.where(gone, -1, observations.toxic_prompt).astype(np.int8)
        )

    assert found(seen(24, 4, some)) == []


def test_hardly_ever() -> None:
    """What was hardly ever judged is no news when it is never judged any more."""

    def never(observations: Observations, after: Mask) -> Observations:
        seldom = ~after & (np.arange(len(observations)) % 50 == 0)
        return replace(observations, hallucinated=np.where(seldom, 0, -1).astype(np.int8))

    assert found(seen(21, 8, never)) == []


def test_version() -> None:
    """Another version is said once, and over an hour after the last call of the old one."""

    def newer(observations: Observations, after: Mask) -> Observations:
        sets = ['{"privacy":"3","refusal":"1"}', '{"privacy":"4","refusal":"1"}']
        mixed = after & ((observations.minute >= CHANGE + 30) | (np.arange(len(after)) % 2 == 0))
        return replace(observations, detector_sets=sets, detectors=mixed.astype(np.int32))

    raised, cleared = found(seen(18, 5, newer))
    assert raised.facts["what"] == "version"
    assert raised.facts["reason"] == "privacy 3 to 4"
    assert 0 <= raised.minute - CHANGE < 30
    assert cleared.state == "cleared"
    assert 60 <= cleared.minute - CHANGE <= 95


def judged(observations: Observations, share: float, until: int, again: int) -> list[Later]:
    """Return what a judge scored of a fleet's calls, and nothing between two minutes."""
    minutes, n = np.unique(observations.minute, return_counts=True)
    random = np.random.default_rng(9)
    return [
        Later("default", "judge", int(minute), int(random.binomial(calls, share)))
        for minute, calls in zip(minutes.tolist(), n.tolist(), strict=True)
        if not until <= minute < again
    ]


def test_lag() -> None:
    """A judge that stops is said with how far it is behind, and over when it has caught up."""
    observations = traffic(LINES, 20, 6)
    later = judged(observations, 0.2, CHANGE, CHANGE + DAY)
    raised, cleared = found(replace(observations, later=later))
    assert raised.facts["detector"] == "judge"
    assert int(raised.facts["behind_minutes"]) >= LATE_MINUTES
    assert raised.minute - CHANGE < 6 * 60 + LATE_MINUTES
    assert (cleared.state, cleared.series) == ("cleared", raised.series)
    assert cleared.minute - CHANGE - DAY < 6 * 60 + LATE_MINUTES


def test_no_lag() -> None:
    """A judge of a small sample that goes on is left in peace, at night too."""
    observations = traffic(LINES, 28, 7)
    assert found(replace(observations, later=judged(observations, 0.05, 0, 0))) == []
