"""docs/contract/openapi.json: `python -m services.gateway.openapi > docs/contract/openapi.json`.

The schemas come from where they are kept: events from docs/contract, OTLP's messages from OpenTelemetry's own
definitions, answers from what is encoded. What is written here is who answers what, and a test holds it
against a gateway that runs.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from services.gateway.answer import Healthy, Ready, Refused, Taken
from services.gateway.body import BODY_S, INFLATED_BYTES, MOST_EVENTS, WIRE_BYTES
from services.gateway.openapi_examples import EXAMPLES
from services.gateway.openapi_otlp import ANSWERS, REQUESTS, Schema, ref, schemas
from services.gateway.otlp import WHOSE
from services.gateway.otlp_answer import JSON, PROTOBUF, Signal, status
from stream.client_counts import HEADER as COUNTS

FILE = Path(__file__).parents[2] / "docs" / "contract" / "openapi.json"
NDJSON = "application/x-ndjson"

_ABOUT = (
    "What fmwatch takes in. 200 means that the log has it, on disk or on its brokers. Of a request that is "
    "refused nothing is kept; where all events of a body are wrong, they are dead letters. Other paths are "
    "answered 404 (307 where there is only a slash too many at the end), other methods 405, and what is no "
    "HTTP 400, as text. Without a tokens_file programs on the same machine may send without a token. GET "
    "/healthz and /readyz ask for none."
)
_HELD = {
    "400": "The body cannot be read, or has nothing in it that can be taken.",
    "401": "No token, or one that is not known.",
    "403": "The token is not for sending, or the request comes from the page of another site.",
    "408": f"The body had not come after {BODY_S:g} seconds.",
    "413": f"More than {WIRE_BYTES:,} bytes, or {INFLATED_BYTES:,} unpacked, or too many events.",
    "415": "Content-Encoding or Content-Type is not understood.",
    "429": "The token has sent all it may, or too much waits for the workers: send the same again later.",
    "503": "The log takes nothing now: send the same again later.",
}
_RETRY = {"Retry-After": {"description": "seconds", "required": True, "schema": {"type": "integer"}}}
_WHO = {"WWW-Authenticate": {"required": True, "schema": {"type": "string"}}}
_HEADERS: dict[str, Schema] = {"401": _WHO, "429": _RETRY, "503": _RETRY}

_KINDS = {
    "/v1/events": ("event", "Send model calls; feedback and changes too, where they say their type."),
    "/v1/feedback": ("feedback", "Send what somebody thought of calls."),
    "/v1/changes": ("change", "Send what was changed on purpose."),
}
_SIGNALS: dict[Signal, str] = {
    "traces": "Send OpenTelemetry's spans; those of model calls become events.",
    "logs": "Send OpenTelemetry's log records; those of evaluations become feedback.",
    "metrics": "Always refused: a counter says not which call it was. Send traces.",
}


def document() -> Schema:
    """Return the document."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "fmwatch gateway", "version": "1", "description": _ABOUT},
        "servers": [{"url": "http://127.0.0.1:8765"}],
        "security": [{"token": []}, {"password": []}],
        "paths": dict(_paths()),
        "components": {
            "schemas": dict(_schemas()),
            "parameters": _parameters(),
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "password": {"type": "http", "scheme": "basic", "description": "a token as the password"},
            },
        },
    }


def text() -> str:
    """Return the document as the file has it."""
    return json.dumps(document(), indent=1, ensure_ascii=False) + "\n"


def _paths() -> Iterator[tuple[str, Schema]]:
    for path, (name, summary) in _KINDS.items():
        yield path, {"post": _sending(path, name, summary)}
    for signal, summary in _SIGNALS.items():
        yield f"/v1/{signal}", {"post": _exporting(signal, summary)}
    yield "/healthz", {"get": _asking("healthz", "Whether the process answers.", Healthy)}
    ready = _asking("readyz", "Whether events are taken in.", Ready)
    ready["responses"]["503"] = _response("503", _json(_named(Refused)))
    yield "/readyz", {"get": ready}


