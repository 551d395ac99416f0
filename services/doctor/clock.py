"""Clocks: this machine's clock: not before what fmwatch ships, and not before what it has already written."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from services.doctor.check import Finding, fail, ok, warn

NAME = "clock"
_SET = "set this machine's clock, for instance: timedatectl set-ntp true"
LITTLE = timedelta(seconds=5)  # of network and rounding; nothing of ours minds
MUCH = timedelta(seconds=60)  # minutes close two minutes after their end: more than half of that is too much


def own(now: datetime, made: date) -> Finding:
    """Compare our own clock with a day that this version has certainly seen.

    Parameters
    ----------
    made : the day of the shipped catalogue
    """
    known = datetime.combine(made, time(), UTC)
    said = now.isoformat(timespec="seconds")
    if now < known:
        return fail(NAME, f"{said}, which is before this version was made ({known:%Y-%m-%d})", _SET)
    return ok(NAME, said)


def against(name: str, other: datetime, now: datetime, whose: str) -> Finding:
    """Compare another machine's clock with ours.

    Parameters
    ----------
    name : of the finding
    whose : clock the other is
    """
    apart = other - now
    side = "ahead of" if apart > timedelta() else "behind"
    what = f"{whose} is {abs(apart.total_seconds()):.1f} s {side} ours"
    remedy = "set both clocks by NTP: what is late or early by the clock is judged in the wrong minute"
    if abs(apart) > MUCH:
        return fail(name, what, remedy)
    if abs(apart) > LITTLE:
        return warn(name, what, remedy)
    return ok(name, what)


def newest(name: str, at: datetime | None, now: datetime, what: str) -> Finding:
    """Tell whether the newest of something bears a time that has not come yet.

    Parameters
    ----------
    at : its time; None where there is nothing
    what : it is
    """
    if at is None:
        return ok(name, f"no {what} yet")
    said = at.isoformat(timespec="seconds")
    if at > now + MUCH:
        return fail(
            name, f"the newest {what} is of {said}, {(at - now).total_seconds():,.0f} s from now", _SET
        )
    return ok(name, f"the newest {what} is of {said}")
