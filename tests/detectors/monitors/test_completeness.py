"""Lost calls: whose they are, on which routes, and that the cut of time does not matter."""

from dataclasses import replace

import pytest

from detectors.monitors.base import Leaf, Observations, Transit
from detectors.monitors.completeness import DELAY_MINUTES, CompletenessMonitor
from detectors.monitors.suite import check_cut, check_restore, check_signals
from detectors.monitors.testing import MONDAY, Stream, simulate

DAY = 1440


def lost() -> Observations:
    """Return a day of four routes of few calls, with an hour in which half of what came got lost."""
    leaves = [Leaf("default", "openai", f"r{number}", "gpt") for number in range(4)]
    found = simulate([Stream(leaf, "shop", 60) for leaf in leaves], 1, 3, only=set())
    transits = [
        Transit("default", "shop", minute, 40, 20 if 600 <= minute - MONDAY < 660 else 0)
        for minute in range(found.start, found.end - DELAY_MINUTES)
    ]
    return replace(found, transits=transits)


@pytest.mark.parametrize("step", [1, 60, 97])
def test_routes(step: int) -> None:
    """All routes of the team are named, also those without a call in the minute that tells."""
    found = check_cut(CompletenessMonitor, lost(), step)
    check_signals(found)
    assert [(one.state, one.routes, one.teams) for one in found] == [
        (state, ["r0", "r1", "r2", "r3"], ["shop"] * 4) for state in ("raised", "cleared")
    ]


def test_restore() -> None:
    """A restored monitor knows a team's routes as before."""
    check_restore(CompletenessMonitor, lost(), MONDAY + 615)


def test_two_tenants() -> None:
    """What is over in two tenants is said in the order of time, not of names."""
    seen = lost()
    other = [
        replace(one, tenant="a", missing=20 if 600 <= one.minute - MONDAY < 665 else 0)
        for one in seen.transits
        if one.minute < MONDAY + 690  # then nothing comes any more
    ]
    late = [one for one in seen.transits if not 690 <= one.minute - MONDAY < 720]
    found = CompletenessMonitor().update(replace(seen, transits=[*late, *other]))
    over = [(one.series.tenant, one.minute) for one in found if one.state == "cleared"]
    assert [tenant for tenant, _ in over] == ["default", "a"]
    assert [minute for _, minute in over] == sorted(minute for _, minute in over)


@pytest.mark.parametrize("step", [1, 60, 97])
def test_another_team(step: int) -> None:
    """Whoever is hit later, and what gets lost elsewhere too, is told once, while the first loss stands."""
    seen = lost()
    late = [
        Transit("default", "search", minute, 40, 15 if 620 <= minute - MONDAY < 660 else 0)
        for minute in range(seen.start, seen.end - DELAY_MINUTES)
    ]
    unsent = Transit("default", "search", MONDAY + 640, 0, 0, 40, {"queue_full": 30})
    transits = sorted([*seen.transits, *late, unsent], key=lambda one: one.minute)
    found = check_cut(CompletenessMonitor, replace(seen, transits=transits), step)
    told = [(one.state, one.minute - DELAY_MINUTES - MONDAY) for one in found]
    assert told == [("raised", 600), ("raised", 620), ("raised", 640), ("cleared", 689)]
    assert ["search" in one.note for one in found] == [False, True, True, True]
    check_restore(CompletenessMonitor, replace(seen, transits=transits), MONDAY + 630)
