"""The series whose traffic is steady enough that its silence can be told, and the bets that it has fallen."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from detectors.monitors.base import Level, Series
from detectors.monitors.engine import Engine
from detectors.monitors.fall import FACTORS, fall_llr
from detectors.monitors.profile import AWAKE, CELLS, SLOT_MINUTES, SOME, WORKING, Profile
from detectors.monitors.snapshot import State
from detectors.monitors.volumes import Volumes

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Routes = frozenset[int]  # rows of the volumes

SUMS = ("_calls", "_expected", "_whole", "_more")
# The level kept when several describe the same routes.
PREFERRED: tuple[Level, ...] = ("route", "fleet", "team", "platform")


def series_of(volumes: Volumes, rows: Iterable[int]) -> dict[Series, Routes]:
    """Return the series of these routes: each alone, those of a team, of a platform, and of a tenant."""
    found: dict[Series, set[int]] = {}
    for row in rows:
        tenant, route = volumes.routes[row]
        team, platform = volumes.teams[row], volumes.platforms[row]
        found.setdefault(Series("route", tenant, route=route), set()).add(row)
        found.setdefault(Series("fleet", tenant), set()).add(row)
        if team:
            found.setdefault(Series("team", tenant, team=team), set()).add(row)
        if platform:
            found.setdefault(Series("platform", tenant, platform), set()).add(row)
    return {series: frozenset(group) for series, group in found.items()}


def distinct(series: Mapping[Series, Routes]) -> dict[Series, Routes]:
    """Return one series per distinct set of routes, in a stable order."""
    kept: dict[Routes, Series] = {}
    for one, group in series.items():
        if group not in kept or rank(one) < rank(kept[group]):
            kept[group] = one
    return {one: group for group, one in sorted(kept.items(), key=lambda item: item[1])}


def rank(series: Series) -> int:
    """Return how much a series is preferred to another one of the same routes; the least is best."""
    return PREFERRED.index(series.level)


class Steady:
    """Bets, for each series, that fewer calls come than the least that may be expected.

    Parameters
    ----------
    series : with their routes
    profiles : by routes; of those that are missing or have no block nothing is bet
    months : mean time between false alarms of each that is watched
    routes : how many there are
    minute : from which time counts
    """

    def __init__(
        self,
        series: Mapping[Series, Routes],
        profiles: Mapping[Routes, Profile],
        months: float,
        routes: int,
        minute: int,
    ) -> None:
        watched = {one: group for one, group in series.items() if profiles[group].block}
        self.series = list(watched)
        self.members = list(watched.values())
        self.profiles = [profiles[group] for group in self.members]
        n = len(self.series)
        self._belongs = np.zeros((n, routes))
        for row, group in enumerate(self.members):
            self._belongs[row, sorted(group)] = 1.0
        self._low = np.array([profile.low for profile in self.profiles]).reshape(n, CELLS)
        self._working = np.array([profile.working for profile in self.profiles]).reshape(n, WORKING)
        self._free = np.array([profile.free for profile in self.profiles]).reshape(n, WORKING)
        self._spread = np.array([profile.spread for profile in self.profiles])
        self._block = np.array([profile.block for profile in self.profiles], dtype=np.int64)
        weights = np.full((n, len(FACTORS)), 1.0 / len(FACTORS))
        self.engine = Engine(weights, np.full(n, math.log(months)), minute)
        self._calls, self._expected = np.zeros(n), np.zeros(n)
        self._whole = np.ones(n, dtype=np.bool_)
        self._more = np.zeros(n)  # calls of the day so far, less what tells it from a free one
        self._hour = 0

    def renumber(self, rows: Ints) -> None:
        """Give routes new numbers; those with -1 are gone. For `carry` only: nothing is bet from then on."""
        self.members = [
            frozenset(new for new in rows[sorted(group)].tolist() if new >= 0) for group in self.members
        ]

    def carry(self, old: Steady) -> None:
        """Take over the evidence of series whose routes and blocks have stayed."""
        self._hour = old._hour
        place = {series: row for row, series in enumerate(old.series)}
        pairs = [
            (row, place[series])
            for row, series in enumerate(self.series)
            if series in place
            and old.members[place[series]] == self.members[row]
            and old._block[place[series]] == self._block[row]
        ]
        if pairs:
            mine, theirs = np.array(pairs, dtype=np.int64).T
            self.engine.adopt(old.engine, mine, theirs)
            for name in SUMS:
                getattr(self, name)[mine] = getattr(old, name)[theirs]

    def close(self, slot: int, counts: Floats, cell: int, free: Flags) -> Ints:
        """Take a closed slot; return the rows that alarm.

        Parameters
        ----------
        counts, free : (routes,) calls, and whether they count for anything: of a series in which one route's
            do not, the whole block says nothing
        """
        known = self._belongs.shape[1]  # routes that joined later belong to nothing yet
        now = self._belongs @ counts[:known]
        self._calls += now
        self._expected += self._bound(now, cell)
        self._whole &= self._belongs @ ~free[:known] == 0
        ends = (slot + 1) % self._block == 0
        rows = np.flatnonzero(ends & self._whole)
        calls, expected = self._calls[rows], self._expected[rows]
        self._calls[ends], self._expected[ends], self._whole[ends] = 0.0, 0.0, True
        llr = fall_llr(calls, expected, self._spread[rows], FACTORS)
        return self.engine.update((slot + 1) * SLOT_MINUTES - 1, rows, llr)

    def state(self) -> State:
        """Return plain data for a snapshot."""
        sums = {name: getattr(self, name) for name in SUMS}
        return {"engine": self.engine.state(), "hour": self._hour, "sums": sums}

    def load(self, state: State) -> None:
        """Continue from a `state` of the same series and profiles."""
        self.engine.load(**state["engine"])
        self._hour = state["hour"]
        for name in SUMS:
            setattr(self, name, state["sums"][name])

    def _bound(self, calls: Floats, cell: int) -> Floats:
        """Return the bound of a slot, and take in what its calls say of the day."""
        hour = cell % WORKING
        if hour < self._hour:
            self._more[:] = 0.0
        self._hour = hour
        awake = (self._more > SOME) & (cell < WORKING)
        self._more += calls - AWAKE * self._free[:, hour]
        return np.where(awake, self._working[:, hour], self._low[:, cell])
