"""Whether detectors still judge what they used to: the share they cannot, other versions, and who lags."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple, replace

import numpy as np
from numpy.typing import NDArray

from detectors.monitors.asking import asking
from detectors.monitors.base import Leaf, Observations, Signal, SignalName, Standing
from detectors.monitors.bets import RATE_ODDS, RATE_STAKES
from detectors.monitors.later import LAG, LateScores
from detectors.monitors.page_budget import Months, page_budget
from detectors.monitors.part import ruled
from detectors.monitors.question import Plan, Question
from detectors.monitors.snapshot import pack, unpack
from detectors.monitors.versions import CHANGED, VersionChanges

COVERAGE: SignalName = "detector_coverage"
DETECTORS = ("hallucination", "toxicity_response", "toxicity_prompt", "refusal", "privacy", "usage")
NAMES = (
    *(f"calls that {name} could not judge" for name in DETECTORS[:-1]),
    "calls without token counts",
)
LEAST_ODDS = 4.0
# No reference is lower: from 10 % not judged at odds of 4, more than 30 % of the calls must be missed.
LEAST_RATE = 0.1
MOST_RATE = 0.9  # of what is hardly ever judged nothing can be missed
KEPT = 64  # calls that could not be judged, of each leaf and detector
NOT_RUN, EMPTY, LANGUAGE, OTHER = range(4)
Missed = tuple[Leaf, int]  # and the number of the detector
Why = tuple[int, int]  # minute, reason
UNKNOWN = frozenset({"", "unknown"})
REASONS = (
    "it was not run: workers were overloaded, or are of another version",
    "answers are empty",
    "texts are in no language it can tell",
    "nothing that it can judge was there",
)
SUPPLIED = "no context was supplied that answers could be held against"


class CoverageMonitor:
    """Tell when detectors judge less than they used to, are others than before, or lag behind.

    The share of calls that a detector could not judge is a rate like any other, of every series, with a
    reference of its own; what is always so, for instance answers without context, is no news. Versions are
    compared call by call; detectors that work after the fact are looked at an hour later. Each of the three
    is a signal of its own, so that what ends one, or is said of it, is no word about another.

    Parameters
    ----------
    months : months(signal, watched series) between false signals
    reference_days : days of learning
    timezone : of the daily and weekly rhythm
    at_least : least odds ratio that matters, by signal; 4 where not given
    """

    name = "detector_coverage"
    version = "4"

    def __init__(
        self,
        months: Months | None = None,
        reference_days: int = 14,
        timezone: str = "UTC",
        at_least: Mapping[SignalName, float] | None = None,
    ) -> None:
        least = (at_least or {}).get(COVERAGE, LEAST_ODDS)
        questions = tuple(
            Question(COVERAGE, source, at_least=least, least_rate=LEAST_RATE, most_rate=MOST_RATE)
            for source in range(len(DETECTORS))
        )
        said = f"{self.name} {self.version}"
        months = months or page_budget()
        self.watch = asking(
            Plan(questions, RATE_ODDS, RATE_STAKES),
            NAMES,
            monitor=said,
            months=months,
            reference_days=reference_days,
            timezone=timezone,
        )
        self._versions = VersionChanges(said)
        self._later = LateScores(said, months)
        self._missed: dict[Missed, list[Why]] = {}  # newest last

    def update(self, observations: Observations) -> Sequence[Signal]:
        parts = ruled(observations, COVERAGE, CHANGED, LAG)
        return [signal for part in parts for signal in self._part(part)]

    def _part(self, observations: Observations) -> list[Signal]:
        missed = not_judged(observations)
        newest = self._newest(observations, missed)
        found = [
            self._explained(signal, newest) if signal.state == "raised" else signal
            for signal in self.watch.update(observations, missed)
        ]
        self._missed |= {key: rows[-KEPT:] for key, rows in newest.items()}
        found += self._versions.update(observations)
        found += self._later.update(observations)
        return sorted(found, key=lambda signal: (signal.minute, signal.state, signal.series, signal.signal))

    def standing(self) -> frozenset[Standing]:
        return self.watch.standing() | self._versions.standing() | self._later.standing()

    def snapshot(self) -> bytes:
        known = frozenset(self.watch.roster.leaves)
        self._missed = {key: rows for key, rows in self._missed.items() if key[0] in known}
        missed = [[*astuple(leaf), detector, rows] for (leaf, detector), rows in self._missed.items()]
        state = {"watch": self.watch.state(), "missed": missed}
        return pack(
            self.name,
            self.version,
            {**state, "versions": self._versions.state(), "later": self._later.state()},
        )

    def restore(self, state: bytes) -> None:
        kept = unpack(self.name, self.version, state)
        self.watch.load(kept["watch"])
        self._versions.load(kept["versions"])
        self._later.load(kept["later"])
        self._missed = {
            (Leaf(*key), detector): [(minute, why) for minute, why in rows]
            for *key, detector, rows in kept["missed"]
        }

    def _newest(self, observations: Observations, missed: NDArray[np.float32]) -> dict[Missed, list[Why]]:
        """Return the calls that could not be judged, of the leaves and detectors that have new ones."""
        reason = _reasons(observations)
        newest: dict[Missed, list[Why]] = {}
        for detector in range(len(DETECTORS)):
            rows = np.flatnonzero(missed[:, detector] == 1.0)
            leaf = observations.leaf[rows]
            for number in np.unique(leaf).tolist():
                key, own = (observations.leaves[number], detector), rows[leaf == number]
                minutes, whys = observations.minute[own].tolist(), reason[own, detector].tolist()
                newest[key] = self._missed.get(key, []) + list(zip(minutes, whys, strict=True))
        return newest

    def _explained(self, signal: Signal, newest: Mapping[Missed, list[Why]]) -> Signal:
        """Add which detector it is, and why most of its calls could not be judged."""
        detector = NAMES.index(signal.facts["what"])
        name = DETECTORS[detector]
        reasons = [
            why
            for (leaf, which), rows in {**self._missed, **newest}.items()
            if which == detector and leaf.tenant == signal.series.tenant and leaf.route in signal.routes
            for minute, why in _until(rows, signal.minute)
            if minute >= signal.began
        ]
        why = max(range(len(REASONS)), key=lambda one: (reasons.count(one), one == OTHER))
        said = SUPPLIED if why == OTHER and name == "hallucination" else REASONS[why]
        if name == "usage":
            said = "the provider or the application does not report them"
        facts = {**signal.facts, "detector": name, "reason": said}
        note = f"{NAMES[detector][0].upper()}{NAMES[detector][1:]}: {said}. {signal.note}".strip()
        return replace(signal, facts=facts, note=note)


def not_judged(observations: Observations) -> NDArray[np.float32]:
    """Return one row per call in the order of `DETECTORS`: 1 where it could not be judged, NaN for errors."""
    labels = [
        observations.hallucinated,
        observations.toxic_response,
        observations.toxic_prompt,
        observations.refused,
        observations.privacy,
    ]
    columns = [label < 0 for label in labels] + [np.isnan(observations.input_tokens)]
    missed = np.stack(columns, axis=1).astype(np.float32)
    missed[observations.error] = np.nan
    return missed


def _reasons(observations: Observations) -> NDArray[np.int64]:
    """Return why a detector may have nothing to say of a call, (calls, detectors)."""
    unknown = np.array([name in UNKNOWN for name in observations.languages] or [False])
    labels = (
        observations.hallucinated,
        observations.toxic_response,
        observations.toxic_prompt,
        observations.refused,
        observations.privacy,
    )
    reason = np.full((len(observations), len(DETECTORS)), OTHER)
    reason[unknown[observations.language]] = LANGUAGE
    reason[observations.empty] = EMPTY
    for detector, label in enumerate(labels):
        reason[label == -2, detector] = NOT_RUN  # noqa: PLR2004 -- the store's code for a label that is not there
    return reason


def _until(rows: Sequence[Why], minute: int) -> list[Why]:
    """Return the newest as of a minute, as many as are kept: so the cut of time does not matter."""
    return [row for row in rows if row[0] <= minute][-KEPT:]
