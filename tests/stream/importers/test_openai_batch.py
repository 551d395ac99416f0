"""Files of OpenAI's batches as events: joined by `custom_id`, whatever their order."""

import json
import os
from pathlib import Path

from stream.importers.source import passed_over
from tests.stream.importers.reading import DATA, by_id, events, opened

FILES = ("batch_input.jsonl", "batch_output.jsonl", "batch_errors.jsonl")


def test_joined() -> None:
    """An answer gets its question, its parameters and whose it is from the request's metadata."""
    event = by_id(*FILES)["batch_req_1"]
    assert event["messages"][1]["content"] == "My card is gone."
    assert (event["response"], event["finish_reason"]) == ("card", "stop")
    assert (event["app"], event["team"], event["tags"]) == ("triage", "support", {"night": "1"})
    assert (event["request_model"], event["response_model"]) == ("gpt-4o-mini", "gpt-4o-mini-2024-07-18")
    assert (event["service_tier"], event["occurred_at"]) == ("batch", "2026-10-29T13:45:00+00:00")
    assert event["usage"] == {"input": 22, "output": 2}


def test_order() -> None:
    """The order of the files does not matter."""
    assert by_id(*FILES) == by_id(*reversed(FILES))


def test_kinds() -> None:
    """Responses and embeddings are read too; an embedding has no time, so it gets its file's latest."""
    found = by_id(*FILES)
    response, vector = found["batch_req_3"], found["batch_req_4"]
    assert response["response"] == "It is long."
    assert response["messages"][0] == {"role": "system", "content": "Summarise."}
    assert response["usage"] == {"input": 30, "output": 50, "cache_read": 10, "reasoning": 40}
    assert (vector["operation"], vector["usage"], vector["occurred_at"]) == (
        "embeddings",
        {"input": 5},
        response["occurred_at"],
    )


def test_errors() -> None:
    """Errors are calls that failed: of their request's model, at the time of the answers beside them."""
    found = by_id(*FILES)
    assert [found[f"batch_req_{n}"]["error_type"] for n in (5, 6)] == [
        "context_length_exceeded",
        "batch_expired",
    ]
    assert {found[f"batch_req_{n}"]["request_model"] for n in (5, 6)} == {"gpt-4o-mini"}
    assert {found[f"batch_req_{n}"]["occurred_at"] for n in (5, 6)} == {"2026-10-29T13:45:10+00:00"}


def test_alone() -> None:
    """Output alone gives calls without questions; errors alone name no model, and say what is missing."""
    assert "messages" not in by_id("batch_output.jsonl")["batch_req_1"]
    letters = events("batch_errors.jsonl")
    assert {letter["reason"] for letter in letters} == {"missing_field"}
    assert "give the input file as well" in letters[0]["message"]


def test_requests_alone() -> None:
    """Requests are no calls."""
    made = opened("batch_input.jsonl")
    assert [line for source in made for line in source.lines()] == []
    assert passed_over(made) == {"requests of a batch": 6}


def test_same_ids(tmp_path: Path) -> None:
    """Where two batches use an id for different requests, an answer gets neither's question."""
    for name in FILES:
        (tmp_path / name).write_bytes((DATA / name).read_bytes())
    first = json.loads((DATA / FILES[0]).read_text().splitlines()[0])
    first["body"]["messages"] = [{"role": "user", "content": "Another."}]
    (tmp_path / "other_input.jsonl").write_text(json.dumps(first))
    found = events(*FILES, "other_input.jsonl", folder=tmp_path)
    (one,) = (event for event in found if event.get("event_id") == "batch_req_1")
    (two,) = (event for event in found if event.get("event_id") == "batch_req_2")
    assert "messages" not in one
    assert two["messages"][0]["content"] == "Where is my parcel?"


def test_no_time(tmp_path: Path) -> None:
    """Where nothing has a time, the file's own stands."""
    line = (DATA / "batch_output.jsonl").read_text().splitlines()[3]
    (tmp_path / "vectors.jsonl").write_text(line)
    os.utime(tmp_path / "vectors.jsonl", (1_793_300_000, 1_793_300_000))
    (event,) = events("vectors.jsonl", folder=tmp_path)
    assert event["occurred_at"] == "2026-10-29T18:53:20+00:00"
