"""Detectors that judge a sample after the fact: whether they still do, or lag behind."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from detectors.monitors.base import Observations, Ruling, Series, Signal, SignalName, Standing
from detectors.monitors.engine import MINUTES_PER_MONTH, log_sum_exp
from detectors.monitors.fall import FACTORS, fall_llr, measure
from detectors.monitors.incident import LOG_EVIDENCE, said, signal_from, signal_state
from detectors.monitors.page_budget import Months
from detectors.monitors.snapshot import State

Floats = NDArray[np.float64]
Key = tuple[str, str]  # tenant, detector
Lagging = Mapping[str, Signal]  # what was found of each detector of a tenant that lags

LAG: SignalName = "detector_lag"

LATE_MINUTES = 60  # so long after a call its later scores are counted
HOUR = 60
LEARNT_HOURS = 7 * 24
LEAST_SCORED = 100  # in the hours learnt from
MARGIN = math.log(2.0)
BOUND = 1.645  # standard errors to the one-sided 95 % bound
BACK = 0.7  # of the usual share: then it has caught up
LEAST_FACTOR, MOST_FACTOR = 0.02, 0.7


@dataclass
class _Detector:
    """One detector of one tenant.

    Attributes
    ----------
    scored, calls : of the hours learnt from and the present one
    fresh : its first hour, which was not seen whole
    evidence : that it scores too few, in logs, by factor; `over`: that it has caught up
    newest : last minute of which a call was scored
    factor : the most that may be left of what it scored
    """

    scored: list[int] = field(default_factory=lambda: [0])
    calls: list[int] = field(default_factory=lambda: [0])
    fresh: bool = True
    evidence: list[float] = field(default_factory=lambda: [-math.inf] * len(FACTORS))
    over: float = -math.inf
    newest: int = 0
    factor: float = 1.0
    raised: Signal | None = None

    def end(self) -> None:
        """Let what was found be over, and watch anew."""
        self.raised, self.over = None, -math.inf
        self.evidence = [-math.inf] * len(FACTORS)

    def usual(self) -> tuple[float, float, float] | None:
        """Return the share of calls it scores, its lower bound, and the spread; None while it is learnt."""
        scored, calls = np.array(self.scored[:-1], dtype=float), np.array(self.calls[:-1], dtype=float)
        if len(scored) < LEARNT_HOURS or scored.sum() < LEAST_SCORED:
            return None
        share = float(scored.sum() / max(calls.sum(), 1.0))
        expected = share * calls
        excess = float(((scored - expected) ** 2 - expected).sum()) / max(float((expected**2).sum()), 1e-9)
        spread = max(excess, 0.0)
        error = math.sqrt(1.0 / scored.sum() + spread / len(scored))
        return share, share * math.exp(-BOUND * error - max(MARGIN, 2.0 * math.sqrt(spread))), spread

    def next_hour(self, *, learn: bool) -> None:
        """Begin another hour; the one that ends is learnt from, or was none to learn from."""
        if learn:
            self.scored = [*self.scored[-LEARNT_HOURS:], 0]
            self.calls = [*self.calls[-LEARNT_HOURS:], 0]
        else:
            self.scored[-1], self.calls[-1] = 0, 0

    def state(self) -> State:
        """Return plain data for a snapshot."""
        plain = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {**plain, "raised": signal_state(self.raised) if self.raised else None}

    @classmethod
    def from_state(cls, state: State) -> _Detector:
        """Return the detector of a `state`."""
        return cls(**{**state, "raised": signal_from(state["raised"]) if state["raised"] else None})


class LateScores:
    """Tells when a detector scores fewer calls within an hour than the share of its past week allows.

    Bets of the same kind as those of silence, by the hour, against a lower bound of the share of calls that
    it scores: fewer calls are no lag, and a sample is measured by its own usual size. Of a tenant it is one
    signal, however many of its detectors lag: said anew when others do, over when none does any more.

    Parameters
    ----------
    monitor : name and version of whom the signals are
    months : months(signal, watched detectors) between false signals
    """

    def __init__(self, monitor: str, months: Months) -> None:
        self._monitor, self._months = monitor, months
        self._detectors: dict[Key, _Detector] = {}
        self._calls: dict[str, dict[int, int]] = {}  # of each tenant, by minute
        self._routes: dict[str, dict[str, int]] = {}  # of each tenant, with the minute of the first call

    def update(self, observations: Observations) -> list[Signal]:
        """Take the next closed minutes, and what was scored by now of those an hour before.

        Rulings come at the start of a part.
        """
        signals = [over for ruling in observations.rulings for over in self._ruled(ruling)]
        self._remember(observations)
        start, end = observations.start - LATE_MINUTES, observations.end - LATE_MINUTES
        borders = range(-(-start // HOUR) * HOUR, end, HOUR)
        for first, after in itertools.pairwise(sorted({start, *borders, end})):
            for one in observations.later:
                if first <= one.minute < after:
                    found = self._detectors.setdefault((one.tenant, one.detector), _Detector())
                    found.scored[-1] += one.scored
                    found.newest = max(found.newest, one.minute)
            for (tenant, _), found in self._detectors.items():
                calls = self._calls.get(tenant, {})
                found.calls[-1] += sum(calls.get(minute, 0) for minute in range(first, after))
            if after % HOUR == 0:
                signals += self._hour(after)
        self._forget(end)
        return signals

    def standing(self) -> frozenset[Standing]:
        """Return what is raised and not over."""
        return frozenset((LAG, _series(tenant)) for tenant in self._lagging())

    def state(self) -> State:
        """Return plain data for a snapshot."""
        return {
            "detectors": [[*key, found.state()] for key, found in self._detectors.items()],
            "calls": {tenant: list(calls.items()) for tenant, calls in self._calls.items()},
            "routes": self._routes,
        }

    def load(self, state: State) -> None:
        """Continue from a `state`."""
        self._detectors = {
            (tenant, name): _Detector.from_state(found) for tenant, name, found in state["detectors"]
        }
        self._calls = {tenant: dict(calls) for tenant, calls in state["calls"].items()}
        self._routes = state["routes"]

    def _remember(self, observations: Observations) -> None:
        present, at = np.unique(observations.leaf, return_index=True)
        for leaf, row in zip(present.tolist(), at.tolist(), strict=True):
            name = observations.leaves[leaf]
            self._routes.setdefault(name.tenant, {}).setdefault(name.route, int(observations.minute[row]))
        for tenant in self._routes:
            own = [number for number, leaf in enumerate(observations.leaves) if leaf.tenant == tenant]
            minutes = observations.minute[np.isin(observations.leaf, own)]
            calls = self._calls.setdefault(tenant, {})
            for minute, n in zip(
                *(each.tolist() for each in np.unique(minutes, return_counts=True)), strict=True
            ):
                calls[minute] = calls.get(minute, 0) + n

    def _forget(self, end: int) -> None:
        for tenant, calls in self._calls.items():
            self._calls[tenant] = {minute: n for minute, n in calls.items() if minute >= end}

    def _ruled(self, ruling: Ruling) -> list[Signal]:
        """End what a person has spoken about; where it was expected, learn anew how much is scored."""
        signals: list[Signal] = []
        for tenant, lagging in self._lagging().items():
            if ruling.signal != LAG or _series(tenant) not in ruling.series:
                continue
            for name in lagging:
                found = self._detectors[tenant, name]
                found.end()
                if ruling.expected:
                    self._detectors[tenant, name] = _Detector(newest=found.newest)
            signals.append(said(_over(lagging, ruling.minute - 1), ruling))
        return signals

    def _hour(self, end: int) -> list[Signal]:
        """Look at every detector at the end of an hour of calls; return what is new about each tenant."""
        before = self._lagging()
        for key in sorted(self._detectors):
            self._judge(key, self._detectors[key], end)
        now, minute = self._lagging(), end + LATE_MINUTES - 1
        return [
            replace(_together(now[tenant]), minute=minute) if tenant in now else _over(before[tenant], minute)
            for tenant in sorted(before.keys() | now.keys())
            if before.get(tenant) != now.get(tenant)
        ]

    def _lagging(self) -> Mapping[str, Lagging]:
        """Return the detectors that lag, of each tenant that has any."""
        lagging: dict[str, dict[str, Signal]] = {}
        for (tenant, name), found in sorted(self._detectors.items(), key=lambda item: item[0]):
            if found.raised is not None:
                lagging.setdefault(tenant, {})[name] = found.raised
        return lagging

    def _judge(self, key: Key, found: _Detector, end: int) -> None:
        """Look at one detector at the end of an hour of calls."""
        usual = None if found.fresh else found.usual()
        if usual is None:
            found.next_hour(learn=not found.fresh)
            found.fresh = False
            return
        share, low, spread = usual
        scored, calls = np.array([float(found.scored[-1])]), float(found.calls[-1])
        if found.raised is not None:
            factor = np.array([min(max(found.factor, LEAST_FACTOR) / BACK, MOST_FACTOR)])
            llr = -float(fall_llr(scored, np.array([BACK * share * calls]), spread, factor)[0, 0])
            found.over = float(np.logaddexp(found.over, math.log(1 / 24))) + llr
            if found.over >= LOG_EVIDENCE:
                found.end()
            found.next_hour(learn=False)
            return
        llr = fall_llr(scored, np.array([low * calls]), spread, FACTORS)[0]
        injected = math.log(HOUR / MINUTES_PER_MONTH / len(FACTORS))
        found.evidence = (np.logaddexp(found.evidence, injected) + llr).tolist()
        months = self._months(LAG, len(self._detectors))
        alarm = float(log_sum_exp(np.array(found.evidence))) >= math.log(months)
        if alarm:
            found.raised = self._signal(key, found, end, share, spread)
        found.next_hour(learn=not alarm)

    def _signal(self, key: Key, found: _Detector, end: int, share: float, spread: float) -> Signal:
        tenant, detector = key
        scored, calls = (np.array(each, dtype=float) for each in (found.scored, found.calls))
        fall = measure(scored, share * calls, spread)
        found.factor = fall.factor_high
        began, low, high = (end - (len(scored) - at) * HOUR for at in (fall.began, fall.low, fall.high))
        now = end + LATE_MINUTES
        behind = now - 1 - found.newest
        note = (
            f"Of the calls of an hour ago, {detector} has scored {fall.factor:.0%} of as many as usual; the "
            f"newest call it has scored is {behind // 60} h {behind % 60} min old."
        )
        return Signal(
            signal=LAG,
            state="raised",
            series=_series(tenant),
            team="",
            minute=now - 1,
            began=began,
            began_low=low,
            began_high=high,
            observed=fall.factor * share,
            reference=share,
            low=fall.factor_low * share,
            high=fall.factor_high * share,
            unit="ratio",
            n=int(calls[fall.began :].sum()),
            routes=tuple(sorted(name for name, first in self._routes[tenant].items() if first < now)),
            share_of_traffic=1.0,
            monitor=self._monitor,
            note=note,
            facts={"detector": detector, "behind_minutes": str(behind)},
        )


def _series(tenant: str) -> Series:
    return Series("fleet", tenant)


def _together(lagging: Lagging) -> Signal:
    """Return what is found of several detectors as one signal: its sizes are those of the worst."""
    worst = min(lagging.values(), key=lambda one: one.observed / one.reference)
    behind = max(int(one.facts["behind_minutes"]) for one in lagging.values())
    facts = {"detector": ", ".join(lagging), "behind_minutes": str(behind)}
    return replace(worst, note=" ".join(one.note for one in lagging.values()), facts=facts)


def _over(lagging: Lagging, minute: int) -> Signal:
    note = "It has caught up; sizes are those while it lagged."
    return replace(_together(lagging), state="cleared", minute=minute, note=note)
