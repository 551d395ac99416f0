"""ClickHouse's HTTP protocol, as much of it as its clients send: a request as a statement."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from io import BufferedIOBase, BytesIO
from urllib.parse import parse_qsl, urlsplit

from lz4 import frame  # type: ignore[import-untyped]  # comes with the client, which sends it

from store.testing.engine import Session, Statement

# Parameters of the protocol itself; whatever else the address carries is a setting of the engine.
_OWN = frozenset(
    {"query", "database", "default_format", "client_protocol_version", "wait_end_of_query", "query_id"}
)
_PARAMETER = "param_"
# The rows of an insert follow its statement in the same body.
_INSERT = re.compile(rb"\A\s*INSERT\s+INTO\s[^\n]*\sFORMAT\s+\w+\n", re.IGNORECASE)


def statement(path: str, headers: Message, body: bytes) -> Statement:
    """Return what a request asks for; its SQL stands in the address, in the body, or in a form."""
    if headers.get("Content-Encoding") == "lz4":
        body = _plain(body)
    sent = dict(parse_qsl(urlsplit(path).query, keep_blank_values=True))
    if headers.get("Content-Type", "").startswith("multipart/form-data"):
        sent |= _form(headers["Content-Type"], body)
        body = b""
    sql, data = _split(sent.get("query", ""), body)
    settings = {name: value for name, value in sent.items() if name not in _OWN}
    parameters = {name: settings.pop(name) for name in list(settings) if name.startswith(_PARAMETER)}
    return Statement(
        sql,
        data,
        {name.removeprefix(_PARAMETER): value for name, value in parameters.items()},
        Session(sent.get("database", ""), tuple(sorted(settings.items()))),
    )


def read_body(headers: Message, stream: BufferedIOBase) -> bytes:
    """Return the body of a request, whole; a sender that breaks off in it raises ConnectionError."""
    if headers.get("Transfer-Encoding", "") == "chunked":
        return b"".join(_chunks(stream))
    return _exactly(stream, int(headers.get("Content-Length", "0")))


def compressed(answer: bytes, headers: Message) -> tuple[bytes, str]:
    """Return the answer as the sender likes it, and how that is called; empty where it is plain."""
    if "lz4" in headers.get("Accept-Encoding", ""):
        return frame.compress(answer), "lz4"
    return answer, ""


def _chunks(stream: BufferedIOBase) -> Iterator[bytes]:
    while True:
        line = stream.readline()
        if not line.endswith(b"\n"):
            raise ConnectionError("the sender broke off")
        size = int(line, 16)
        chunk = _exactly(stream, size)
        stream.readline()
        if not size:
            return
        yield chunk


def _exactly(stream: BufferedIOBase, size: int) -> bytes:
    found = stream.read(size)
    if len(found) != size:
        raise ConnectionError("the sender broke off")
    return found


def _plain(body: bytes) -> bytes:
    """Undo the compression of a body in which each block of rows was compressed for itself."""
    with frame.open(BytesIO(body)) as opened:
        return bytes(opened.read())


def _form(content_type: str, body: bytes) -> dict[str, str]:
    """Read a form: clients send parameters that way when they are too long for an address."""
    form = message_from_bytes(f"Content-Type: {content_type}\r\n\r\n".encode() + body)
    found = {}
    for part in form.walk():
        name = part.get_param("name", header="content-disposition")
        payload = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(payload, bytes):
            found[name] = payload.decode()
    return found


def _split(query: str, body: bytes) -> tuple[str, bytes]:
    if found := _INSERT.match(body):
        return found.group().decode(), body[found.end() :]
    if query and body:
        return query, body
    return query or body.decode(), b""
