"""Whose calls are: each names its team, and teams may share a route."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from detectors.monitors.base import Observations

Ints = NDArray[np.int64]

# A team has the routes of its last week: all that it has on any day of the week.
KEPT_MINUTES = 7 * 1440


def name_teams(known: list[str], number: Ints, team: NDArray[np.int32], names: Sequence[str]) -> None:
    """Let routes or leaves be of the team that the last of these calls names.

    Parameters
    ----------
    known : the team of each number, brought up to date
    number : of each call, in order of time
    team : of each call, an index into `names`
    """
    newest = np.full(len(known), -1)
    newest[number] = team  # of several calls the last one stays
    for one in np.flatnonzero(newest >= 0).tolist():
        known[one] = names[newest[one]]


class TeamRoutes:
    """Which routes teams have had calls on during the last week, and when the last one was."""

    def __init__(self, last: Iterable[tuple[str, str, str, int]] = ()) -> None:
        self._last = {(tenant, team, route): minute for tenant, team, route, minute in last}
        self._until = 0

    def take(self, observations: Observations, until: int) -> None:
        """Take those calls before minute `until` that have not been taken yet."""
        span = np.searchsorted(observations.minute, [self._until, until]).tolist()
        self._until = max(until, self._until)
        rows = slice(*span)
        teams = max(len(observations.teams), 1)
        pair = observations.leaf[rows].astype(np.int64) * teams + observations.team[rows]
        found, place = np.unique(pair[::-1], return_index=True)
        newest = observations.minute[rows][::-1][place]
        for one, minute in zip(found.tolist(), newest.tolist(), strict=True):
            leaf, team = observations.leaves[one // teams], observations.teams[one % teams]
            key = (leaf.tenant, team, leaf.route)
            self._last[key] = max(minute, self._last.get(key, 0))

    def of(self, tenant: str, team: str, minute: int) -> list[str]:
        """Return the routes of a team as of a minute up to which calls were taken, in order of name."""
        return sorted(
            route
            for (owner, name, route), last in self._last.items()
            if (owner, name) == (tenant, team) and last > minute - KEPT_MINUTES
        )

    def let_go(self, minute: int) -> None:
        """Forget what is too old to be asked for after this minute."""
        self._last = {key: last for key, last in self._last.items() if last > minute - KEPT_MINUTES}

    def __iter__(self) -> Iterator[tuple[str, str, str, int]]:
        return ((*key, minute) for key, minute in self._last.items())
