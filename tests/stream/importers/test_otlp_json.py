"""Files of OpenTelemetry's file exporter as events."""

import json
from pathlib import Path

import pytest

from stream.importers.source import passed_over
from tests.stream.importers.reading import DATA, events, opened


def test_line() -> None:
    """A line's model calls become events, its other spans are passed over, a broken one is a dead letter."""
    made = opened("otlp_traces.jsonl")
    assert len([line for source in made for line in source.lines()]) == 2
    assert passed_over(made) == {"metrics": 1, "spans and log records": 2}
    event, letter = events("otlp_traces.jsonl")
    assert (event["app"], event["response"], event["usage"]["input"]) == ("helpdesk", "By card.", 100)
    assert (letter["reason"], letter["head"][:22]) == ("missing_field", "span 0000000000000003 ")
    assert "record 1 of " in letter["message"]
    assert "ana" not in str((event, letter))


@pytest.mark.parametrize("number", ["9" * 400, '"' + "9" * 400 + '"', '"1000000000000000000000000"'])
def test_large_numbers(tmp_path: Path, number: str) -> None:
    """A time that fits no 64 bits costs its span a dead letter, and not the good span beside it."""
    line = (DATA / "otlp_traces.jsonl").read_text().splitlines()[0]
    (tmp_path / "a.jsonl").write_text(line.replace('"endTimeUnixNano": "0"', f'"endTimeUnixNano": {number}'))
    event, letter = events("a.jsonl", folder=tmp_path)
    assert (event["response"], letter["reason"]) == ("By card.", "wrong_type")
    assert "64 bits" in json.dumps(letter)
