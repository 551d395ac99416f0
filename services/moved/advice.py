"""What to do about a move now: roll back, wait, go on, or nothing more."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from services.moved.guards import Guard
from services.moved.steps import LADDER, LAST

LEAST_CALLS = 300
LEAST = timedelta(days=1)
KEEP = timedelta(days=7)  # the incumbent stays callable so long after the last step
_MOST = timedelta(days=28)  # whoever would wait longer for certainty does not get it from this traffic

Action = Literal["roll back", "wait", "go on", "done", "rolled back"]


@dataclass(frozen=True, slots=True)
class Stage:
    """Where a move stands.

    Attributes
    ----------
    place : of its step in `LADDER`; since : when that began
    calls : of the candidate at this step; per_hour : at this step
    began : of the move, or the first hour that is stored where it is older
    older : the move began before what is stored
    """

    place: int
    since: datetime
    calls: int
    per_hour: float
    began: datetime
    older: bool = False


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do.

    Attributes
    ----------
    until : to wait, None where this traffic never settles it
    next_share : to go on to
    """

    action: Action
    reasons: tuple[str, ...]
    until: datetime | None = None
    next_share: float | None = None


def advise(stage: Stage, guards: Sequence[Guard], now: datetime) -> Advice:
    """Return what to do; a broken guard goes before everything."""
    broken = [guard.name for guard in guards if guard.state == "broken"]
    if stage.place == 0:
        return Advice("rolled back", ("the candidate gets no calls any more",))
    if broken:
        return Advice("roll back", tuple(f"{name}: surely over its limit" for name in broken))
    return _waited(stage, guards, now) or _next(stage, guards, now)


def _waited(stage: Stage, guards: Sequence[Guard], now: datetime) -> Advice | None:
    """Return what to wait for; None where nothing more can come of waiting at this step."""
    due, reasons = _age(stage, now)
    over = [guard for guard in guards if guard.state == "over"]
    reasons += [f"{guard.name}: over its limit, not surely" for guard in over]
    settled = [_settled(guard, stage, now) for guard in over]
    if None in settled:
        return Advice("wait", (*reasons, "undecidable at this traffic: yours to decide"))
    due = max([due, *(one for one in settled if one)])
    return Advice("wait", tuple(reasons), due) if reasons else None


def _next(stage: Stage, guards: Sequence[Guard], now: datetime) -> Advice:
    """Return what comes after a step at which everything is as it should be."""
    if stage.place < LAST:
        share = LADDER[stage.place + 1]
        return Advice("go on", (f"to {share:.0%} of the calls",), next_share=share)
    if now < stage.since + KEEP:
        left = "keep the incumbent callable until then"
        return Advice("wait", (left,), stage.since + KEEP)
    if all(guard.state == "unknown" for guard in guards):
        return Advice("done", ("every call has moved; nothing is stored to compare its calls with",))
    return Advice("done", ("every call has moved, and no guard is over its limit",))


def _age(stage: Stage, now: datetime) -> tuple[datetime, list[str]]:
    """Return when a step is old enough, and what it still lacks."""
    reasons = []
    due = stage.since + LEAST
    if now < due:
        reasons.append("a step lasts a day at least")
    if stage.calls < LEAST_CALLS:
        reasons.append(f"{stage.calls:,} of {LEAST_CALLS} calls at this step")
        hours = (LEAST_CALLS - stage.calls) / max(stage.per_hour, 1e-6)
        due = max(due, now + min(timedelta(hours=hours), _MOST))
    return due, reasons


def _settled(guard: Guard, stage: Stage, now: datetime) -> datetime | None:
    """Return when a difference as it is now would be sure; None where that takes longer than a month."""
    found = guard.found
    if found is None or found.value <= guard.limit or found.error <= 0:
        return None
    more = (found.width * found.error / (found.value - guard.limit)) ** 2
    waited = max(now - stage.began, LEAST)
    if not math.isfinite(more) or waited * (more - 1) > _MOST:
        return None
    return now + waited * (more - 1)