def _sending(path: str, name: str, summary: str) -> Schema:
    said = path.rpartition("/")[2]
    one = _any_event() if name == "event" else _component(name)
    many = {"type": "array", "items": one, "minItems": 1, "maxItems": MOST_EVENTS}
    refused, taken = _named(Refused), _named(Taken)
    responses = {code: _response(code, _json(refused)) for code in _HELD}
    responses["400"] = _response("400", _json({"anyOf": [refused, taken]}))
    lines = {"schema": {"type": "string", "description": "one event per line"}}
    return {
        "operationId": said,
        "summary": summary,
        "parameters": [_parameter("Content-Encoding"), _parameter(COUNTS)],
        "requestBody": {
            "required": True,
            "content": {JSON: {"schema": {"anyOf": [one, many]}, "example": EXAMPLES[said]}, NDJSON: lines},
        },
        "responses": {"200": _response("200", _json(taken)), **responses},
    }


def _any_event() -> Schema:
    """Return what is taken at /v1/events: a call, or another event that says its type."""
    others = [{"allOf": [_component(name), {"required": ["type"]}]} for name in ("feedback", "change")]
    return {"anyOf": [_component("event"), *others]}


def _exporting(signal: Signal, summary: str) -> Schema:
    unread = {"408", "413"} if signal == "metrics" else set()
    sent = {"schema": ref(REQUESTS[signal]), "example": EXAMPLES[signal]} if signal in REQUESTS else {}
    both: Schema = {JSON: {"schema": ref(status())}, PROTOBUF: {}}
    responses = {code: _response(code, both) for code in _HELD if code not in unread}
    if signal in ANSWERS:
        responses = {
            "200": _response("200", {JSON: {"schema": ref(ANSWERS[signal])}, PROTOBUF: {}}),
            **responses,
        }
    return {
        "operationId": signal,
        "summary": summary,
        "parameters": [_parameter(name) for name in ("Content-Encoding", *map(_whose, WHOSE))],
        "requestBody": {
            "required": True,
            "content": {JSON: sent, PROTOBUF: {}},
        },
        "responses": responses,
    }


def _asking(name: str, summary: str, answer: type[msgspec.Struct]) -> Schema:
    responses = {"200": _response("200", _json(_named(answer)))}
    return {"operationId": name, "summary": summary, "security": [], "responses": responses}


def _response(code: str, content: Schema) -> Schema:
    told: Schema = {"description": _HELD.get(code, "Done.")}
    if code in _HEADERS:
        told["headers"] = _HEADERS[code]
    return {**told, "content": content}


def _json(schema: Schema) -> Schema:
    return {JSON: {"schema": schema}}


def _named(struct: type[msgspec.Struct]) -> Schema:
    return _component(struct.__name__)


def _component(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _parameter(name: str) -> Schema:
    return {"$ref": f"#/components/parameters/{name}"}


def _whose(name: str) -> str:
    return f"fmwatch-{name}"


def _parameters() -> dict[str, Schema]:
    packing = {"type": "string", "enum": ["gzip", "identity"]}
    counts = "what a client has counted, as client=01a2...; captured=1200/50; queue_full=12/2"
    told = {
        "Content-Encoding": (packing, "how the body is packed"),
        COUNTS: ({"type": "string"}, counts),
        **{_whose(name): ({"type": "string"}, f"the {name} of calls that say none") for name in WHOSE},
    }
    return {
        name: {"name": name, "in": "header", "schema": schema, "description": said}
        for name, (schema, said) in told.items()
    }


def _schemas() -> Iterator[tuple[str, Schema]]:
    for name, _ in _KINDS.values():
        schema = json.loads(FILE.with_name(f"{name}.schema.json").read_text("utf-8"))
        schema["required"] = [field for field in schema["required"] if field != "type"]  # the path says it
        yield name, _moved(schema, name)
    structs = (Taken, Refused, Healthy, Ready)
    yield from msgspec.json.schema_components(structs, ref_template="#/components/schemas/{name}")[1].items()
    yield from schemas().items()


def _moved(schema: Any, name: str) -> Any:  # noqa: ANN401 - any JSON value
    """Return a schema as part of the document: what it refers to is found below its name."""
    if isinstance(schema, list):
        return [_moved(one, name) for one in schema]
    if not isinstance(schema, Mapping):
        return schema
    moved = {key: _moved(value, name) for key, value in schema.items() if key != "$schema"}
    if isinstance(place := moved.get("$ref"), str):
        moved["$ref"] = place.replace("#/", f"#/components/schemas/{name}/", 1)
    return moved


if __name__ == "__main__":
    sys.stdout.write(text())
