"""What becomes of calls on their way as values, before it is HTML: how many came how far, and why. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.console.records import Judged, Letters, Passed, Pipeline, Window
from services.wording.numbers import UNKNOWN, count, lasting, moment, percent

DUE = timedelta(minutes=15)  # after which what is not stored counts as missing, as its monitor has it
SAYS = timedelta(minutes=60)  # how often the watcher says how far it is
QUIET = timedelta(hours=1)  # without a call, after which it is worth a look
LAGS_S = 3600
MOST = 50  # teams of the table


@dataclass(frozen=True, slots=True)
class Stage:
    """One place on the way: how many calls came so far, and how many not further, with the reason."""

    name: str
    n: str
    gap: str
    why: str


@dataclass(frozen=True, slots=True)
class Warned:
    """Something to look after, and what to do."""

    what: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Line:
    """What one detector could see of a day's calls."""

    name: str
    asked: str
    scored: str
    lag: str


@dataclass(frozen=True, slots=True)
class PipelinePage:
    """What became of calls.

    Attributes
    ----------
    alive : whether fmwatch itself watches, None where that is not known; says : the same in a sentence
    """

    now: datetime
    labelled: str
    window: Window
    presets: tuple[tuple[str, str, bool], ...]
    misread: bool
    alive: bool | None
    says: str
    warned: tuple[Warned, ...]
    stages: tuple[Stage, ...]
    teams: tuple[Passed, ...]
    teams_n: int
    letters: tuple[Letters, ...]
    detectors: tuple[Line, ...]


def alive(found: Pipeline, now: datetime) -> tuple[bool | None, str]:
    """Tell whether fmwatch watches, and how that is known."""
    beat = f"; the last heartbeat arrived {lasting(now - found.heartbeat)} ago" if found.heartbeat else ""
    if found.newest is None:
        return None, f"Nothing is stored yet, so there is nothing to watch{beat}."
    if found.watched_until is None:
        return None, f"No watcher has said yet how far it is; it does once an hour{beat}."
    behind = now - found.watched_until
    if behind <= SAYS + DUE:
        return True, f"fmwatch watches: up to {moment(found.watched_until, now)} at least{beat}."
    return (
        False,
        f"fmwatch has not watched since {moment(found.watched_until, now)}, {lasting(behind)} ago{beat}.",
    )


def stages(passed: Sequence[Passed]) -> tuple[Stage, ...]:
    """Return how many calls came how far, of all teams."""
    sums = {
        name: sum(getattr(each, name) for each in passed)
        for name in ("captured", "lost", "accepted", "rejected", "stored", "scored", "missing", "overdue")
    }
    reasons: Counter[str] = Counter()
    for each in passed:
        reasons.update({name.removeprefix("lost_"): n for name, n in each.reasons.items()})
    told = any(told_by_clients(each) for each in passed)
    unscored = max(0, sums["stored"] - sums["scored"])
    why = ", ".join(f"{name.replace('_', ' ')} {count(n)}" for name, n in reasons.most_common(6) if n)
    coming = sums["missing"] - sums["overdue"]
    overdue = f"{count(sums['overdue'])} for more than {lasting(DUE)}" if sums["overdue"] else ""
    return (
        _stage("sent by clients", sums["captured"] if told else None, sums["lost"], "lost", why),
        _stage(
            "accepted, so in the log", sums["accepted"], sums["rejected"], "refused", "dead letters, below"
        ),
        _stage(
            "stored",
            sums["stored"],
            sums["missing"],
            "not stored",
            ", ".join(part for part in (overdue, f"{count(coming)} on the way" if coming else "") if part),
        ),
        _stage(
            "scored", sums["scored"], unscored, "not judged", "nothing in them that a detector could judge"
        ),
    )


def told_by_clients(passed: Passed) -> bool:
    """Tell whether a client has said how much it sent: none is known to have lost nothing otherwise."""
    return bool(passed.captured or passed.lost)


def warned(found: Pipeline, now: datetime, *, watches: bool | None) -> tuple[Warned, ...]:
    """Return what is worth a look, the worst first."""
    overdue, lost = (sum(getattr(each, name) for each in found.passed) for name in ("overdue", "lost"))
    waiting = sum(each.n for each in found.letters if each.outcome != "stored")
    said = []
    if watches is False:
        said.append(
            Warned(
                "Nobody watches, so nothing alerts.",
                "run fmwatch up, or fmwatch worker watch; fmwatch doctor says why",
            )
        )
    if overdue:
        said.append(
            Warned(
                f"{count(overdue)} accepted calls are not stored after {lasting(DUE)}.",
                "see that fmwatch worker score runs and keeps up; runbook completeness",
            )
        )
    if lost:
        said.append(
            Warned(
                f"Applications have lost {count(lost)} calls.",
                "the reasons stand below; runbook completeness",
            )
        )
    if found.newest is not None and now - found.newest > QUIET:
        said.append(
            Warned(
                f"The newest call is {lasting(now - found.newest)} old.",
                "is nobody calling, or does nothing arrive? fmwatch doctor looks at the way",
            )
        )
    if found.newest is not None and found.newest - now > DUE:
        said.append(
            Warned(
                f"Calls come from {lasting(found.newest - now)} in the future.",
                "set the clock of whoever sends them, or of this machine",
            )
        )
    if waiting:
        said.append(Warned(f"{count(waiting)} dead letters wait.", "fmwatch dead-letters list, then replay"))
    said += [
        Warned(
            f"{each.receiver} does not take notifications: {each.waiting} wait, {each.failed} given up"
            f"{': ' + each.message[:200] if each.message else ''}",
            "look at the receiver, and at its key in the configuration",
        )
        for each in found.undelivered
    ]
    said += [
        Warned(f"{each.detector} is {lasting(timedelta(seconds=each.lag_s))} behind.", "runbook detector_lag")
        for each in found.judged
        if each.version and each.lag_s > LAGS_S  # of those that see each call some have just nothing to judge
    ]
    return tuple(said)


def detectors(found: Sequence[Judged]) -> tuple[Line, ...]:
    """Return what each detector saw; a judge that sees a sample is asked of less than all."""
    return tuple(
        Line(
            f"{each.detector.replace('_', ' ')} {each.version}".strip(),
            f"{count(each.asked_n)} of {count(each.n)} calls",
            f"{percent(each.scored_n / each.asked_n)} of {count(each.asked_n)}" if each.asked_n else UNKNOWN,
            lasting(timedelta(seconds=each.lag_s)) if each.lag_s else "none",
        )
        for each in found
    )


def letters(found: Sequence[Letters]) -> tuple[Letters, ...]:
    """Return dead letters, those that wait first."""
    return tuple(sorted(found, key=lambda each: (each.outcome == "stored", -each.n, each.reason)))


def _stage(name: str, n: int | None, gap: int, word: str, why: str) -> Stage:
    came = UNKNOWN if n is None else count(n)
    return Stage(name, came, f"{count(gap)} {word}" if gap else "", why if gap else "")
