"""What Schemathesis is helped with: bodies in protobuf, and times that a gateway takes.

A module of hooks: Schemathesis imports it, for SCHEMATHESIS_HOOKS names it.
"""

from __future__ import annotations

from typing import Any

import schemathesis
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from services.gateway.otlp_answer import PROTOBUF
from tests.stream.fakes import NOON

KEYS = (
    *("gen_ai.operation.name", "gen_ai.request.model", "gen_ai.usage.input_tokens", "gen_ai.input.messages"),
    *("llm.token_count.prompt", "langfuse.observation.usage_details", "fmwatch.tenant", "input.value"),
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
TIME = NOON.isoformat()
TIMES = ("occurred_at", "at", "until", "received_at")
NANOSECONDS = st.integers(0, 2**64 - 1)


@st.composite
def exported(draw: st.DrawFn) -> bytes:
    """Return a body of /v1/traces; for /v1/logs it is wrong in most places."""
    request = ExportTraceServiceRequest()
    spans: Any = request.resource_spans.add().scope_spans.add().spans
    for _ in range(draw(st.integers(0, 3))):
        span = spans.add(
            trace_id=draw(st.binary(max_size=17)),
            span_id=draw(st.binary(max_size=9)),
            start_time_unix_nano=draw(NANOSECONDS),
            end_time_unix_nano=draw(NANOSECONDS),
        )
        span.attributes.add(key="gen_ai.operation.name").value.string_value = "chat"
        for key in draw(st.lists(st.sampled_from(KEYS) | TEXTS, max_size=5)):
            _say(span.attributes.add(key=key).value, draw)
    return draw(_changed(request.SerializeToString()))


def _say(value: Any, draw: st.DrawFn) -> None:
    kind = draw(st.sampled_from(["string", "int", "double", "bytes", "array", ""]))
    if kind == "string":
        value.string_value = draw(TEXTS | st.sampled_from(['{"input": -1}', "[" * 500, '[{"role": 7}]']))
    elif kind == "int":
        value.int_value = draw(st.integers(-(2**63), 2**63 - 1))
    elif kind == "double":
        value.double_value = draw(st.floats())
    elif kind == "bytes":
        value.bytes_value = draw(st.binary(max_size=8))
    elif kind == "array":
        value.array_value.values.add().string_value = draw(TEXTS)


@st.composite
def _changed(draw: st.DrawFn, whole: bytes) -> bytes:
    """Return the bytes with up to three of them changed, and perhaps cut."""
    found = bytearray(whole)
    for _ in range(draw(st.integers(0, 3)) if found else 0):
        found[draw(st.integers(0, len(found) - 1))] = draw(st.integers(0, 255))
    return bytes(found[: draw(st.integers(0, len(found)))] if draw(st.integers(0, 3)) == 3 else found)


@schemathesis.hook
def map_body(_: schemathesis.HookContext, body: Any) -> Any:
    """Return the body with texts for times that are right, so that the rest of an event is looked at."""
    for event in body if isinstance(body, list) else [body]:
        if isinstance(event, dict):
            event.update({name: TIME for name in TIMES if isinstance(event.get(name), str)})
    return body


@schemathesis.hook
def map_headers(_: schemathesis.HookContext, headers: Any) -> Any:
    """Return the headers without a packing that the body has not."""
    return {name: value for name, value in (headers or {}).items() if value != "gzip"}


schemathesis.openapi.media_type(PROTOBUF, exported())
