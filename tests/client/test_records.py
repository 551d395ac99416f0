import json

import pytest
from fmwatch import records
from fmwatch.records import CHANGES, FEEDBACK, GENERATIONS, MAX_LINES, MAX_RECORD_BYTES, gathered, key, topic

from stream import topics
from stream.border import Border
from stream.border import gathered as by_border
from stream.topics import INGEST, TOPICS

EVENTS = [
    {"route": "support/answer"},
    {"app": "helpdesk"},
    {"tenant": "acme"},
    {"tenant": "acme", "route": "r", "app": "a"},
    {"route": 5},
    {"route": "é" * 600},
    {"tenant": "", "route": ""},
    {"type": "nonsense", "route": "r"},
    {"type": "feedback", "event_id": "a"},
    {"type": "feedback", "tenant": "acme"},
    {"type": "change", "tenant": "acme", "route": "r"},
]


def test_topics() -> None:
    """The topics that a client writes to are those that the server reads, beside its own receipts."""
    assert set(records.TOPICS.values()) == set(INGEST) - {topics.RECEIPTS}
    assert (topics.GENERATIONS, topics.FEEDBACK, topics.CHANGES) == (GENERATIONS, FEEDBACK, CHANGES)
    assert min(TOPICS[name].max_record_bytes for name in INGEST) > MAX_RECORD_BYTES


@pytest.mark.parametrize("fields", EVENTS, ids=str)
def test_as_the_border(fields: dict[str, object]) -> None:
    """An event has the topic and the key that the gateway's border gives it."""
    one = Border([]).admit(json.dumps(fields).encode())
    assert (topic(fields), key(fields, topic(fields))) == (one.topic, one.key)


def test_gathered() -> None:
    """Lines are gathered as by the border: of one key, in order, bounded, none lost."""
    lines = [json.dumps({"route": f"r{n % 3}", "n": n}).encode() for n in range(500)]
    lines += [json.dumps({"route": "big", "prompt": "x" * 300_000}).encode()] * 4
    admitted = [Border([]).admit(line) for line in lines]
    expected = {
        name: [(record.key, record.value) for record in found] for name, found in by_border(admitted).items()
    }
    placed = [(one.topic, one.key, one.line) for one in admitted]
    found = gathered(placed, lambda key, value: (key, value))
    assert found == expected
    assert max(value.count(b"\n") for _, value in found[GENERATIONS]) == MAX_LINES - 1
