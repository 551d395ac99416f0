"""For tests and benchmarks: requests as an enemy sends them, nearly right in most places."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from random import Random

from services.gateway.testing import TOKEN, VICTIM, Asked, Headers

_NAMES = (
    *("event_id", "occurred_at", "provider", "request_model", "type", "schema_version", "tenant", "route"),
    *("usage", "request", "messages", "context", "tags", "prompt", "response", "cost_usd", "latency_ms"),
    *("extra", "redactions", "truncated", "attempt", "tool_calls", "samples", "logprobs", "received_at"),
    *("at", "kind", "from", "value", "name", "team", "app", "user_hash", "service_tier", "trace_id"),
)
_VALUES: tuple[object, ...] = (
    *(None, True, False, 0, -1, 1, 2**53, -(2**63), 2**64, 10**400, 1e308, -1e308, 5e-324, 0.1),
    *(-99_999_999_999, 253_402_300_800, -6.5e16),  # times, and before or after all that Python has
    *("", " ", "x", "\0", "a\0b", "\ud800", "\udfff", "😀", "\u202e", "\ufeff", "é" * 300, "x" * 70_000),
    *("'; DROP TABLE generations; --", "' OR 1=1 --", "{{7*7}}", "${jndi:ldap://x}", "%s%n%x"),
    *(
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[link=x]y[/link]",
        "\x1b[2J\r\nSet-Cookie: a",
    ),
    *("../../../etc/passwd", "file:///etc/passwd", "support\0victim", VICTIM, "*", "SUPPORT", "support "),
    *("2026-11-02T12:00:00Z", "9999-12-31T23:59:59Z", "0000-00-00", 1_793_620_800, "NaN", "ana@example.org"),
    *("generation", "feedback", "change", "dead_letter", "thumb", "deploy"),
    *([], {}, [[]], {"a": {}}, [None], [{}], {"": ""}, ["x"] * 300, {"input": -5}, {"input": 1e999}),
    *([{"role": "user", "content": "x"}], [{"role": 7}], [{"text": None}], {"k": "v"}, {"tenant": VICTIM}),
)
# Numbers as OTLP's JSON has them, in texts, that fit no 64 bits, and lists nested deep.
_NUMBERS: tuple[object, ...] = (
    *(
        "9" * 400,
        "1" + "0" * 24,
        "9" * 5_000,
        "-1",
        str(2**64),
        str(-(2**63) - 1),
        "1e400",
        "-0",
        " 1",
        "1.5",
    ),
    *(f'{{"input":{"9" * 400}}}', '{"input":1e999}', "log", "[" * 2_000, '{"a":' * 2_000),
)
_RAW = (
    *(b"", b" ", b"\n\n", b"null", b"[]", b"{}", b"[[]]", b"NaN", b'{"a":NaN}', b'{"a":1e999}', b'{"a":01}'),
    *(b'{"a":Infinity}', b"[" * 100_000, b'{"a":' * 5_000, b'{"event_id":"a","event_id":"b"}', b'"\xff"'),
    *(
        b"\xff\xfe{\x00}\x00",
        b"\xef\xbb\xbf{}",
        b"\x00" * 64,
        b'{"tenant":"victim"}',
        b"\x1f\x8b\x08",
        b"{}" * 50,
    ),
    *(
        b'{"type":"dead_letter","reason":"too_large","field":"","message":"m","head":"{}","size":1,"sha256":""}',
    ),
    *(
        b'{"resourceSpans":[{"scopeSpans":[{"spans":[{}]}]}]}',
        b'{"resourceSpans":1}',
        b'{"resourceLogs":[[]]}',
    ),
    *(b"\n\x02\x0a\x00", b"\x0a\xff\xff\xff\xff\x0f", b"\xff" * 40, b"a=b&c=d", b"--x\r\n\r\n--x--"),
)
_PATHS = (
    *(b"/v1/events",) * 50,
    *(b"/v1/traces", b"/v1/logs") * 10,
    *(b"/v1/feedback", b"/v1/changes", b"/v1/traces", b"/v1/traces", b"/v1/logs"),
    *(b"/v1/metrics", b"/healthz", b"/readyz", b"/", b"//v1/events", b"/v1/events/", b"/v1//events"),
    *(
        b"/v1/events/../../etc/passwd",
        b"/v1/%2e%2e/events",
        b"/v1/events%00",
        b"/v1/events;a=b",
        b"/V1/EVENTS",
    ),
    *(b"/v1/events?tenant=victim", b"/v1/events%0d%0aX: y", b"/\xff\xfe", b"/" + b"a" * 20_000, b"*", b""),
)
_METHODS = (
    *(("POST",) * 100),
    "GET",
    "PUT",
    "DELETE",
    "HEAD",
    "OPTIONS",
    "PATCH",
    "TRACE",
    "CONNECT",
    "P\x00",
)
_KINDS = (
    *(b"application/json", b"application/json", b"application/x-ndjson", b"") * 3,
    *(b"application/x-protobuf",),
    *(
        b"text/plain; charset=utf-7",
        b"application/json; " + b"x" * 9_000,
        b"\xff\xff",
        b"multipart/form-data",
    ),
)
_AUTHORIZATIONS = (
    *(f"Bearer {TOKEN}".encode(),) * 100,
    *(
        b"",
        b"Bearer",
        b"Bearer wrong",
        b"Basic \xff\xff",
        b"Basic OmhvbGE=",
    ),
    *(
        b"Bearer " + b"x" * 50_000,
        b"Bearer \x00",
        b"Basic OmhvcGU6aG9zdGlsZQ==",
        b"Digest username=x",
        b"\xff",
    ),
)
_MORE: tuple[tuple[bytes, bytes], ...] = (
    *((b"content-length", b"3"), (b"content-length", b"-1"), (b"content-length", b"1e9")),
    *(
        (b"transfer-encoding", b"chunked"),
        (b"transfer-encoding", b"gzip, chunked"),
        (b"expect", b"100-continue"),
    ),
    *((b"x-forwarded-for", b"127.0.0.1"), (b"host", b"127.0.0.1"), (b"host", b"a\x00b"), (b"host", b"[::1")),
    *(
        (b"fmwatch-tenant", VICTIM.encode()),
        (b"fmwatch-route", b"\xff"),
        (b"fmwatch-losses", b"x=1,queue=99999"),
    ),
    *((b"fmwatch-losses", b"=,=,\xff=1"), (b"origin", b"https://evil.example.org"), (b"origin", b"null")),
    *(
        (b"cookie", b"a=" + b"b" * 9_000),
        (b"authorization", b"Bearer other"),
        (b"x-http-method-override", b"GET"),
    ),
)
_BOMB = gzip.compress(b"0" * 17 * 1024 * 1024)


def hostile(draw: Random) -> Asked:
    """Return a request: nearly right in most places, so that it comes far, and wrong in some."""
    body, packing = _packed(_body(draw), draw)
    headers: Headers = [(b"host", b"fmwatch.example.org")] if draw.random() < 0.95 else []  # noqa: PLR2004 - a share
    for name, value in (
        (b"authorization", draw.choice(_AUTHORIZATIONS)),
        (b"content-type", draw.choice(_KINDS)),
        (b"content-encoding", packing),
    ):
        if value:
            headers.append((name, value))
    headers += [draw.choice(_MORE) for _ in range(draw.choice((0, 0, 0, 1, 2)))]
    cut = sorted(draw.randrange(len(body) + 1) for _ in range(draw.choice((0, 0, 1, 3))))
    pieces = [body[begin:end] for begin, end in zip([0, *cut], [*cut, len(body)], strict=True)]
    return Asked(
        draw.choice(_METHODS),
        draw.choice(_PATHS),
        headers,
        pieces,
        closes=draw.random() < 0.03,  # noqa: PLR2004 - a share
    )


def _body(draw: Random) -> bytes:
    made: Callable[[Random], bytes] = draw.choice((_events, _events, _events, _spans, _raw, _noise))
    return made(draw)


def _events(draw: Random) -> bytes:
    events = [_event(draw, number) for number in range(draw.choice((1, 1, 2, 5, 40)))]
    lines = [_written(event) for event in events]
    if draw.random() < 0.2:  # noqa: PLR2004 - a share
        lines[draw.randrange(len(lines))] = draw.choice(_RAW).replace(b"\n", b"")
    if draw.random() < 0.5:  # noqa: PLR2004 - a share
        return b"[" + b",".join(lines) + b"]"
    return b"\n".join(lines)


def _event(draw: Random, number: int) -> dict[str, object]:
    event: dict[str, object] = {
        "event_id": f"event-{number}",
        "occurred_at": "2026-11-02T12:00:00Z",
        "provider": "openai",
        "request_model": "gpt-4o",
        "usage": {"input": 12, "output": 3},
    }
    for _ in range(draw.choice((0, 1, 1, 2, 4))):
        event[draw.choice(_NAMES)] = draw.choice(_VALUES)
    if draw.random() < 0.1:  # noqa: PLR2004 - a share
        event[str(draw.choice(_VALUES))] = draw.choice(_VALUES)
    if draw.random() < 0.05:  # noqa: PLR2004 - a share
        event["usage"] = {draw.choice(("input", "output", "images")): draw.choice(_VALUES)}
    return event


def _spans(draw: Random) -> bytes:
    keys = (
        *("gen_ai.operation.name", "gen_ai.request.model", "gen_ai.usage.input_tokens", "fmwatch.tenant"),
        *("gen_ai.server.time_to_first_token", "langfuse.observation.completion_start_time", "duration"),
        *("gen_ai.usage.cost", "langfuse.observation.usage_details", "logfire.span_type"),
    )
    kinds = ("stringValue", "intValue", "doubleValue", "boolValue", "arrayValue", "kvlistValue", "bytesValue")
    attributes: list[object] = [
        {"key": "gen_ai.operation.name", "value": {"stringValue": "chat"}},
        {"key": "gen_ai.request.model", "value": {"stringValue": "gpt-4o"}},
    ]
    for _ in range(draw.choice((0, 1, 3))):
        value = {draw.choice(kinds): draw.choice((*_VALUES, *_NUMBERS))}
        attributes.append({"key": draw.choice((*keys, str(draw.choice(_VALUES)))), "value": value})
    span: dict[str, object] = {
        "traceId": "0af7651916cd43dd8448eb211c80319c",
        "spanId": "00f067aa0ba902b7",
        "startTimeUnixNano": "1793620800000000000",
        "endTimeUnixNano": "1793620801000000000",
        "attributes": attributes,
    }
    if draw.random() < 0.5:  # noqa: PLR2004 - a share
        names = (
            "traceId",
            "spanId",
            "startTimeUnixNano",
            "endTimeUnixNano",
            "attributes",
            "events",
            "status",
        )
        span[draw.choice(names)] = draw.choice((*_VALUES, *_NUMBERS))
    return _written({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]})


def _raw(draw: Random) -> bytes:
    return draw.choice(_RAW)


def _noise(draw: Random) -> bytes:
    return draw.randbytes(draw.choice((1, 20, 3_000)))


def _written(fields: dict[str, object]) -> bytes:
    """Return JSON as no careful library writes it: with NaN, and halves of surrogate pairs escaped."""
    return json.dumps(fields).encode()


def _packed(body: bytes, draw: Random) -> tuple[bytes, bytes]:
    way = draw.choice(("", "", "", "", "gzip", "cut", "bomb", "lies", "twice", "other"))
    if way == "gzip":
        return gzip.compress(body, 1), b"gzip"
    if way == "cut":
        packed = gzip.compress(body, 1)
        return packed[: draw.randrange(len(packed))], b"gzip"
    if way == "bomb":
        return _BOMB, b"gzip"
    if way == "lies":
        return body, b"gzip"
    if way == "twice":
        return gzip.compress(gzip.compress(body, 1), 1), draw.choice((b"gzip", b"gzip, gzip"))
    return body, draw.choice((b"br", b"\xff", b"deflate")) if way == "other" else b""
