"""The traffic of a small fleet, line by line."""

from collections import Counter
from dataclasses import replace
from datetime import date, datetime

import pytest
from fmwatch.event import Change, Event, Feedback, Generation

from services.demo.demo import planned
from services.demo.fleet import fleet
from services.demo.incidents import Plan
from services.demo.lane import Lane
from services.demo.samples import samples
from services.demo.traffic import Traffic
from stream.decode import decode

AS_OF = date(2026, 8, 21)
THIN = 0.1  # of the volumes of the demo, so that these tests are quick


@pytest.fixture(scope="module")
def plan() -> Plan:
    """Return a plan of few calls."""
    return thinned(planned(seed=3, days=20, incidents="all", as_of=AS_OF))


def thinned(plan: Plan) -> Plan:
    """Return the plan with fewer calls."""
    volumes = {route: volume * THIN for route, volume in plan.volumes.items()}
    return Plan(
        plan.seed, plan.start, plan.days, volumes, plan.incidents, plan.traps, plan.topic, plan.changes
    )


@pytest.fixture(scope="module")
def events(plan: Plan) -> list[Event]:
    """Return all of its events, decoded."""

    def now() -> datetime:
        return plan.end

    return [decode(line, now) for day in Traffic(plan, fleet(), samples()).days() for line in day]


@pytest.fixture(scope="module")
def calls(events: list[Event]) -> list[Generation]:
    """Return its calls."""
    return [event for event in events if isinstance(event, Generation)]


def question(call: Generation) -> str:
    """Return what was asked."""
    return call.prompt or call.messages[-1].content


def of(calls: list[Generation], kind: str) -> list[Generation]:
    """Return the calls that something of a kind was arranged in."""
    return [call for call in calls if call.tags.get("arranged") == kind]


def test_accepted(plan: Plan, events: list[Event]) -> None:
    """The strict decoder takes every line and knows every field of it."""
    assert len(events) > 0.7 * plan.days * sum(plan.volumes.values())
    assert [event for event in events if event.extra] == []


def test_identities(calls: list[Generation]) -> None:
    """No event has the identity of another."""
    assert len({call.event_id for call in calls}) == len(calls)


def test_questions(calls: list[Generation]) -> None:
    """No question is asked twice, except where a failed call is tried again."""
    asked = Counter(question(call) for call in calls if call.attempt == 1)
    assert asked.most_common(1)[0][1] == 1


def test_order(events: list[Event]) -> None:
    """Events come in order of time and fill all the days."""
    times = [
        event.at if isinstance(event, Change) else event.occurred_at
        for event in events
        if not isinstance(event, Feedback)
    ]
    assert times == sorted(times)
    assert len({time.date() for time in times}) == 20
    assert times[-1].date() == AS_OF


def test_deterministic() -> None:
    """The same seed gives the same bytes, another seed others."""

    def first_day(seed: int) -> list[bytes]:
        small = thinned(planned(seed=seed, days=1, incidents="none", as_of=AS_OF))
        return next(Traffic(small, fleet(), samples()).days())

    assert first_day(5) == first_day(5)
    assert first_day(5) != first_day(6)


def test_same_without(plan: Plan, calls: list[Generation]) -> None:
    """Without incidents the calls come at the same moments with the same tokens and the same questions."""
    quiet = replace(plan, incidents=(), changes=())
    route = fleet().routes["engineering/code"]
    lane = Lane(quiet, fleet(), samples(), route, list(fleet().routes).index(route.name))
    before = [decode(line) for day in range(10) for _, line in sorted(lane.day(day))]
    after = [call for call in calls if call.route == route.name][: len(before)]
    assert [question(call) for call in before if isinstance(call, Generation)] == [
        question(call) for call in after
    ]


def test_labelled(calls: list[Generation]) -> None:
    """Every call says what of it is simulated, and every kind of incident and trap of a text is labelled."""
    assert all("simulated" in call.tags for call in calls)
    kinds = {call.tags["arranged"] for call in calls if "arranged" in call.tags}
    assert kinds >= {
        "hallucination",
        "spend",
        "latency",
        "unpriced",
        "lifecycle",
        "model_changed",
        "error",
        "retries",
    }


def test_failed(calls: list[Generation]) -> None:
    """A failed call has an error, no answer and no tokens; most are tried again."""
    failed = [call for call in calls if call.error_type and call.attempt == 1]
    again = [call for call in calls if call.attempt == 2 and "arranged" not in call.tags]
    assert failed
    assert again
    assert all(call.response == "" and call.usage.input is None for call in failed)


def test_storm(calls: list[Generation]) -> None:
    """One prompt is tried fifty times within ten minutes, in vain until the last."""
    storm = of(calls, "retries")
    assert len(storm) == 50
    assert len({question(call) for call in storm}) == 1
    assert (storm[-1].occurred_at - storm[0].occurred_at).total_seconds() < 600
    assert [bool(call.error_type) for call in storm] == [True] * 49 + [False]


def test_moved(plan: Plan, calls: list[Generation]) -> None:
    """Calls that an incident moves carry the new model; a silent change shows in the answer's model alone."""
    incidents = {incident.kind: incident for incident in plan.incidents}
    for kind in ("lifecycle", "unpriced"):
        assert {call.request_model for call in of(calls, kind)} == {incidents[kind].model}
    changed = of(calls, "model_changed")
    assert {call.response_model for call in changed} == {incidents["model_changed"].to}
    assert {call.request_model for call in changed} == {incidents["model_changed"].model}


def test_grounded(calls: list[Generation]) -> None:
    """Answers of a route with context are made of sentences of that context, but for what was added."""
    usual = [
        call
        for call in calls
        if call.route == "product/summary" and "arranged" not in call.tags and call.response
    ]
    held = [
        call for call in usual if call.response.split(".")[0] in " ".join(part.text for part in call.context)
    ]
    assert len(held) / len(usual) > 0.9
