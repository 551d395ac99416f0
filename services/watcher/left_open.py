"""What monitors of before have raised and those of now do not know of: nobody else would ever end it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from detectors.monitors.base import Monitor, Signal
from detectors.monitors.readiness import Learning, Readiness
from store.database import Database
from store.raised import standing

GRACE_MINUTES = 24 * 60  # that monitors which start anew have to find it again
ELSEWHERE = ("lifecycle", "delivery")  # signals that no monitor raises
NOT_FOUND = "Monitors started anew meanwhile, and do not find it again."
INSUFFICIENT = (
    "Insufficient data: monitors started anew meanwhile and still learn what is usual there, so nobody can "
    "tell whether it goes on."
)


def left_open(database: Database, monitors: Sequence[Monitor], minute: int) -> list[Signal]:
    """Return the ends of signals that are a day old and stand with no monitor.

    Monitors start anew where their states are lost, of another version, or of another configuration; then
    they watch all stored minutes again. To be asked when they have caught up.

    Parameters
    ----------
    minute : the last one that was watched

    Raises
    ------
    StoreUnavailable : ask the same again later
    """
    known = frozenset().union(*(monitor.standing() for monitor in monitors))
    lost = [
        one
        for one in standing(database, ELSEWHERE)
        if (one.signal, one.series) not in known and one.minute < minute - GRACE_MINUTES
    ]
    stages = _stages(monitors) if lost else []
    return [_ended(one, stages, minute) for one in lost]


def _stages(monitors: Iterable[Monitor]) -> list[Readiness]:
    return [each for monitor in monitors if isinstance(monitor, Learning) for each in monitor.readiness()]


def _ended(signal: Signal, stages: Sequence[Readiness], minute: int) -> Signal:
    unsure = any(each.stage in ("learning", "borrowed") for each in stages if _about(signal, each))
    ended = INSUFFICIENT if unsure else NOT_FOUND
    return replace(
        signal,
        state="cleared",
        minute=minute,
        examples=(),
        note=ended,
        facts={**signal.facts, "ended": ended},
    )


def _about(signal: Signal, stage: Readiness) -> bool:
    mine, theirs = signal.series, stage.series
    named = ((mine.platform, theirs.platform), (mine.model, theirs.model))
    return (
        signal.signal == stage.signal
        and mine.tenant == theirs.tenant
        and theirs.route in signal.routes
        and all(not one or not other or one == other for one, other in named)
    )
