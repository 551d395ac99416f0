"""The OpenAPI document is made from the code, and a gateway answers as it says."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from starlette.applications import Starlette

from services.access.door import TokenDoor
from services.access.token import digest
from services.access.tokens import Tokens
from services.gateway import body
from services.gateway.backlog import LineBacklog
from services.gateway.body import WIRE_BYTES
from services.gateway.http import Gateway
from services.gateway.openapi import FILE, text
from services.gateway.openapi_examples import EXAMPLES
from services.gateway.testing import OWN, TOKEN, Answered, Asked, Memory, ask
from stream.border import Border
from stream.errors import LogUnavailable
from tests.services.gateway.documented import DOCUMENT, undocumented
from tests.stream.fakes import NOON

SPECIFICATION = Path(__file__).parents[2] / "openapi_spec" / "openapi-3.1.json"
OPENAPI = Draft202012Validator(json.loads(SPECIFICATION.read_text("utf-8")))
ANSWERS = [
    (method, path, code)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
    for code in operation["responses"]
]


class Away(Memory):
    """A log that cannot be asked."""

    def lag(self, topic: str, group: str) -> int:
        raise LogUnavailable(f"{topic} of {group} cannot be read")


def _app(folder: Path, code: str, log: Memory | None = None) -> Starlette:
    file = folder / "tokens.yaml"
    file.write_text(f'{OWN}: {{ingest: ["{digest(TOKEN)}"], read: ["{digest("reader")}"]}}', encoding="utf-8")
    log = Away() if code == "503" else log or Memory()
    backlog = LineBacklog(log, lambda: NOON, -1 if code == "429" else 10)
    door = TokenDoor(Tokens(file))
    return Starlette(routes=Gateway(log, Border(), lambda: NOON, entrance=door, backlog=backlog).routes())


def _asked(method: str, path: str, code: str, kind: str = "application/json") -> Asked:
    """Return a request that must be answered so."""
    content = json.dumps(EXAMPLES.get(path.rpartition("/")[2], {})).encode() if method == "post" else b""
    token = {"401": "", "403": "Bearer reader"}.get(code, f"Bearer {TOKEN}").encode()
    headers = [(b"host", b"fmwatch.example.org"), (b"content-type", kind.encode()), (b"authorization", token)]
    if code == "415":
        headers.append((b"content-encoding", b"br"))
        headers[1] = (b"content-type", b"application/xml")
    if code == "400" or kind != "application/json":
        content = b"\xff"
    pieces = [b"x" * (WIRE_BYTES + 1)] if code == "413" else [content]
    return Asked(method.upper(), path.encode(), headers, pieces, silent=code == "408")


def _answered(app: Starlette, asked: Asked) -> Answered:
    return asyncio.run(ask(app, asked))


def test_made() -> None:
    """The file is made by `python -m services.gateway.openapi > docs/contract/openapi.json`."""
    assert text() == FILE.read_text("utf-8")


def test_schema() -> None:
    """The document is one that OpenAPI's own schema takes, and its schemas are schemas."""
    OPENAPI.validate(DOCUMENT)
    for schema in DOCUMENT["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_schema_refuses() -> None:
    """The schema would tell us: a word that has no place there is refused."""
    wrong = {**DOCUMENT, "paths": {"/v1/events": {"post": {"sumary": "Send."}}}}
    assert not OPENAPI.is_valid(wrong)


def test_paths() -> None:
    """The document has every path of a gateway, and its method."""
    served = Gateway(Memory(), Border(), lambda: NOON).routes()
    found = {(route.path, method) for route in served for method in route.methods or () if method != "HEAD"}
    assert found == {(path, method.upper()) for method, path, _ in ANSWERS}


def test_references() -> None:
    """Everything that the document refers to is in it, and all that is in it is referred to."""
    whole = json.dumps(DOCUMENT)
    for section in ("schemas", "parameters"):
        for name in DOCUMENT["components"][section]:
            assert f'"$ref": "#/components/{section}/{name}"' in whole
    refers = [part.partition('"')[0] for part in whole.split('"$ref": "#/')[1:]]
    for place in set(refers):
        found = DOCUMENT
        for key in place.split("/"):
            found = found[key]


@pytest.mark.parametrize(("method", "path", "code"), ANSWERS)
def test_answered(method: str, path: str, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every answer of the document is one that a gateway gives, and it is as the document says."""
    monkeypatch.setattr(body, "BODY_S", 0.01 if code == "408" else 5)
    asked = _asked(method, path, code)
    answer = _answered(_app(tmp_path, code), asked)
    assert (str(answer.status), undocumented(asked, answer)) == (code, "")


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples(name: str, tmp_path: Path) -> None:
    """Each example is as its own schema has it, and all of it is taken."""
    asked = _asked("post", f"/v1/{name}", "200")
    sent = DOCUMENT["paths"][f"/v1/{name}"]["post"]["requestBody"]["content"]["application/json"]
    Draft202012Validator({**sent["schema"], "components": DOCUMENT["components"]}).validate(sent["example"])
    log = Memory()
    answer = _answered(_app(tmp_path, "200", log), asked)
    assert json.loads(answer.body) in ({}, {"accepted": 1, "rejected": 0, "rejects": []})
    assert [record.count for record in log.taken()] == [1]


@pytest.mark.parametrize("path", ["/v1/traces", "/v1/logs", "/v1/metrics"])
@pytest.mark.parametrize("code", ["400", "401", "429"])
def test_protobuf(path: str, code: str, tmp_path: Path) -> None:
    """Who speaks protobuf is answered in protobuf."""
    asked = _asked("post", path, code, "application/x-protobuf")
    answer = _answered(_app(tmp_path, code), asked)
    assert (str(answer.status), undocumented(asked, answer)) == (code, "")
    assert answer.headers["content-type"] == "application/x-protobuf"
