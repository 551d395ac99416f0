"""The corpus is whole, small, and tells nothing of the machine on which it was recorded."""

from __future__ import annotations

import json
import re
import socket

import pytest

from tests.golden.aspects import ASPECTS
from tests.golden.merged import merged
from tests.golden.producer import Producer, producers
from tests.golden.record import ATTRIBUTE
from tests.golden.scenarios import SCENARIOS

_ALL = [(producer, scenario.name) for producer in producers() for scenario in producer.scenarios]
_FOLDER = re.compile(r'(?<![:\w/<])/(?:home|root|tmp|Users|work|usr|opt|var|private|mnt)/[^"\\\s]*')
_MOST_BYTES = 60_000


@pytest.mark.parametrize("producer", producers(), ids=lambda producer: producer.name)
def test_held(producer: Producer) -> None:
    """Every scenario of a producer has its file, there is no other, and versions and date are told."""
    files = {path.name for path in producer.folder.glob("*.otlp.json")}
    assert {producer.path(scenario.name).name for scenario in producer.scenarios} == files
    told = producer.recorded
    assert re.fullmatch(r"20\d\d-\d\d-\d\d", told["recorded"])
    assert set(told) & {"python", "node"}
    assert producer.package in told["packages"]


@pytest.mark.parametrize(("producer", "scenario"), _ALL, ids=lambda one: getattr(one, "name", one))
def test_nothing_of_the_machine(producer: Producer, scenario: str) -> None:
    """A recording is small, and names no host, no folder, no process."""
    text = producer.path(scenario).read_text()
    assert len(text.encode()) < _MOST_BYTES
    assert _FOLDER.findall(text) == []
    assert socket.gethostname() not in text or len(socket.gethostname()) < 5
    for key, value in ATTRIBUTE.findall(text):
        if re.match(r'"(host|process|os)\.', key):
            assert value in {'"stringValue": "-"', '"intValue": "1"'} or "array" in value


@pytest.mark.parametrize(("producer", "scenario"), _ALL, ids=lambda one: getattr(one, "name", one))
def test_ids_in_hexadecimal(producer: Producer, scenario: str) -> None:
    """Ids are OTLP/JSON's, and there is at least one span."""
    recording = producer.recording(scenario)
    spans = [
        span
        for resource in recording["resourceSpans"]
        for scope in resource["scopeSpans"]
        for span in scope["spans"]
    ]
    assert spans
    for span in spans:
        assert re.fullmatch(r"[0-9a-f]{32}", span["traceId"])
        assert re.fullmatch(r"[0-9a-f]{16}", span["spanId"])
    assert merged([recording]) == recording


@pytest.mark.parametrize("producer", producers(), ids=lambda producer: producer.name)
def test_claims_name_what_there_is(producer: Producer) -> None:
    """What a driver says is lacking or wrong is of an aspect, and of a scenario that it is recorded in."""
    names = {aspect.name for aspect in ASPECTS}
    recorded = {scenario.name for scenario in producer.scenarios}
    for claim in producer.claims:
        assert claim.aspect in names
        assert set(claim.scenarios) <= recorded
        assert claim.why


def test_scenarios_are_used() -> None:
    """Every scenario is recorded by somebody."""
    assert {name for _, name in _ALL} == set(SCENARIOS)


def test_ten_producers() -> None:
    """At least ten packages are recorded."""
    assert len({producer.package for producer in producers()}) >= 10


def test_same_again() -> None:
    """A recording is written as the recorder writes it: reading and writing changes nothing."""
    producer, scenario = _ALL[0]
    text = json.dumps(producer.recording(scenario), indent=1, ensure_ascii=False)
    assert producer.path(scenario).read_text() == ATTRIBUTE.sub(r'{"key": \1, "value": {\2}}', text) + "\n"
