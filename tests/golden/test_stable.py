"""What is different each time, or tells of a machine, is out of a recording."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.golden.stable import BASE, stable

_BEGAN = datetime(2026, 11, 28, 20, 0, tzinfo=UTC)
_WINDOW = (_BEGAN, _BEGAN + timedelta(seconds=10))
_NS = int(_BEGAN.timestamp()) * 1_000_000_000


def _kept(**attributes: Any) -> dict[str, Any]:
    """Return attributes of one span, as they are afterwards; __ stands for a dot."""
    span = {
        "traceId": "ab" * 16,
        "spanId": "cd" * 8,
        "startTimeUnixNano": str(_NS + 5_000_000),
        "endTimeUnixNano": str(_NS + 900_000_000),
        "attributes": [{"key": key.replace("__", "."), "value": value} for key, value in attributes.items()],
    }
    whole = {"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}
    found = stable(whole, {54321: 8000}, _WINDOW)["resourceSpans"][0]["scopeSpans"][0]["spans"][0]
    return dict(found) | {one["key"]: next(iter(one["value"].values())) for one in found["attributes"]}


def test_ids() -> None:
    """Ids are numbered, in other attributes too."""
    found = _kept(request={"stringValue": f"tr-{'ab' * 16}"})
    assert (found["traceId"], found["spanId"]) == (f"{1:032x}", f"{1:016x}")
    assert found["request"] == f"tr-{1:032x}"


def test_times() -> None:
    """Moments of the recording keep their order and their spelling; others stay."""
    at = (_BEGAN + timedelta(milliseconds=300)).isoformat()
    found = _kept(
        first={"stringValue": at},
        model={"stringValue": "gpt-4.1-mini-2025-04-14"},
        old={"intValue": "1790000000"},
    )
    step = 10_000_000
    assert int(found["endTimeUnixNano"]) - int(found["startTimeUnixNano"]) == 2 * step
    assert datetime.fromisoformat(found["first"]) == BASE + timedelta(milliseconds=10)
    assert (found["model"], found["old"]) == ("gpt-4.1-mini-2025-04-14", "1790000000")


def test_machine() -> None:
    """Host, process, port and folders are none of a reader's business."""
    stack = 'File "/home/ana/env/lib/python3.11/site-packages/openai/_client.py", line 3'
    found = _kept(
        host__name={"stringValue": "ana-laptop"},
        process__pid={"intValue": "4711"},
        url={"stringValue": "http://127.0.0.1:54321/v1"},
        stack={"stringValue": stack},
    )
    assert (found["host.name"], found["process.pid"]) == ("-", "1")
    assert found["url"] == "http://127.0.0.1:8000/v1"
    assert found["stack"] == 'File "site-packages/openai/_client.py", line 3'


def test_lasted() -> None:
    """What lasted some time lasts ten milliseconds."""
    found = _kept(
        gen_ai__response__time_to_first_chunk={"doubleValue": 0.123},
        ai__response__msToFinish={"doubleValue": 12.5},
        cost={"doubleValue": 0.5},
    )
    assert found["gen_ai.response.time_to_first_chunk"] == 0.01
    assert found["ai.response.msToFinish"] == 10.0
    assert found["cost"] == 0.5
