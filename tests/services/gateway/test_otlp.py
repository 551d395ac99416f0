"""OpenTelemetry's own exporter, and everybody else who speaks its protocol, at the gateway."""

from __future__ import annotations

import gzip
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsServiceRequest,
    ExportLogsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from starlette.applications import Starlette
from starlette.testclient import TestClient

from services import listening
from services.access.door import TokenDoor
from services.access.token import digest
from services.access.tokens import Tokens
from services.access.tokens_file import add
from services.config import Config
from services.gateway.backlog import LineBacklog
from services.gateway.http import Gateway
from services.run import Embedded
from stream.border import Border
from stream.errors import LogUnavailable
from stream.log import Record
from stream.sqlite_log import SqliteLog
from stream.topics import FEEDBACK, GENERATIONS

NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
NOW_NS = int(NOW.timestamp()) * 10**9
TRACE = bytes(range(1, 17))
PROTOBUF = {"content-type": "application/x-protobuf"}
JSON = {"content-type": "application/json"}
CHAT: dict[str, str | int] = {
    "gen_ai.operation.name": "chat",
    "gen_ai.system": "openai",
    "gen_ai.request.model": "gpt-4o",
    "gen_ai.usage.input_tokens": 812,
    "gen_ai.usage.output_tokens": 90,
    "gen_ai.input.messages": '[{"role":"user","parts":[{"type":"text","content":"I am ana@example.org"}]}]',
    "gen_ai.output.messages": '[{"role":"assistant","parts":[{"type":"text","content":"Hello."}]}]',
}


def request(*spans: dict[str, str | int], **resource: str) -> ExportTraceServiceRequest:
    """Return a request with a span for each set of attributes."""
    whole = ExportTraceServiceRequest()
    group = whole.resource_spans.add()
    for name, said in resource.items():
        group.resource.attributes.add(key=name.replace("__", ".")).value.string_value = said
    scope = group.scope_spans.add()
    for number, attributes in enumerate(spans, start=1):
        span = scope.spans.add(
            trace_id=TRACE,
            span_id=number.to_bytes(8, "big"),
            name="chat",
            start_time_unix_nano=NOW_NS - 2 * 10**9,
            end_time_unix_nano=NOW_NS - 10**9,
        )
        for key, value in attributes.items():
            pair = span.attributes.add(key=key)
            if isinstance(value, int):
                pair.value.int_value = value
            else:
                pair.value.string_value = value
    return whole


def in_json(*spans: dict[str, str | int]) -> dict[str, Any]:
    """Return the same as the protocol writes it in JSON."""
    made = [
        {
            "traceId": TRACE.hex().upper(),
            "spanId": f"{number:016x}",
            "name": "chat",
            "startTimeUnixNano": str(NOW_NS - 2 * 10**9),
            "endTimeUnixNano": str(NOW_NS - 10**9),
            "attributes": [
                {
                    "key": key,
                    "value": {"intValue": str(value)} if isinstance(value, int) else {"stringValue": value},
                }
                for key, value in attributes.items()
            ],
        }
        for number, attributes in enumerate(spans, start=1)
    ]
    return {"resourceSpans": [{"scopeSpans": [{"spans": made}]}]}


@pytest.fixture
def log(tmp_path: Path) -> Iterator[SqliteLog]:
    """An empty log."""
    with SqliteLog(tmp_path) as opened:
        yield opened


@pytest.fixture
def client(log: SqliteLog) -> TestClient:
    """A program on this machine."""
    return _client(Gateway(log, Border(), lambda: NOW))


def _client(gateway: Gateway) -> TestClient:
    app = Starlette(routes=gateway.routes())
    return TestClient(app, base_url="http://127.0.0.1:8765", client=("127.0.0.1", 40_000))


def logged(log: SqliteLog, topic: str = GENERATIONS) -> list[dict[str, Any]]:
    """Return what is in the log."""
    found = log.read(topic, "test", lines=10_000)
    return [json.loads(line) for delivery in found for line in delivery.record.lines]


def test_protobuf(client: TestClient, log: SqliteLog) -> None:
    """A call is in the log when 200 comes back, in protobuf, and redacted."""
    answer = client.post("/v1/traces", content=request(CHAT).SerializeToString(), headers=PROTOBUF)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/x-protobuf")
    assert ExportTraceServiceResponse.FromString(answer.content) == ExportTraceServiceResponse()
    (event,) = logged(log)
    assert (event["prompt"], event["redactions"]) == ("I am [email]", {"email": 1})
    assert (event["usage"], event["received_at"]) == ({"input": 812, "output": 90}, NOW.isoformat())


