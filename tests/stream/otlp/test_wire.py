"""Bodies into spans: both forms give the same, and hostile ones end in a clear refusal."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from stream.errors import InvalidEvent
from stream.otlp.calls import calls
from stream.otlp.wire import logs_of_json, logs_of_protobuf, spans_of_json, spans_of_protobuf
from tests.stream.otlp.made import CHAT, span

TRACE = "0af7651916cd43dd8448eb211c80319c"
SPAN = "b7ad6b7169203331"
VALUES: list[tuple[str, Any, dict[str, Any]]] = [
    ("text", "a\u20ac\0", {"stringValue": "a\u20ac\0"}),
    ("yes", True, {"boolValue": True}),
    ("large", 2**53 + 1, {"intValue": str(2**53 + 1)}),
    ("half", 0.5, {"doubleValue": 0.5}),
    ("list", ["a", 1], {"arrayValue": {"values": [{"stringValue": "a"}, {"intValue": "1"}]}}),
    ("map", {"k": "v"}, {"kvlistValue": {"values": [{"key": "k", "value": {"stringValue": "v"}}]}}),
    ("bytes", "AQI=", {"bytesValue": "AQI="}),
    ("nothing", None, {}),
]


def _set(value: Any, given: Any) -> None:
    if isinstance(given, bool):
        value.bool_value = given
    elif isinstance(given, int):
        value.int_value = given
    elif isinstance(given, float):
        value.double_value = given
    elif isinstance(given, list):
        for item in given:
            _set(value.array_value.values.add(), item)
    elif isinstance(given, dict):
        for key, item in given.items():
            _set(value.kvlist_value.values.add(key=key).value, item)
    elif given == "AQI=":
        value.bytes_value = b"\1\2"
    elif given is not None:
        value.string_value = given


def _protobuf() -> bytes:
    request = ExportTraceServiceRequest()
    group = request.resource_spans.add(schema_url="resource-url")
    group.resource.attributes.add(key="service.name").value.string_value = "helpdesk"
    scope = group.scope_spans.add(schema_url="scope-url")
    scope.scope.name, scope.scope.version = "library", "1"
    span = scope.spans.add(trace_id=bytes.fromhex(TRACE), span_id=bytes.fromhex(SPAN), name="chat", kind=3)
    span.start_time_unix_nano, span.end_time_unix_nano = 10**18, 10**18 + 5
    span.status.code, span.status.message = 2, "no"
    event = span.events.add(name="happened", time_unix_nano=10**18 + 1)
    for key, value, _ in VALUES:
        _set(span.attributes.add(key=key).value, value)
        _set(event.attributes.add(key=key).value, value)
    return bytes(request.SerializeToString())


def _json() -> dict[str, Any]:
    attributes = [{"key": key, "value": value} for key, _, value in VALUES]
    span = {
        "traceId": TRACE.upper(),
        "spanId": SPAN,
        "name": "chat",
        "kind": 3,
        "startTimeUnixNano": str(10**18),
        "endTimeUnixNano": 10**18 + 5,
        "status": {"code": 2, "message": "no"},
        "attributes": attributes,
        "events": [{"name": "happened", "timeUnixNano": str(10**18 + 1), "attributes": attributes}],
        "field of next year": [{}],
    }
    scope = {"scope": {"name": "library", "version": "1"}, "spans": [span], "schemaUrl": "scope-url"}
    named = {"attributes": [{"key": "service.name", "value": {"stringValue": "helpdesk"}}]}
    return {"resourceSpans": [{"resource": named, "scopeSpans": [scope], "schemaUrl": "resource-url"}]}


def test_same() -> None:
    """Protobuf and JSON give the same span, with every kind of value."""
    (first,) = spans_of_protobuf(_protobuf())
    (second,) = spans_of_json(json.dumps(_json()).encode())
    assert first == second
    assert first.attributes == {key: value for key, value, _ in VALUES}
    assert (first.trace_id, first.span_id, first.end_ns, first.kind) == (TRACE, SPAN, 10**18 + 5, 3)
    assert (first.status.code, first.resource) == (2, {"service.name": "helpdesk"})
    assert (first.scope.name, first.scope.version, first.scope.schema_url) == ("library", "1", "scope-url")
    assert first.events[0].attributes == first.attributes


def test_same_logs() -> None:
    """So do log records; the event's name may be a field or an attribute."""
    request = ExportLogsServiceRequest()
    record = request.resource_logs.add().scope_logs.add().log_records.add(observed_time_unix_nano=7)
    record.trace_id, record.span_id = bytes.fromhex(TRACE), bytes.fromhex(SPAN)
    record.event_name = "gen_ai.choice"
    _set(record.body, {"index": 0})
    told = {
        "traceId": TRACE,
        "spanId": SPAN,
        "observedTimeUnixNano": "7",
        "attributes": [{"key": "event.name", "value": {"stringValue": "gen_ai.choice"}}],
        "body": {"kvlistValue": {"values": [{"key": "index", "value": {"intValue": 0}}]}},
    }
    (first,) = logs_of_protobuf(request.SerializeToString())
    (second,) = logs_of_json(json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": [told]}]}]}).encode())
    second.attributes = {}
    assert first == second
    assert (first.event_name, first.body, first.time_ns) == ("gen_ai.choice", {"index": 0}, 7)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"startTimeUnixNano": "soon"}, "wrong_type"),
        ({"attributes": {"a": 1}}, "wrong_type"),
        ({"attributes": [{"key": 1}]}, "wrong_type"),
        ({"name": "x" * (4 * 1024 * 1024)}, "too_large"),
    ],
)
def test_one_broken(change: dict[str, Any], problem: str) -> None:
    """A span that cannot be read comes with its problem, beside the others."""
    body = _json()
    spans = body["resourceSpans"][0]["scopeSpans"][0]["spans"]
    spans.append({**spans[0], **change})
    good, broken = spans_of_json(json.dumps(body).encode())
    assert (good.problem, broken.problem.partition(":")[0]) == ("", problem)


