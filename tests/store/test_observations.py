from __future__ import annotations

import dataclasses
import json
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from fmwatch.event import Change, Generation

from detectors.monitors.base import Later, Leaf, Maintenance, Observations
from store import observations
from store.database import Database
from store.writer import Writer
from tests.store.fleet import MINUTE, START, Encoder, batch, call, calls, moved, verdicts

DAY = 1440


def _store(database: Database, events: list[Generation]) -> None:
    Writer(database).generations([(batch(events), verdicts(events))])


def _plain(found: Observations) -> list[tuple[object, ...]]:
    """Return one comparable tuple per call, with codes looked up."""
    arrays = [
        getattr(found, field.name)
        for field in dataclasses.fields(found)
        if isinstance(getattr(found, field.name), np.ndarray)
        and field.name not in {"leaf", "team", "served", "language", "prompt_version", "region", "detectors"}
    ]
    columns = [[row.tobytes() for row in array] for array in arrays]
    leaves = [found.leaves[code] for code in found.leaf]
    teams = [found.teams[code] for code in found.team]
    served = [found.served_models[code] for code in found.served]
    languages = [found.languages[code] for code in found.language]
    versions = [found.prompt_versions[code] for code in found.prompt_version]
    regions = [found.regions[code] for code in found.region]
    sets = [found.detector_sets[code] for code in found.detectors]
    return list(
        zip(found.event_id, leaves, teams, served, languages, versions, regions, sets, *columns, strict=True)
    )


def test_values(database: Database) -> None:
    """Every call of the range comes once, with its verdicts; what could not be assessed is -1 or NaN."""
    events = calls(200)
    _store(database, events)
    given = verdicts(events)
    found = observations.read(database, MINUTE, MINUTE + DAY)
    place = {event_id: index for index, event_id in enumerate(found.event_id)}
    assert len(found) == len(place) == 200
    for index, event in enumerate(events):
        at = place[event.event_id]
        assert found.minute[at] == int(event.occurred_at.timestamp()) // 60
        assert found.leaves[found.leaf[at]] == Leaf("default", "azure", event.route, event.request_model)
        assert found.team_of(at) == event.team
        assert found.input_tokens[at] == event.usage.input
        label = given["refusal"].label[index]
        assert found.refused[at] == {"answered": 0, "refused": 1, "not_assessable": -1}[label]
        assert np.isnan(found.hallucination[at]) == (given["hallucination"].label[index] == "not_assessable")
        cost = given["spend"].parts["cost_pusd"][index]
        assert found.unpriced[at] == (cost is None)
        assert np.isnan(found.cost_usd[at]) if cost is None else found.cost_usd[at] == int(str(cost)) / 1e12
        assert found.error[at] == (given["outcome"].label[index] == "error")


def test_where_from(database: Database) -> None:
    """Each call comes with its prompt version and its region; where they were not given they are empty."""
    given = {f"e{index}": ("", "v13", "v14")[index % 3] for index in range(9)}
    events = [replace(event, prompt_version=given[event.event_id], region="eu") for event in calls(9)]
    _store(database, [*events, call(9)])
    found = observations.read(database, MINUTE, MINUTE + DAY)
    versions = [found.prompt_versions[code] for code in found.prompt_version]
    regions = [found.regions[code] for code in found.region]
    assert dict(zip(found.event_id, versions, strict=True)) == {**given, "e9": ""}
    assert dict(zip(found.event_id, regions, strict=True)) == {**dict.fromkeys(given, "eu"), "e9": ""}


def test_shared_route(database: Database) -> None:
    """Each call is of the team that it names itself, also where teams share a route."""
    events = [moved(call(1, index), event_id=f"e{index}", team=f"t{index % 3}") for index in range(9)]
    _store(database, events)
    found = observations.read(database, MINUTE, MINUTE + 1)
    assert len(found.leaves) == 1
    assert [found.team_of(row) for row in range(len(found))] == [event.team for event in events]


def test_versions(database: Database) -> None:
    """Each call says which detectors judged it, in which versions; a label that is not there is -2."""
    events = calls(5)
    Writer(database).generations([(batch(events), {**verdicts(events)})])
    found = observations.read(database, MINUTE, MINUTE + DAY)
    (text,) = found.detector_sets
    assert json.loads(text)["privacy"] == verdicts(events)["privacy"].version
    without = {name: column for name, column in verdicts(events).items() if name != "privacy"}
    Writer(database).generations([(batch(events), without)])
    assert set(observations.read(database, MINUTE, MINUTE + DAY).privacy.tolist()) == {-2}


def test_maintenance(database: Database) -> None:
    """Windows of declared work come with every range that they touch, in whole minutes, and no other."""
    window = Change(
        at=START + timedelta(seconds=90),
        tenant="default",
        kind="maintenance",
        route="support/answer",
        until=START + timedelta(minutes=5, seconds=1),
    )
    Writer(database).changes(
        [window, replace(window, kind="deploy"), replace(window, route="other", until=None)]
    )
    ranges = [(MINUTE, MINUTE + 1), (MINUTE, MINUTE + 2), (MINUTE + 5, MINUTE + 9), (MINUTE + 6, MINUTE + 9)]
    found = [list(observations.read(database, *span).maintenance) for span in ranges]
    kept = Maintenance("default", MINUTE + 1, MINUTE + 6, "support/answer")
    assert found == [[], [kept], [kept], []]


