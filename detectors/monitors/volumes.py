"""Calls of each route by slots of five minutes, as far back as a reference reaches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from detectors.monitors.base import Maintenance, Observations
from detectors.monitors.cells import DAY
from detectors.monitors.owners import name_teams
from detectors.monitors.profile import SLOT_MINUTES
from detectors.monitors.snapshot import State

Counts = NDArray[np.uint32]
Marks = NDArray[np.uint8]
Ints = NDArray[np.int64]
Table = TypeVar("Table", Counts, Marks)
Route = tuple[str, str]  # tenant, name

SLOTS = DAY // SLOT_MINUTES
LEAST_ROOM = 8  # rows
MAINTENANCE, SILENT = 1, 2  # why a slot teaches nothing


class Volumes:
    """One row per route seen so far, one column per slot. Retries count: whoever retries is not silent.

    Attributes
    ----------
    routes, teams, platforms : of each row; a route belongs to the platform that most of its calls ran on
    since : slot of each route's first call
    last : event id of each route's last call
    first : slot of the first column
    counts : (routes, slots), a view of a table that has rows to spare
    held : (routes, slots), bits that say why a slot teaches nothing: MAINTENANCE, SILENT; likewise
    """

    def __init__(self, first: int = 0) -> None:
        self.routes: list[Route] = []
        self.teams: list[str] = []
        self.platforms: list[str] = []
        self.since: list[int] = []
        self.last: list[str] = []
        self.first = first
        self.counts: Counts = np.zeros((0, 0), dtype=np.uint32)
        self.held: Marks = np.zeros((0, 0), dtype=np.uint8)
        self._number: dict[Route, int] = {}
        self._ran_on: list[Counter[str]] = []

    def begin_day(self, minute: int, days: int) -> None:
        """Make room for the slots of the day that begins, and forget what is older than `days` before it."""
        slot = minute // SLOT_MINUTES
        if not self.counts.shape[1]:
            self.first = slot
        new = max(slot + SLOTS - self.first - self.counts.shape[1], 0)
        gone = max(slot - days * SLOTS - self.first, 0)
        self.counts = np.pad(self.counts, ((0, 0), (0, new)))[:, gone:]
        self.held = np.pad(self.held, ((0, 0), (0, new)))[:, gone:]
        self.first += gone

    def let_go(self, held: frozenset[int]) -> Ints | None:
        """Forget routes without a call as far back as is kept; None where there are none.

        Return the new row of each route, -1 of those that are gone. What is held to be silent stays.
        """
        kept = [row for row, counts in enumerate(self.counts) if row in held or counts.any()]
        if len(kept) == len(self.routes):
            return None
        rows = np.full(len(self.routes), -1, dtype=np.int64)
        rows[kept] = np.arange(len(kept))
        for name in ("routes", "teams", "platforms", "since", "last", "_ran_on"):
            column = getattr(self, name)
            setattr(self, name, [column[row] for row in kept])
        self.counts, self.held = self.counts[kept], self.held[kept]
        self._number = {route: row for row, route in enumerate(self.routes)}
        return rows

    def count(self, observations: Observations, rows: slice, slot: int) -> None:
        """Add the calls of one slot."""
        leaf = observations.leaf[rows]
        if not len(leaf):
            return
        row_of = self._rows(observations, leaf, slot)
        row = row_of[leaf]
        name_teams(self.teams, row, observations.team[rows], observations.teams)
        calls = np.bincount(row, minlength=len(self.routes)).astype(np.uint32)
        self.counts[:, slot - self.first] += calls
        for number, event_id in zip(row.tolist(), observations.event_id[rows], strict=True):
            self.last[number] = event_id
        for number in np.unique(leaf).tolist():
            platform = observations.leaves[number].platform
            self._ran_on[int(row_of[number])][platform] += int((leaf == number).sum())

    def hold(self, windows: Sequence[Maintenance], begin: int, end: int) -> None:
        """Let the slot of the minutes [begin, end) teach nothing about routes that are worked on."""
        column = begin // SLOT_MINUTES - self.first
        for window in windows:
            if window.begin < end and begin < window.end:
                for row, (tenant, route) in enumerate(self.routes):
                    named = window.route in {"", route} and window.platform in {"", self.platforms[row]}
                    if window.tenant == tenant and named:
                        self.held[row, column] |= MAINTENANCE

    def settle(self) -> None:
        """Say anew on which platform each route mostly runs."""
        for row, ran_on in enumerate(self._ran_on):
            if ran_on:
                self.platforms[row] = min(ran_on, key=lambda name: (-ran_on[name], name))
                ran_on.clear()

    def state(self) -> State:
        """Return plain data for a snapshot."""
        plain = ("teams", "platforms", "since", "last", "first", "counts", "held")
        return {
            "routes": [list(route) for route in self.routes],
            "ran_on": [dict(ran_on) for ran_on in self._ran_on],
            **{name: getattr(self, name) for name in plain},
        }

    @classmethod
    def from_state(cls, state: State) -> Volumes:
        """Return the volumes of a `state`."""
        made = cls(state["first"])
        made.routes = [(tenant, route) for tenant, route in state["routes"]]
        made.teams, made.platforms = list(state["teams"]), list(state["platforms"])
        made.since, made.last = list(state["since"]), list(state["last"])
        made.counts, made.held = state["counts"], state["held"]
        made._number = {route: row for row, route in enumerate(made.routes)}
        made._ran_on = [Counter(ran_on) for ran_on in state["ran_on"]]
        return made

    def _rows(self, observations: Observations, leaf: NDArray[np.int32], slot: int) -> Ints:
        """Return our row of each of their leaves; unknown routes join in order of appearance."""
        present, at = np.unique(leaf, return_index=True)
        row_of = np.zeros(len(observations.leaves), dtype=np.int64)
        for number in present[np.argsort(at)].tolist():
            name = observations.leaves[number]
            route = (name.tenant, name.route)
            if route not in self._number:
                self._join(route, name.platform, slot)
            row_of[number] = self._number[route]
        return row_of

    def _join(self, route: Route, platform: str, slot: int) -> None:
        self._number[route] = len(self.routes)
        self.routes.append(route)
        self.teams.append("")
        self.platforms.append(platform)
        self.since.append(slot)
        self.last.append("")
        self._ran_on.append(Counter())
        self.counts, self.held = _grown(self.counts), _grown(self.held)


def _grown(table: Table) -> Table:
    """Return the table with one more row of zeros; twice as large behind it where there is no room left."""
    n, width = table.shape
    room = table.base
    if room is None or room.shape[1:] != (width,) or len(room) <= n:
        room = np.zeros((max(2 * n, LEAST_ROOM), width), dtype=table.dtype)
        room[:n] = table
    return room[: n + 1]
