"""Langfuse's exports as events: names, tokens that exclude each other, scores, and what is no call."""

import pytest

from stream.importers.source import passed_over
from stream.otlp.usage_details import usage_details
from tests.stream.importers.reading import by_id, events, opened

ONE = "5b1c0e8a7d2f4c11"


def test_observation() -> None:
    """A generation carries whose, which model, what was said, how long it took and what it cost."""
    event = by_id("langfuse_observations.jsonl")[ONE]
    assert (event["occurred_at"], event["latency_ms"], event["ttft_ms"]) == (
        "2026-10-29T13:46:19.963000+00:00",
        2500.0,
        500.0,
    )
    assert (event["provider"], event["request_model"], event["response_model"]) == (
        "openai",
        "gpt-4o",
        "gpt-4o-2024-08-06",
    )
    assert event["messages"][1] == {"role": "user", "content": "How do I pay?"}
    assert event["response"] == "By card."
    assert event["request"] == {"temperature": 0.2, "max_tokens": 256}
    assert (event["app"], event["prompt_name"], event["prompt_version"]) == (
        "support/answer",
        "support-answer",
        "3",
    )
    assert event["tags"] == {"channel": "chat", "beta": "", "release": "v1.2.0", "version": "7"}
    assert (event["conversation_id"], event["environment"], event["cost_usd"]) == (
        "s-1",
        "production",
        0.00022,
    )


def test_tokens() -> None:
    """Langfuse's buckets exclude each other; our input includes what came from and went to a cache."""
    found = by_id("langfuse_observations.jsonl")
    assert found[ONE]["usage"] == {"input": 100, "output": 7, "cache_read": 80, "reasoning": 2}
    assert found["obs-2"]["usage"] == {
        "input": 1262,
        "output": 40,
        "cache_read": 1000,
        "cache_write_5m": 200,
        "cache_write_1h": 50,
    }


@pytest.mark.parametrize(
    ("details", "expected"),
    [
        ({"input": "12", "output": "3", "total": "15"}, {"input": 12, "output": 3}),
        ({"input": 5, "input_image": 7, "output": 1}, {"input": 12, "output": 1}),
        ({"input": 100, "cache_read_input_tokens": 80, "total": 100}, {"input": 100, "cache_read": 80}),
        ({"output_reasoning": 4, "output": 1}, {"output": 5, "reasoning": 4}),
        ({"total": 9}, {}),
    ],
)
def test_buckets(details: dict[str, object], expected: dict[str, int]) -> None:
    """Numbers as text, kinds of input that we have no bucket for, rows sent the other way, halves."""
    assert usage_details(details)[0] == expected


def test_user() -> None:
    """A user's id is never kept, not in a dead letter either."""
    text = str(events("langfuse_observations.jsonl"))
    assert "24d4b96f58da6d4a8512313bbd02a28e" in text
    assert "'ana'" not in text
    assert '"ana"' not in text


def test_failed() -> None:
    """An error is a short word, with what was said about it beside."""
    event = by_id("langfuse_observations.jsonl")["obs-3"]
    assert (event["error_type"], event["usage_source"]) == ("RateLimitError", "missing")
    assert event["extra"]["status_message"].startswith("openai.RateLimitError")


def test_passed_over() -> None:
    """Spans are passed over and counted; a call without a model is a dead letter that says where."""
    made = opened("langfuse_observations.jsonl")
    lines = [line.raw for source in made for line in source.lines()]
    assert passed_over(made) == {"observations of type SPAN": 1}
    assert len(lines) == 5
    letter = events("langfuse_observations.jsonl")[-1]
    assert (letter["type"], letter["reason"], letter["field"]) == (
        "dead_letter",
        "missing_field",
        "provided_model_name",
    )
    assert "record 6 of " in letter["message"]


def test_csv() -> None:
    """The CSV export gives the same events as the JSON export, over lines and quotes inside a cell."""
    table, rows = by_id("langfuse_observations.csv"), by_id("langfuse_observations.jsonl")
    assert table["obs-2"].pop("prompt") == 'Summarise it,\nplease: "all".'
    rows["obs-2"].pop("prompt")
    assert table == rows


def test_page() -> None:
    """A page of the API is its observations, in the API's spelling."""
    event = by_id("langfuse_api.json")["obs-9"]
    assert (event["request_model"], event["usage"], event["latency_ms"]) == (
        "gpt-4.1-mini",
        {"input": 9, "output": 3},
        1000.0,
    )
    assert event["tool_calls"][0]["function"]["name"] == "look_up"
    assert "response" not in event


def test_scores() -> None:
    """Scores become feedback of whoever gave them; those of sessions are about no call."""
    found = events("langfuse_scores.jsonl")
    assert [(one["event_id"], one["kind"], one["value"], one["by"]) for one in found] == [
        (ONE, "thumb", True, "human"),
        (ONE, "score", 0.75, "judge"),
        ("trace-0001", "label", "friendly", "rule"),
    ]