def test_later(database: Database) -> None:
    """What was scored after the fact comes an hour later, counted once a call, also of two versions."""
    rows = [
        {
            "tenant": "default",
            "event_id": event,
            "detector": "judge",
            "version": version,
            "occurred_at": START + timedelta(seconds=30),
            "score": 0.5,
            "label": "good",
            "inclusion": 0.1,
            "explanation": "",
        }
        for event, version in (("a", "1"), ("a", "2"), ("b", "1"))
    ]
    Writer(database).append("scores", rows)
    assert not observations.read(database, MINUTE, MINUTE + 60).later
    assert observations.read(database, MINUTE + 60, MINUTE + 61).later == [
        Later("default", "judge", MINUTE, 2)
    ]


def test_order(database: Database) -> None:
    """Calls are ordered by minute and event id, however they were inserted."""
    _store(database, calls(90)[::-1])
    found = observations.read(database, MINUTE, MINUTE + DAY)
    keys = list(zip(found.minute.tolist(), found.event_id, strict=True))
    assert keys == sorted(keys)


def test_embeddings_lie_at_their_call(database: Database) -> None:
    """Each row of embeddings belongs to its call; a call without text has zeros."""
    events = [*calls(50), moved(call(50, 400), prompt="", messages=(), response="")]
    _store(database, events)
    expected = batch(events).prompt_embedding
    found = observations.read(database, MINUTE, MINUTE + DAY)
    place = {event_id: index for index, event_id in enumerate(found.event_id)}
    for index, event in enumerate(events):
        assert found.prompt_embedding[place[event.event_id]].tolist() == expected[index].tolist()


def test_unknown_words(database: Database) -> None:
    """Each call has the share of its words that no dictionary holds; without text there is none."""
    events = [
        moved(call(1, 10), prompt="please reset my pasword"),
        moved(call(2, 20), prompt="please reset my password", response="Ich kann das leider nicht tun."),
        moved(call(3, 30), prompt="", messages=(), response=""),
    ]
    _store(database, events)
    found = observations.read(database, MINUTE, MINUTE + 1)
    assert found.prompt_unknown_ratio[:2].tolist() == [0.25, 0.0]
    assert np.isnan(found.prompt_unknown_ratio[2])
    assert np.isnan(found.response_unknown_ratio[1:]).all()


def test_other_encoder(database: Database) -> None:
    """Embeddings of an encoder that was not asked for are zeros."""
    _store(database, calls(3))
    same = observations.read(database, MINUTE, MINUTE + DAY, Encoder.version)
    other = observations.read(database, MINUTE, MINUTE + DAY, "another")
    assert same.response_embedding.any()
    assert not other.response_embedding.any()


def test_empty_range(database: Database) -> None:
    """A range without calls is empty, with arrays of the right kinds."""
    found = observations.read(database, MINUTE, MINUTE + 1)
    assert len(found) == 0
    assert found.prompt_embedding.shape == (0, observations.DIMENSIONS)
    assert found.first.dtype == np.bool_


def test_edges(database: Database) -> None:
    """The first minute belongs to the range, the last one does not."""
    _store(database, [call(1, 0), call(2, 59.999999), call(3, 60)])
    assert observations.read(database, MINUTE, MINUTE + 1).event_id == ["e1", "e2"]


@pytest.mark.parametrize("step", [1, 9, 45])
def test_cut_does_not_matter(database: Database, step: int) -> None:
    """An hour and a half at once is the same calls as in small pieces, retries included."""
    spread = calls(150, step_s=36.0)
    retries = [moved(call(5, 1500 + 97 * index), event_id=f"r{index}", attempt=2) for index in range(40)]
    endless = [
        moved(call(6, 240 * index), event_id=f"p{index}", conversation_id="ping", route="support/answer")
        for index in range(-700, 22)
    ]
    _store(database, spread + retries + endless)
    whole = observations.read(database, MINUTE, MINUTE + 90)
    pieces = [observations.read(database, MINUTE + at, MINUTE + at + step) for at in range(0, 90, step)]
    assert [row for piece in pieces for row in _plain(piece)] == _plain(whole)
    assert not whole.first.all()


def test_retries_are_one_observation(database: Database) -> None:
    """Of fifty retries of one prompt within ten minutes the first counts, wherever the range is cut."""
    _store(database, [moved(call(1, 10 * index), event_id=f"r{index:02}") for index in range(50)])
    assert observations.read(database, MINUTE, MINUTE + 10).first.sum() == 1
    assert observations.read(database, MINUTE + 4, MINUTE + 10).first.sum() == 0