def test_json(client: TestClient, log: SqliteLog) -> None:
    """The same in JSON is the same event."""
    client.post("/v1/traces", content=request(CHAT).SerializeToString(), headers=PROTOBUF)
    answer = client.post("/v1/traces", json=in_json(CHAT))
    assert (answer.status_code, answer.json()) == (200, {})
    first, second = logged(log)
    assert first == second


def test_gzip(client: TestClient, log: SqliteLog) -> None:
    """A gzip body is unpacked."""
    body = gzip.compress(request(CHAT, CHAT).SerializeToString())
    headers = {**PROTOBUF, "content-encoding": "gzip"}
    assert client.post("/v1/traces", content=body, headers=headers).status_code == 200
    assert len(logged(log)) == 2


def test_others(client: TestClient, log: SqliteLog) -> None:
    """Spans that are no call are fine, and leave nothing."""
    answer = client.post("/v1/traces", json=in_json({"http.method": "GET"}))
    assert (answer.status_code, answer.json()) == (200, {})
    assert logged(log) == []


@pytest.mark.parametrize("form", [PROTOBUF, JSON], ids=["protobuf", "json"])
def test_partial(client: TestClient, log: SqliteLog, form: dict[str, str]) -> None:
    """What is no event is rejected span by span, with reasons; the rest is taken."""
    spans = (CHAT, {**CHAT, "gen_ai.usage.input_tokens": -1}, {**CHAT, "gen_ai.request.model": ""})
    body = request(*spans).SerializeToString() if form is PROTOBUF else json.dumps(in_json(*spans)).encode()
    answer = client.post("/v1/traces", content=body, headers=form)
    assert answer.status_code == 200
    if form is PROTOBUF:
        partial = ExportTraceServiceResponse.FromString(answer.content).partial_success
        rejected, message = partial.rejected_spans, partial.error_message
    else:
        told = answer.json()["partialSuccess"]
        rejected, message = int(told["rejectedSpans"]), told["errorMessage"]
    assert rejected == 2
    assert "usage.input must not be negative" in message
    assert "request_model is missing" in message
    assert len(logged(log)) == 3  # the step makes dead letters of the two


def test_bad_utf8(client: TestClient, log: SqliteLog) -> None:
    """A text that is not UTF-8 costs its own span only."""
    body = request(CHAT, {**CHAT, "note": "broken-here"}).SerializeToString()
    answer = client.post(
        "/v1/traces", content=body.replace(b"broken-here", b"broken-\xff\xff\xff\xff"), headers=PROTOBUF
    )
    partial = ExportTraceServiceResponse.FromString(answer.content).partial_success
    assert (answer.status_code, partial.rejected_spans) == (200, 1)
    assert len(logged(log)) == 1


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"no protobuf", PROTOBUF, 400),
        (b'{"resourceSpans": 1}', JSON, 400),
        (b"{", JSON, 400),
        (b"[" * 100_000, JSON, 400),
        (b"\xff\xfe{}", JSON, 400),
        (b"", {"content-type": "text/plain"}, 415),
        (b"{}", {**JSON, "content-encoding": "br"}, 415),
        (gzip.compress(b"{}", mtime=0)[:-5], {**JSON, "content-encoding": "gzip"}, 400),
        (gzip.compress(b"0" * 50_000_000, mtime=0), {**JSON, "content-encoding": "gzip"}, 413),
        (b"x" * (4 * 1024 * 1024 + 1), PROTOBUF, 413),
        (b"\x0a\x00" * 20_001, PROTOBUF, 413),
        (b'{"resourceSpans":[{"scopeSpans":[{"spans":[' + b"{}," * 20_000 + b"{}]}]}]}", JSON, 413),
    ],
)
def test_refused(
    client: TestClient, log: SqliteLog, content: bytes, headers: dict[str, str], status: int
) -> None:
    """A body that cannot be taken is refused as a whole, in the protocol's form, and nothing is logged."""
    answer = client.post("/v1/traces", content=content, headers=headers)
    assert answer.status_code == status
    if headers["content-type"] == PROTOBUF["content-type"]:
        assert answer.content[:1] == b"\x08"  # field 1 of google.rpc.Status: its code
    else:
        assert answer.json()["code"] in {3, 8}
        assert answer.json()["message"]
    assert logged(log) == []


