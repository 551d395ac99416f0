"""A signal that stands: which leaves it holds back, and when they have returned to their reference."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace

import numpy as np
from numpy.typing import NDArray

from detectors.monitors.base import Ruling, Series, Signal, SignalName
from detectors.monitors.bets import LOWEST, odds_llr
from detectors.monitors.localise import Counts
from detectors.monitors.snapshot import State

MINUTES_PER_DAY = 1440.0
LOG_EVIDENCE = math.log(3650.0)
LISTS = ("routes", "teams", "examples")  # fields of a signal that are several
GONE_MINUTES = 7 * 1440  # without a call that could be judged, and there is nothing left to wait for
LEAST_ODDS = 1.3  # a smaller shift would need months of proof that it has gone


@dataclass
class Incident:
    """A raised signal until it is cleared.

    Recovery is the engine's bet the other way round, clocked in days: reference against an effect that
    stays. It clears at 3,650, so such an effect is declared over once in ten years at most: what is cleared
    and goes on alerts twice. An effect looks larger at its alarm than it is, so the bet is against the low
    end of what it may be (`Estimate.least`).

    Attributes
    ----------
    covers : every series raised for it; the last is the present one
    leaves : numbers of the affected leaves; their calls count for nothing else meanwhile
    question : number of the question that found it
    odds : the least effect it may have, as odds ratio
    log_r, last : the recovery bet and the minute it has seen
    raised : the signal it was last raised with
    """

    signal: SignalName
    covers: list[Series]
    leaves: frozenset[int]
    question: int
    odds: float
    began: int
    last: int
    log_r: float = -math.inf
    raised: Signal | None = None

    def recovered(self, counts: Counts, end: int) -> int | None:
        """Take counts of the affected leaves before `end`; return the minute that ends it.

        That is the one that proves recovery, or the last of a week without calls.
        """
        counts = counts[(counts.minute >= self.last) & (counts.minute < end)].of(self.leaves)
        gone = self.last + GONE_MINUTES
        if not len(counts.minute) or counts.minute[0] >= gone:
            return gone - 1 if end >= gone else None
        minute, start = np.unique(counts.minute, return_index=True)
        odds = np.array([max(self.odds, LEAST_ODDS)])
        llr = -odds_llr(counts.n, counts.bad, np.maximum(counts.rate, LOWEST), odds)[:, 0]
        for at, nats in zip(minute.tolist(), np.add.reduceat(llr, start).tolist(), strict=True):
            elapsed = (at + 1 - self.last) / MINUTES_PER_DAY
            self.log_r = float(np.logaddexp(self.log_r, math.log(elapsed))) + nats
            self.last = at + 1
            if self.log_r >= LOG_EVIDENCE:
                return int(at)
        return None

    def copy(self) -> Incident:
        """Return an independent one."""
        return Incident.from_state(self.state())

    def state(self) -> State:
        """Return plain data for a snapshot."""
        plain = {
            name: getattr(self, name) for name in ("signal", "question", "odds", "began", "last", "log_r")
        }
        return {
            **plain,
            "covers": [asdict(series) for series in self.covers],
            "leaves": sorted(self.leaves),
            "raised": signal_state(self.raised) if self.raised else None,
        }

    @classmethod
    def from_state(cls, state: State) -> Incident:
        """Return the incident of a `state`."""
        covers = [Series(**key) for key in state["covers"]]
        raised = signal_from(state["raised"]) if state["raised"] else None
        return cls(**{**state, "covers": covers, "leaves": frozenset(state["leaves"]), "raised": raised})


def signal_state(signal: Signal) -> State:
    """Return a signal as plain data for a snapshot."""
    lists = {name: list(getattr(signal, name)) for name in LISTS}
    return {**asdict(signal), **lists}


def signal_from(state: State) -> Signal:
    """Return the signal of a `signal_state`."""
    lists = {name: tuple(state.get(name, ())) for name in LISTS}
    return Signal(**{**state, **lists, "series": Series(**state["series"])})


def cleared(incident: Incident, series: Series, minute: int) -> Signal:
    """Return the signal that says a series is back at its reference."""
    if incident.raised is None:
        raise ValueError("an incident is cleared only after it has been raised")
    over = replace(incident.raised, state="cleared", series=series, minute=minute, examples=())
    if minute + 1 >= incident.last + GONE_MINUTES:
        days = GONE_MINUTES // 1440
        why = f"Over for want of calls: none that could be judged for {days} days. It may not be well."
        return ended(over, why)
    return replace(over, note="Back at its reference; sizes are those while it stood.")


def ended(over: Signal, why: str) -> Signal:
    """Return the signal with why it is over, where that is not that it is well: its alert keeps it."""
    return replace(over, note=why, facts={**over.facts, "ended": why})


def said(over: Signal, ruling: Ruling) -> Signal:
    """Return the signal that says it is over, with the word of the person who ended it."""
    accepted = "A person has said that this is expected: its references begin a new version."
    false = "A person has said that this was a false alarm: its references stay."
    return replace(over, note=accepted if ruling.expected else false)


def held(incidents: Iterable[Incident]) -> frozenset[int]:
    """Return the leaves that incidents hold back."""
    return frozenset().union(*(incident.leaves for incident in incidents))


def mask(leaves: frozenset[int], count: int) -> NDArray[np.bool_]:
    """Return which of `count` leaves are among these."""
    flags = np.zeros(count, dtype=np.bool_)
    flags[list(leaves)] = True
    return flags
