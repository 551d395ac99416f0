"""What the seed decides, checked on plans alone."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from services.demo.fleet import fleet
from services.demo.incidents import NOTICE, Plan, arrange, kinds, shapes

START = datetime(2026, 7, 25, tzinfo=UTC)
SEEDS = range(50)


def planned(seed: int = 1, *, days: int = 28, incidents: str = "all") -> Plan:
    """Return a plan that begins on a Saturday."""
    return arrange(fleet(), seed=seed, days=days, start=START, incidents=incidents)


@pytest.mark.parametrize("seed", SEEDS)
def test_floor(seed: int) -> None:
    """Every incident strikes a route, or a platform, with the calls a day that it needs to be found."""
    plan = planned(seed)
    for incident in plan.incidents:
        volume = sum(plan.volumes[route] for route in incident.routes)
        assert volume >= shapes().incidents[incident.kind].floor


@pytest.mark.parametrize("seed", SEEDS)
def test_beginning(seed: int) -> None:
    """Every incident begins on day 16 to 21, in the hours of work."""
    for incident in planned(seed).incidents:
        day = (incident.began - START).days + 1
        assert 16 <= day <= 21
        assert 8 <= incident.began.hour <= 15


@pytest.mark.parametrize("seed", SEEDS)
def test_apart(seed: int) -> None:
    """No two incidents have a route and a signal in common, consequences counted."""
    taken: set[tuple[str, str]] = set()
    for incident in planned(seed).incidents:
        of = {
            (route, signal) for route in incident.routes for signal in (incident.kind, *incident.consequences)
        }
        assert not taken & of
        taken |= of


def test_enough() -> None:
    """Whatever the seed, 28 days are at least 80,000 calls, and nine incidents of different kinds."""
    for seed in SEEDS:
        plan = planned(seed)
        assert sum(plan.volumes.values()) * 28 >= 85_000
        assert sorted(incident.kind for incident in plan.incidents) == sorted(kinds())


def test_fleet() -> None:
    """The fleet has three teams, at least eight routes and at least six models."""
    known = fleet()
    assert len(known.teams) == 3
    assert len(known.routes) >= 8
    assert len({(route.platform, route.model) for route in known.routes.values()}) >= 6


def test_outage() -> None:
    """An outage lasts two hours of a working day and takes three routes on two models of one platform."""
    for seed in SEEDS:
        outage = next(incident for incident in planned(seed).incidents if incident.kind == "error")
        struck = [fleet().routes[route] for route in outage.routes]
        assert outage.ended == outage.began + timedelta(hours=2)
        assert outage.began.weekday() < 5
        assert len(struck) == 3
        assert len({route.model for route in struck}) == 2
        assert {route.platform for route in struck} == {outage.platform}


def test_seed_moves() -> None:
    """Another seed strikes other routes at other times with other sizes; the same seed is the same plan."""

    def distinct(of: Callable[[Plan], object]) -> int:
        return len({str(of(planned(seed))) for seed in range(10)})

    assert distinct(lambda plan: [incident.routes for incident in plan.incidents]) > 5
    assert distinct(lambda plan: [incident.began for incident in plan.incidents]) == 10
    assert distinct(lambda plan: [incident.size for incident in plan.incidents]) == 10
    assert planned(7) == planned(7)


@pytest.mark.parametrize("incidents", ["none", *kinds()])
def test_selection(incidents: str) -> None:
    """Leaving incidents out leaves volumes, traps and the other incidents as they were."""
    whole, part = planned(), planned(incidents=incidents)
    assert (part.volumes, part.traps, part.topic) == (whole.volumes, whole.traps, whole.topic)
    assert part.incidents == [incident for incident in whole.incidents if incident.kind == incidents]


def test_traps() -> None:
    """All traps are set, none of them on the route whose questions really move."""
    for seed in SEEDS:
        plan = planned(seed)
        moving = next(incident for incident in plan.incidents if incident.kind == "prompt_drift").routes[0]
        assert {trap.kind for trap in plan.traps} == set(shapes().traps)
        assert moving not in {route for trap in plan.traps for route in trap.routes}


def test_changes() -> None:
    """A change that brings an incident is declared before it; versions of a route follow each other."""
    plan = planned()
    spend = next(incident for incident in plan.incidents if incident.kind == "spend")
    told = next(change for change in plan.changes if change["route"] == spend.routes[0])
    assert datetime.fromisoformat(told["at"]) == spend.began - NOTICE
    for route in fleet().routes:
        versions = [(change["from"], change["to"]) for change in plan.changes if change["route"] == route]
        assert all(before[1] == after[0] for before, after in pairwise(versions))


@pytest.mark.parametrize(("days", "incidents"), [(19, "all"), (61, "all"), (0, "none"), (28, "rain")])
def test_refused(days: int, incidents: str) -> None:
    """What cannot be arranged is refused in a sentence that says what can."""
    with pytest.raises(ValueError, match="choose"):
        planned(days=days, incidents=incidents)


def test_short() -> None:
    """Twenty days leave every incident at least three days to be found."""
    for seed in SEEDS:
        plan = planned(seed, days=20)
        assert all(plan.end - incident.began >= timedelta(days=3) for incident in plan.incidents)