@pytest.mark.parametrize("form", [PROTOBUF, JSON], ids=["protobuf", "json"])
def test_metrics(client: TestClient, form: dict[str, str]) -> None:
    """Metrics are refused, with what to send instead."""
    answer = client.post("/v1/metrics", content=b"", headers=form)
    assert answer.status_code == 400
    assert b"OTEL_METRICS_EXPORTER=none" in answer.content


def test_logs(client: TestClient, log: SqliteLog) -> None:
    """Evaluation results come in as log records and become feedback; content without its span is rejected."""
    whole = ExportLogsServiceRequest()
    scope = whole.resource_logs.add().scope_logs.add()
    judged = scope.log_records.add(
        trace_id=TRACE, span_id=bytes(7) + b"\1", time_unix_nano=NOW_NS, event_name="gen_ai.evaluation.result"
    )
    judged.attributes.add(key="gen_ai.evaluation.name").value.string_value = "relevance"
    judged.attributes.add(key="gen_ai.evaluation.score.value").value.double_value = 0.5
    scope.log_records.add(trace_id=TRACE, span_id=bytes(7) + b"\1", event_name="gen_ai.user.message")
    answer = client.post("/v1/logs", content=whole.SerializeToString(), headers=PROTOBUF)
    partial = ExportLogsServiceResponse.FromString(answer.content).partial_success
    assert (answer.status_code, partial.rejected_log_records) == (200, 1)
    (feedback,) = logged(log, FEEDBACK)
    assert (feedback["event_id"], feedback["value"]) == (f"{TRACE.hex()}-{1:016x}", 0.5)
    assert logged(log) == []


def test_much_of_little(client: TestClient, log: SqliteLog) -> None:
    """What few bytes would multiply into 64 MiB of events is refused with a remedy, and nothing is stored."""
    found = json.dumps([f"{number} " + "x" * 70_000 for number in range(50)])
    retrieval: dict[str, str | int] = {"openinference.span.kind": "RETRIEVER", "output.value": found}
    sent = request(retrieval, *[CHAT] * 100)
    for span in sent.resource_spans[0].scope_spans[0].spans[1:]:
        span.start_time_unix_nano += 10**9
    body = gzip.compress(sent.SerializeToString())
    answer = client.post("/v1/traces", content=body, headers={**PROTOBUF, "content-encoding": "gzip"})
    assert (answer.status_code, b"smaller batches" in answer.content) == (413, True)
    assert len(body) < 20_000
    assert logged(log) == []


NUMBERS: list[tuple[str, object]] = [
    ("endTimeUnixNano", "9" * 400),
    ("endTimeUnixNano", int("9" * 400)),
    ("startTimeUnixNano", "1" + "0" * 24),
    ("startTimeUnixNano", "-1"),
    ("attributes", [{"key": "gen_ai.request.max_tokens", "value": {"intValue": "9" * 30}}]),
    ("attributes", [{"key": "gen_ai.request.temperature", "value": {"intValue": 10**400}}]),
]


@pytest.mark.parametrize(("name", "number"), NUMBERS, ids=range(len(NUMBERS)))
def test_large_numbers(client: TestClient, log: SqliteLog, name: str, number: object) -> None:
    """A number that fits no 64 bits costs its span, and not the good one beside it."""
    sent = in_json(CHAT, CHAT)
    spans = sent["resourceSpans"][0]["scopeSpans"][0]["spans"]
    spans[0][name] = number
    answer = client.post("/v1/traces", json=sent)
    assert (answer.status_code, answer.json()["partialSuccess"]["rejectedSpans"]) == (200, "1")
    assert [event["span_id"] for event in logged(log)] == [f"{2:016x}"]


def test_large_inner_numbers(client: TestClient, log: SqliteLog) -> None:
    """A number of any size inside an attribute's JSON is as none, and costs no event."""
    large = "9" * 400
    inner = f'{{"temperature":{large},"max_tokens":{large}}}'
    usage = f'{{"input":{large},"output":3}}'
    more: dict[str, str | int] = {
        "llm.invocation_parameters": inner,
        "langfuse.observation.usage_details": usage,
    }
    late: dict[str, str | int] = {"logfire.span_type": "log", "duration": "1e308"}
    answer = client.post("/v1/traces", json=in_json(CHAT | more, CHAT | late))
    assert (answer.status_code, answer.json()) == (200, {})
    assert [event["usage"] for event in logged(log)] == [{"input": 812, "output": 90}] * 2


def test_busy(log: SqliteLog) -> None:
    """When too much waits, 429 says when to come again."""
    client = _client(Gateway(log, Border(), lambda: NOW, backlog=LineBacklog(log, lambda: NOW, most=3)))
    log.append(GENERATIONS, [Record(b"k", b"{}\n{}\n{}\n{}")])
    answer = client.post("/v1/traces", json=in_json(CHAT))
    assert (answer.status_code, answer.headers["retry-after"], answer.json()["code"]) == (429, "5", 8)


