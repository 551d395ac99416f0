"""Events of every version decode forever, to the same values; the schemas say what decode takes."""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from fmwatch.event import Change, Feedback, Generation

from stream.dead_letters import letter
from stream.decode import decode
from stream.errors import InvalidEvent
from stream.log import Position
from tests.contract.schema import errors, load
from tests.stream.hostile import BROKEN, mix

GOLDEN = Path(__file__).parent / "golden"
EVENTS = sorted(path for path in GOLDEN.rglob("*.json") if not path.name.endswith(".decoded.json"))
SCHEMAS = {"generation": "event", "feedback": "feedback", "change": "change"}


def _schema_of(event: dict[str, Any]) -> str:
    return SCHEMAS[event.get("type") or "generation"]


@pytest.mark.parametrize("path", EVENTS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_golden(path: Path) -> None:
    """A golden event decodes to what it always was."""
    event = decode(path.read_bytes().strip())
    found = json.dumps(
        {"type": type(event).__name__, **asdict(event)}, default=lambda value: value.isoformat()
    )
    assert json.loads(found) == json.loads(path.with_suffix(".decoded.json").read_text())


@pytest.mark.parametrize("path", EVENTS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_golden_schema(path: Path) -> None:
    """A golden event fits its schema."""
    event = json.loads(path.read_text())
    assert errors(event, load(_schema_of(event))) == []


@pytest.mark.parametrize(
    ("name", "kind"),
    [("event", Generation), ("feedback", Feedback), ("change", Change)],
    ids=SCHEMAS.values(),
)
def test_fields(name: str, kind: type) -> None:
    """A schema lists exactly the fields that decode knows."""
    known = {field.removesuffix("_") for field in kind.__dataclass_fields__}  # type: ignore[attr-defined]  # a dataclass
    assert set(load(name)["properties"]) - {"type", "schema_version"} == known - {"schema_version"}


# Decode is stricter than a schema can say about when, and about numbers no call has.
BEYOND = {"clock_out_of_range", "too_large", "invalid_json", "invalid_encoding"}


@pytest.mark.parametrize("index", range(len(BROKEN)))
def test_refused_by_both(index: int) -> None:
    """What decode refuses for a field's presence or type does not fit the schema either."""
    reason, make = BROKEN[index]
    if reason in BEYOND:
        return
    line = make(1, Random(1))  # noqa: S311 - a test's dice
    with pytest.raises(InvalidEvent) as caught:
        decode(line)
    said = caught.value.message
    if "no time zone" in said or "cannot be read" in said or "larger than" in said or "too large" in said:
        return
    assert errors(json.loads(line), load("event")) != []


def test_taken_by_both() -> None:
    """What decode takes of a mix of good events fits the schema."""
    schema = load("event")
    for line in mix(300, seed=5).lines:
        try:
            decode(line)
        except InvalidEvent:
            continue
        assert errors(json.loads(line), schema) == []


def test_dead_letter() -> None:
    """A dead letter on its topic fits its schema."""
    error = InvalidEvent("wrong_type", "usage.input", "usage.input must be a whole number, not text")
    record = letter(
        Position("llm.generations", 3, 7), 2, b"{}", error, datetime(2026, 1, 1, tzinfo=UTC)
    ).record()
    assert errors(json.loads(record.value), load("dead_letter")) == []
