"""Which series are watched for which signal, and which cannot be yet: too new, too few calls, no calls."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

import numpy as np

from detectors.monitors.base import Series, SignalName
from detectors.monitors.cells import DAY
from detectors.monitors.roster import Roster
from detectors.monitors.yardstick import OWN

Stage = Literal["learning", "borrowed", "insufficient", "watched"]
Watched = Literal["fully", "gross", "not"]


@dataclass(frozen=True, slots=True)
class Readiness:
    """How far a series has come for one signal.

    Attributes
    ----------
    stage : learning (its reference is not complete), borrowed (nor is it, but siblings have lent theirs),
        insufficient (complete, of too few calls for a rhythm or to compare with at all), watched
    watched : for what: any change that matters, gross change only, or nothing
    since, ready : minutes from which it is learnt and at which that ends at the latest; None where only more
        calls end it
    last : minute of its last call that could be judged; None where none of the last ones could
    """

    signal: SignalName
    series: Series
    team: str
    stage: Stage
    watched: Watched
    since: int
    ready: int | None
    last: int | None


@runtime_checkable
class Learning(Protocol):
    """A monitor that has to learn before it can watch."""

    def readiness(self) -> Iterable[Readiness]:
        """Return how far every series has come that it knows."""


def readiness(roster: Roster) -> Iterator[Readiness]:
    """Yield how far the leaves of a roster have come, for each of its signals."""
    for number in range(len(roster.leaves)):
        for signal in roster.plan.signals:
            yield _of(roster, number, signal)


def _of(roster: Roster, number: int, signal: SignalName) -> Readiness:
    leaf = roster.leaves[number]
    stage, watched = _stage(roster, number, signal)
    since = max((one.since for one in roster.renewing(number, signal)), default=roster.since[number])
    return Readiness(
        signal=signal,
        series=Series("route_model", leaf.tenant, leaf.platform, leaf.route, leaf.model),
        team=roster.teams[number],
        stage=stage,
        watched=watched,
        since=since,
        ready=_ready(roster, since) if stage in ("learning", "borrowed") else None,
        last=_last(roster, number, signal),
    )


def _ready(roster: Roster, since: int) -> int | None:
    """Return when the days of learning are over; None where they are, and only more calls end it."""
    ready = since + roster.reference_days * DAY
    return ready if ready > max(roster.newest) * DAY else None


def _stage(roster: Roster, number: int, signal: SignalName) -> tuple[Stage, Watched]:
    questions, stick = roster.plan.of(signal), roster.yardsticks[number]
    usable = ~np.isnan(stick.cut[questions]) if stick else np.zeros(len(questions), dtype=np.bool_)
    asked = [one.asked for one in roster.renewing(number, signal)]
    if number in roster.learning or (asked and not usable[~np.isin(questions, np.concatenate(asked))].any()):
        borrowed = stick is not None and bool((usable & (stick.lent[questions] != OWN)).any())
        return "borrowed" if borrowed else "learning", "gross" if usable.any() else "not"
    if stick is None or not usable.any():
        return "insufficient", "not"
    return ("watched", "fully") if (usable & stick.sufficient[questions]).any() else ("insufficient", "gross")


def _last(roster: Roster, number: int, signal: SignalName) -> int | None:
    recent, sources = roster.recent[number], np.unique(roster.plan.sources[roster.plan.of(signal)])
    known = np.flatnonzero(~np.isnan(recent.values[:, sources]).all(axis=1))
    return int(recent.minute[known[-1]]) if len(known) else None
