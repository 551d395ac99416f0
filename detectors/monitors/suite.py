"""What every monitor must hold, whatever it watches: run over each of them by tests/detectors/monitors."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence

from detectors.monitors.base import Monitor, Observations, Signal, Standing
from detectors.monitors.testing import cut

Make = Callable[[], Monitor]


def signals(monitor: Monitor, observations: Observations, edges: Sequence[int]) -> list[Signal]:
    """Return what a monitor finds when the minutes are cut at these edges, first and last included.

    What it says that stands must be what it has raised and not cleared.
    """
    found: list[Signal] = []
    before = monitor.standing()
    for start, end in itertools.pairwise(edges):
        found += monitor.update(cut(observations, start, end))
        stands = _standing(before, found)
        if monitor.standing() != stands:
            raise AssertionError(f"{monitor.name} says that {monitor.standing()} stands: {stands} does")
    return found


def check_cut(make: Make, observations: Observations, step: int) -> list[Signal]:
    """Check that the cut of time does not matter, and return the signals.

    A day at once must give exactly what pieces of `step` minutes give, also in order.
    """
    days = [*range(observations.start, observations.end, 1440), observations.end]
    pieces = [*range(observations.start, observations.end, step), observations.end]
    whole = signals(make(), observations, days)
    parts = signals(make(), observations, pieces)
    if whole != parts:
        raise AssertionError(f"days give {len(whole)} signals, pieces {len(parts)}: {_first(whole, parts)}")
    return whole


def check_restore(make: Make, observations: Observations, at: int) -> None:
    """Check that a monitor restored at minute `at` goes on as if never interrupted."""
    before, after = cut(observations, observations.start, at), cut(observations, at, observations.end)
    monitor, other = make(), make()
    monitor.update(before)
    other.restore(monitor.snapshot())
    if list(monitor.update(after)) != list(other.update(after)):
        raise AssertionError("a restored monitor finds something else")
    if monitor.snapshot() != other.snapshot():
        raise AssertionError("a restored monitor ends in another state")


def check_foreign_snapshot(make: Make) -> None:
    """Check that a snapshot of something else is refused with a ValueError."""
    try:
        make().restore(b"\x80")
    except ValueError:
        return
    raise AssertionError("a foreign snapshot was accepted")


def check_signals(found: Sequence[Signal]) -> None:
    """Check that signals are in order of time and consistent in themselves."""
    if [signal.minute for signal in found] != sorted(signal.minute for signal in found):
        raise AssertionError("signals are not in order of time")
    for signal in found:
        if not signal.began_low <= signal.began <= signal.began_high <= signal.minute:
            raise AssertionError(f"impossible start: {signal}")
        if not signal.low <= signal.observed <= (math.inf if signal.high is None else signal.high):
            raise AssertionError(f"observed outside its interval: {signal}")
        if not (signal.routes and 0.0 <= signal.share_of_traffic <= 1.0):
            raise AssertionError(f"no routes or an impossible share: {signal}")


def _standing(before: frozenset[Standing], found: Sequence[Signal]) -> frozenset[Standing]:
    """Return what stood before or was raised, and was not cleared since."""
    last = {(signal.signal, signal.series): signal.state for signal in found}
    raised = {one for one, state in last.items() if state == "raised"}
    return frozenset((before - last.keys()) | raised)


def _first(whole: Sequence[Signal], parts: Sequence[Signal]) -> object:
    return next((pair for pair in zip(whole, parts, strict=False) if pair[0] != pair[1]), "one has more")