def test_half_emoji() -> None:
    """Half of an emoji, as JavaScript cuts them, costs nothing but itself."""
    body = json.dumps(_json()).replace('"chat"', '"cut \\ud83d"').encode()
    assert spans_of_json(body)[0].name == "cut \ufffd"


@pytest.mark.parametrize("ids", [("", ""), ("0" * 32, "0" * 16), (TRACE[:-1], SPAN), ("x" * 32, SPAN)])
def test_ids(ids: tuple[str, str]) -> None:
    """What is no id is none."""
    body = _json()
    span = body["resourceSpans"][0]["scopeSpans"][0]["spans"][0]
    span["traceId"], span["spanId"] = ids
    assert spans_of_json(json.dumps(body).encode())[0].trace_id == ""


def _nested(tag: bytes, inner: bytes) -> bytes:
    """Return one field that holds a message."""
    size, length = len(inner), b""
    while size > 127:
        length += bytes([size & 127 | 128])
        size >>= 7
    return tag + length + bytes([size]) + inner


@pytest.mark.parametrize("tag", [b"\x4a", b"\x5a"], ids=["attributes", "events"])
def test_empty_messages(tag: bytes) -> None:
    """A span of a million empty parts, a few packed kilobytes, is refused before anything is made of them."""
    large = _nested(b"\x12", (tag + b"\0") * 1_000_000)
    good = _nested(b"\x12", b"\x2a\x04good")
    body = _nested(b"\x0a", _nested(b"\x12", large + good + large))
    found = spans_of_protobuf(body)
    assert [span.problem.partition(":")[0] for span in found] == ["too_large", "", "too_large"]
    assert found[1].name == "good"


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from(
    [
        *(
            "gen_ai.operation.name",
            "gen_ai.request.model",
            "gen_ai.usage.input_tokens",
            "gen_ai.input.messages",
        ),
        *("llm.input_messages.0.message.content", "llm.input_messages.0", "openinference.span.kind"),
        *(
            "gen_ai.prompt.0.tool_calls.0.name",
            "langfuse.observation.usage_details",
            "ai.response.providerMetadata",
        ),
        *(
            "mlflow.spanOutputs",
            "retrieval.documents.0.document",
            "events",
            "gen_ai.output.messages",
            "user.id",
        ),
        *(
            "evaluations.0.evaluation.score",
            "ai.response.toolCalls",
            "llm.invocation_parameters",
            "input.value",
        ),
    ]
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(attributes=st.dictionaries(KEYS, JSON_VALUES, max_size=6), as_text=st.booleans())
def test_any_value(attributes: dict[str, Any], *, as_text: bool) -> None:
    """Whatever the attributes hold, the mapping gives events or rejects, and never raises."""
    told = {key: json.dumps(value) if as_text else value for key, value in attributes.items()}
    calls([span(attributes=CHAT | told), span(2, 1, attributes=told)])


@settings(max_examples=300, deadline=None, derandomize=True)
@given(body=st.binary(max_size=200))
def test_any_bytes(body: bytes) -> None:
    """Whatever the bytes are, they are spans or a refusal."""
    for read in (spans_of_protobuf, spans_of_json, logs_of_protobuf, logs_of_json):
        try:
            read(body)
        except InvalidEvent as refusal:
            assert refusal.message  # noqa: PT017 - most bytes are refused, some are not


@settings(max_examples=300, deadline=None, derandomize=True)
@given(place=st.integers(0, 10_000), byte=st.integers(0, 255))
def test_changed_byte(place: int, byte: int) -> None:
    """A byte that was changed on the way never does more than spoil a span or the body."""
    body = bytearray(_protobuf())
    body[place % len(body)] = byte
    try:
        calls(spans_of_protobuf(bytes(body)))
    except InvalidEvent as refusal:
        assert refusal.message  # noqa: PT017 - as above
