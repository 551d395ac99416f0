"""What real instrumentations sent is read as it was: every recording, held against what truly took place."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stream.decode import decode
from stream.json_object import encode
from stream.otlp.calls import calls
from stream.otlp.wire import logs_of_json, logs_of_protobuf, spans_of_json, spans_of_protobuf
from tests.golden.as_json import as_protobuf
from tests.golden.aspects import ASPECTS, Aspect, Event
from tests.golden.page import page
from tests.golden.producer import Claim, Producer, producers
from tests.golden.scenarios import Expected, Scenario

_ALL = [(producer, scenario) for producer in producers() for scenario in producer.scenarios]
_LOGGED = [one for one in _ALL if one[0].golden.get("content_in_logs")]
_PAGE = Path(__file__).parents[3] / "docs" / "compatibility.md"
_IN_LOGS = {"prompt", "answer", "tool calls"}


def _read(producer: Producer, scenario: Scenario, *, logs: bool = False) -> list[Event]:
    """Return the events of a recording: of its traces alone, as the gateway has them, or of both."""
    recording = producer.recording(scenario.name)
    spans = spans_of_json(json.dumps({"resourceSpans": recording["resourceSpans"]}).encode())
    records = logs_of_json(json.dumps({"resourceLogs": recording.get("resourceLogs", [])}).encode())
    read = calls(spans, records if logs else ())
    assert read.rejects == []
    return sorted(read.events, key=lambda event: int(event["occurred_at"]))


def _wrong(aspect: Aspect, call: Expected, event: Event, claim: Claim | None) -> tuple[object, object] | None:
    """Return (what was read, what should have been), or None where they are the same."""
    told, true = aspect.told(event), aspect.true(call)
    if claim and claim.told is not None:
        true = claim.told
    elif claim and true:
        return (told, claim) if told else None
    if aspect.name == "prompt" and isinstance(told, str) and call.prompt in told:
        return None  # a template is around the question
    if (not true and (not told or aspect.own)) or json.dumps(told) == json.dumps(true):
        return None
    return told, true


@pytest.mark.parametrize(("producer", "scenario"), _ALL, ids=lambda one: one.name)
def test_read_as_it_was(producer: Producer, scenario: Scenario) -> None:
    """As many calls as were billed, each as it was; what a producer does not say is not made up."""
    events, expected = _read(producer, scenario), producer.expected(scenario)
    assert len(events) == len(expected), f"{len(events)} calls were read"
    wrong = {
        aspect.name: difference
        for event, call in zip(events, expected, strict=True)
        for aspect in ASPECTS
        if (difference := _wrong(aspect, call, event, producer.claim(aspect.name, scenario.name)))
    }
    assert wrong == {}


@pytest.mark.parametrize(("producer", "scenario"), _LOGGED, ids=lambda one: one.name)
def test_content_in_logs(producer: Producer, scenario: Scenario) -> None:
    """Where content is in the log, it is read once traces and logs are read together, as from a file."""
    events, expected = _read(producer, scenario, logs=True), producer.expected(scenario)
    for event, call in zip(events, expected, strict=True):
        for aspect in ASPECTS:
            if aspect.name in _IN_LOGS:
                assert _wrong(aspect, call, event, None) is None


@pytest.mark.parametrize(("producer", "scenario"), _ALL, ids=lambda one: one.name)
def test_logs_alone(producer: Producer, scenario: Scenario) -> None:
    """Records of the log that come alone, as over HTTP, are no calls: rejected with a reason, or skipped."""
    body = json.dumps({"resourceLogs": producer.recording(scenario.name).get("resourceLogs", [])}).encode()
    read = calls((), records := logs_of_json(body))
    assert read.events == []
    assert len(read.rejects) + read.skipped == len(records)


@pytest.mark.parametrize(("producer", "scenario"), _ALL, ids=lambda one: one.name)
def test_contract(producer: Producer, scenario: Scenario) -> None:
    """Every event is one of the contract, and none is a dead letter."""
    for event in _read(producer, scenario):
        decode(encode(event))


@pytest.mark.parametrize(("producer", "scenario"), _ALL, ids=lambda one: one.name)
def test_each_span_alone(producer: Producer, scenario: Scenario) -> None:
    """Where every span comes in a request of its own, calls count as often, but for those that say so."""
    body = json.dumps({"resourceSpans": producer.recording(scenario.name)["resourceSpans"]}).encode()
    alone = [event for span in spans_of_json(body) for event in calls([span]).events]
    if "together" not in producer.golden:
        assert len(alone) == len(producer.expected(scenario))


@pytest.mark.parametrize(("producer", "scenario"), _ALL, ids=lambda one: one.name)
def test_both_encodings(producer: Producer, scenario: Scenario) -> None:
    """As protobuf, as most of them were sent, a recording is read as it is as JSON."""
    recording = producer.recording(scenario.name)
    for key, kind in (("resourceSpans", "traces"), ("resourceLogs", "logs")):
        body = {key: recording.get(key, [])}
        as_json = (spans_of_json if kind == "traces" else logs_of_json)(json.dumps(body).encode())
        wire = as_protobuf(kind, body)
        assert (spans_of_protobuf if kind == "traces" else logs_of_protobuf)(wire) == as_json


def test_page() -> None:
    """The page is made from the recordings: `python -m tests.golden.page > docs/compatibility.md`."""
    assert _PAGE.read_text() == page()