def test_log_away(log: SqliteLog, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the log takes nothing, 503 says when to come again, and nothing is claimed."""

    def away(*_: object) -> None:
        raise LogUnavailable("no broker at broker:9092")

    monkeypatch.setattr(log, "append", away)
    answer = _client(Gateway(log, Border(), lambda: NOW)).post("/v1/traces", json=in_json(CHAT))
    assert (answer.status_code, answer.headers["retry-after"], answer.json()["code"]) == (503, "5", 14)
    assert "broker" not in answer.text


@pytest.mark.parametrize("where", ["resource", "header"])
def test_tenant(log: SqliteLog, tmp_path: Path, where: str) -> None:
    """A token writes for its own tenant only, whatever resource or headers say."""
    file = tmp_path / "tokens.yaml"
    add(file, "support", "ingest", digest("mine"))
    client = _client(Gateway(log, Border(), lambda: NOW, entrance=TokenDoor(Tokens(file))))
    mine = {**PROTOBUF, "authorization": "Bearer mine"}
    for said in ("support", "legal"):
        resource = {"fmwatch__tenant": said} if where == "resource" else {}
        header = {"fmwatch-tenant": said} if where == "header" else {}
        body = request(CHAT, **resource).SerializeToString()
        answer = client.post("/v1/traces", content=body, headers=mine | header)
        partial = ExportTraceServiceResponse.FromString(answer.content).partial_success
        assert (answer.status_code, partial.rejected_spans) == (200, int(said == "legal"))
    assert [event["tenant"] for event in logged(log)] == ["support"]
    answer = client.post("/v1/traces", json=in_json(CHAT))
    assert (answer.status_code, answer.json()["code"]) == (401, 16)


def test_headers(client: TestClient, log: SqliteLog) -> None:
    """Team and route may come as headers, for exporters that only know headers."""
    headers = {"fmwatch-team": "support", "fmwatch-route": "support/answers"}
    assert client.post("/v1/traces", json=in_json(CHAT), headers=headers).status_code == 200
    assert (logged(log)[0]["team"], logged(log)[0]["route"]) == ("support", "support/answers")


@contextmanager
def _served(gateway: Gateway) -> Iterator[str]:
    app = Starlette(routes=gateway.routes())
    with listening.in_thread(app) as url:
        yield url


def test_exporter(tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    """The real exporter, told by its variables alone, sends twice; the call is one row, priced."""
    caplog.set_level(logging.WARNING)
    token_file = tmp_path / "tokens.yaml"
    add(token_file, "acme", "ingest", digest("mine"))

    def now() -> datetime:
        return datetime.now(UTC)

    spans = InMemorySpanExporter()
    provider = TracerProvider(
        resource=Resource.create({"service.name": "helpdesk", "service.namespace": "care"})
    )
    provider.add_span_processor(SimpleSpanProcessor(spans))
    tracer = provider.get_tracer("opentelemetry.instrumentation.openai_v2", "2.4b0")
    with tracer.start_as_current_span("invoke_agent", attributes={"gen_ai.operation.name": "invoke_agent"}):
        tracer.start_span("chat gpt-4o", attributes=CHAT).end()
    with Embedded(tmp_path / "data", Config(), now) as embedded:
        gateway = Gateway(embedded.log, embedded.border, now, entrance=TokenDoor(Tokens(token_file)))
        with _served(gateway) as url:
            monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", f"{url}/v1/traces")
            monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "authorization=Bearer%20mine")
            for packing in (Compression.Gzip, Compression.NoCompression):
                exporter = OTLPSpanExporter(compression=packing)
                assert exporter.export(spans.get_finished_spans()) is SpanExportResult.SUCCESS
                exporter.shutdown()  # type: ignore[no-untyped-call]  # the library's
        while embedded.score():
            pass
        rows = embedded.database.rows(
            "SELECT tenant, team, app, route, request_model, usage_input, cost_status, prompt, response "
            "FROM generations FINAL"
        )
    provider.shutdown()
    assert rows == [
        {
            "tenant": "acme",
            "team": "care",
            "app": "helpdesk",
            "route": "helpdesk",
            "request_model": "gpt-4o",
            "usage_input": 812,
            "cost_status": "priced",
            "prompt": "I am [email]",
            "response": "Hello.",
        }
    ]
    assert caplog.records == []
