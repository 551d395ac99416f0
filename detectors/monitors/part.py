"""A part of some observations: fewer minutes of the same."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from typing import Any

import numpy as np

from detectors.monitors.base import Observations, SignalName
from detectors.monitors.completeness import DELAY_MINUTES
from detectors.monitors.later import LATE_MINUTES

_WHOLE = frozenset(
    {"leaves", "teams", "served_models", "languages", "detector_sets", "prompt_versions", "regions"}
)
# Of what is no column of the calls, whether one belongs to the minutes [start, end).
_WITHIN: Mapping[str, Callable[[Any, int, int], bool]] = {
    "transits": lambda one, start, end: start <= one.minute + DELAY_MINUTES < end,
    "later": lambda one, start, end: start <= one.minute + LATE_MINUTES < end,
    "rulings": lambda one, start, end: start <= one.minute < end,
    "maintenance": lambda one, start, end: one.begin < end and start < one.end,
}


def cut(observations: Observations, start: int, end: int) -> Observations:
    """Return the observations of the minutes [start, end)."""
    rows = slice(*np.searchsorted(observations.minute, [start, end]).tolist())
    sliced: dict[str, Any] = {}
    for column in fields(observations):
        value = getattr(observations, column.name)
        if column.name not in _WHOLE and column.name not in _WITHIN and not isinstance(value, int):
            value = value[rows]
        sliced[column.name] = value
    for name, within in _WITHIN.items():
        sliced[name] = [one for one in sliced[name] if within(one, start, end)]
    return Observations(**{**sliced, "start": start, "end": end})


def ruled(observations: Observations, *signals: SignalName) -> Iterator[Observations]:
    """Yield the observations in parts, so that rulings about these signals come at the start of one."""
    minutes = {one.minute for one in observations.rulings if one.signal in signals}
    edges = sorted({observations.start, *minutes, observations.end})
    if len(edges) == 2:  # noqa: PLR2004 - start and end
        yield observations
        return
    for start, end in itertools.pairwise(edges):
        yield cut(observations, start, end)
