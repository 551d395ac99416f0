"""Hold answers against docs/contract/openapi.json."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from jsonschema import Draft202012Validator

from services.gateway.openapi import FILE
from services.gateway.openapi_otlp import ANSWERS
from services.gateway.otlp_answer import JSON, PROTOBUF, status
from services.gateway.testing import Answered, Asked

DOCUMENT: dict[str, Any] = json.loads(FILE.read_text("utf-8"))


def undocumented(asked: Asked, answer: Answered) -> str:
    """Return what the document does not say of an answer, "" where it says all; it has no wrong paths."""
    path = asked.path.partition(b"?")[0].decode("latin-1")
    operation = DOCUMENT["paths"].get(path, {}).get(asked.method.lower())
    if operation is None:
        return ""
    response = operation["responses"].get(str(answer.status))
    if response is None:
        return f"{path} answers {answer.status}"
    return "; ".join(_problems(path, answer, response))


def _problems(path: str, answer: Answered, response: dict[str, Any]) -> Iterator[str]:
    for name, header in response.get("headers", {}).items():
        if name.lower() not in answer.headers:
            yield f"{answer.status} comes without {name}"
        elif header["schema"]["type"] == "integer" and not answer.headers[name.lower()].isdigit():
            yield f"{name} is {answer.headers[name.lower()]!r}"
    kind = answer.headers.get("content-type", "")
    if kind not in response["content"]:
        yield f"{answer.status} comes as {kind!r}"
    elif kind == JSON:
        schema = {**response["content"][kind]["schema"], "components": DOCUMENT["components"]}
        for error in Draft202012Validator(schema).iter_errors(json.loads(answer.body)):
            yield f"{answer.status}: {error.message}"
    elif kind == PROTOBUF:
        message: Any = ANSWERS[_signal(path)] if answer.status == 200 else status()
        message.FromString(answer.body)


def _signal(path: str) -> Any:
    return path.rpartition("/")[2]
