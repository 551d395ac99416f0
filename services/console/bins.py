"""Neighbouring hours, put together until they hold enough calls to be drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from services.console.records import Window
from services.console.sums import Hour, Sums, total

ENOUGH = 200  # calls in a bin; with fewer, the band drowns the line
FIRST_DAY = timedelta(hours=24)
HOUR = timedelta(hours=1)
LONGEST_BIN = timedelta(hours=24)
QUIET = 3  # times the usual distance between hours with calls, through which no line is drawn


@dataclass(frozen=True, slots=True)
class Bin:
    """Neighbouring hours, merged until they hold enough calls."""

    start: datetime
    end: datetime
    sums: Sums


def bins(
    hours: Sequence[Hour],
    borders: Sequence[datetime],
    signal: str,
    enough_in_trouble: int = ENOUGH,
    until: datetime | None = None,
    *,
    enough: int = ENOUGH,
) -> list[Bin]:
    """Merge hours until each bin holds enough; usual life is never merged with trouble.

    Calls are counted hour by hour, also where there are none. Where nothing came for long, compared with how
    often something comes, there is an empty bin: no line is drawn through it.

    Parameters
    ----------
    borders : the hours in which the trouble began and ended
    enough_in_trouble : calls that are enough after it began
    until : up to when it is known that nothing came; by default up to the last hour given
    enough : calls that are enough in usual life
    """
    end = max(whole_hour(until), hours[-1].at + HOUR) if hours and until else None
    if signal == "calls":
        return [_bin([hour]) for hour in _every(hours, end)]
    found: list[Bin] = []
    for run in _runs(hours):
        empty = [Bin(found[-1].end, run[0].at, Sums())] if found else []
        found += [*empty, *_merged(run, borders, signal, (enough, enough_in_trouble))]
    if found and end and end - found[-1].end >= _quiet(hours):
        found.append(Bin(found[-1].end, end, Sums()))
    return found


def _every(hours: Sequence[Hour], end: datetime | None) -> list[Hour]:
    """Return every hour from the first to the end; those that nobody has are without calls."""
    if not hours:
        return []
    known = {hour.at: hour for hour in hours}
    first, last = hours[0].at, (end or hours[-1].at + HOUR)
    moments = (first + HOUR * place for place in range((last - first) // HOUR))
    return [known.get(at) or Hour(at, Sums()) for at in moments]


def _quiet(hours: Sequence[Hour]) -> timedelta:
    """Return how far apart hours with calls are when something is missing between them."""
    apart = [later.at - hour.at for hour, later in pairwise(hours)]
    return QUIET * (sorted(apart)[len(apart) // 2] if apart else LONGEST_BIN)


def _runs(hours: Sequence[Hour]) -> list[list[Hour]]:
    """Return hours in parts, between which nothing came for long."""
    quiet = _quiet(hours)
    runs: list[list[Hour]] = []
    for hour in hours:
        if not runs or hour.at - runs[-1][-1].at >= quiet:
            runs.append([])
        runs[-1].append(hour)
    return runs


def _merged(
    hours: Sequence[Hour], borders: Sequence[datetime], signal: str, enough: tuple[int, int]
) -> list[Bin]:
    merged: list[Bin] = []
    open_: list[Hour] = []
    for hour in hours:
        crosses = bool(open_) and any(open_[0].at < border <= hour.at for border in borders)
        if crosses or (open_ and hour.at - open_[0].at >= LONGEST_BIN):
            merged.append(_bin(open_))
            open_ = []
        open_.append(hour)
        # The first day shows the start in detail; a trouble that lasts is drawn like any other time.
        early = bool(borders) and borders[0] <= hour.at < borders[0] + FIRST_DAY
        if sum(judged(each.sums, signal) for each in open_) >= enough[early]:
            merged.append(_bin(open_))
            open_ = []
    return [*merged, _bin(open_)] if open_ else merged


def evenly(hours: Sequence[Hour], window: Window, width: timedelta) -> list[Bin]:
    """Return bins of one width that fill the window, empty ones too; the last may be shorter."""
    since, until = window
    count = max(0, -(-(until - since) // width))
    held: list[list[Sums]] = [[] for _ in range(count)]
    for hour in hours:
        if since <= hour.at < until:
            held[(hour.at - since) // width].append(hour.sums)
    return [
        Bin(since + place * width, min(since + (place + 1) * width, until), total(sums))
        for place, sums in enumerate(held)
    ]


def judged(sums: Sums, signal: str) -> int:
    """Return of how many calls a signal's value is."""
    rate = sums.rate(signal)
    if rate is not None:
        return rate.n
    measured = {
        "latency": sum(sums.latency_histogram.values()),
        "ttft": sum(sums.ttft_histogram.values()),
        "spend": sums.priced_n,
        "tokens": sums.usage_n,
    }
    return measured.get(signal, sums.n)


def whole_hour(moment: datetime) -> datetime:
    """Return the beginning of the hour that a moment is in."""
    return moment.replace(minute=0, second=0, microsecond=0)


def _bin(hours: Sequence[Hour]) -> Bin:
    return Bin(hours[0].at, hours[-1].at + HOUR, total(hour.sums for hour in hours))
