"""Files of OpenTelemetry's file exporter as events."""

from stream.importers.source import passed_over
from tests.stream.importers.reading import events, opened


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
