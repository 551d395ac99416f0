"""Whose calls are: the team that each call names, and the routes that a team has lately had."""

from dataclasses import replace

import numpy as np
import pytest

from detectors.monitors.base import Leaf, Observations
from detectors.monitors.owners import KEPT_MINUTES, TeamRoutes, name_teams
from detectors.monitors.testing import MONDAY, Stream, cut, simulate

DAY = 1440
LEAVES = [Leaf("default", "openai", f"r{number}", "gpt") for number in range(3)]


def shared() -> Observations:
    """Return nine days of three routes of one team, of which another one has a part of the last one's calls.

    The first route has calls on the first day only.
    """
    found = simulate([Stream(leaf, "shop", 60) for leaf in LEAVES], 9, 3, only=set())
    other = (found.leaf == 2) & (np.arange(len(found)) % 3 == 0)
    day = (found.minute - MONDAY) // DAY
    # Whatever the first route has later is said to be of the second.
    leaf = np.where((found.leaf == 0) & (day > 0), 1, found.leaf).astype(np.int32)
    return replace(found, leaf=leaf, teams=["shop", "law"], team=other.astype(np.int32))


def test_last_one() -> None:
    """A route is of the team that its last call names; one without a call keeps its team."""
    known = ["a", "b", "c"]
    name_teams(known, np.array([0, 2, 0]), np.array([1, 1, 0], dtype=np.int32), ["x", "y"])
    assert known == ["x", "b", "y"]


@pytest.mark.parametrize("step", [1, 60, DAY])
def test_routes(step: int) -> None:
    """A team has the routes that its own calls of the last week ran on, however these were read."""
    seen, routes = shared(), TeamRoutes()
    for start in range(seen.start, seen.end, step):
        routes.take(cut(seen, start, start + step), start + step)
        routes.let_go(start + step)
        if start + step == MONDAY + DAY:
            assert routes.of("default", "shop", start + step) == ["r0", "r1", "r2"]
            assert routes.of("other", "shop", start + step) == []
    assert routes.of("default", "shop", seen.end) == ["r1", "r2"]
    assert routes.of("default", "law", seen.end) == ["r2"]
    assert {route for _, _, route, _ in routes} == {"r1", "r2"}


def test_as_of() -> None:
    """Calls are taken up to the minute that is asked about, each once."""
    seen, routes = shared(), TeamRoutes()
    first = int(seen.minute[seen.leaf == 2][0])
    routes.take(seen, first)
    assert "r2" not in routes.of("default", "shop", first - 1) + routes.of("default", "law", first - 1)
    routes.take(seen, first + 1)
    assert "r2" in routes.of("default", "shop", first) + routes.of("default", "law", first)
    routes.take(seen, seen.end)
    assert routes.of("default", "shop", seen.end + KEPT_MINUTES) == []
