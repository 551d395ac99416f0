"""For tests and benchmarks: requests as bytes without a server, and what must be true of every answer."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

import msgspec
from starlette.types import ASGIApp, Message

from stream.border import tenant_of
from stream.decode import decode
from stream.errors import InvalidEvent
from stream.json_object import parse
from stream.log import Delivery, Position, Record
from stream.refused import REFUSED

OWN = "support"  # the tenant of the token that is sent
VICTIM = "victim"  # another's
TOKEN = "hostile"  # noqa: S105 - of a gateway under test

Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, as bytes.

    Attributes
    ----------
    pieces : in which the body comes
    closes : the connection ends before the body does
    silent : after the pieces nothing comes any more, and no end
    """

    method: str
    path: bytes
    headers: Headers
    pieces: Sequence[bytes]
    closes: bool = False
    silent: bool = False


@dataclass(slots=True)
class Answered:
    """What came back; status 0 where nobody listened any more."""

    status: int = 0
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    failure: str = ""


@dataclass(slots=True)
class Memory:
    """A log that keeps what it is given until it is asked for it."""

    kept: list[tuple[str, Record]] = field(default_factory=list)

    def append(self, topic: str, records: Sequence[Record]) -> list[Position]:
        self.kept += [(topic, record) for record in records]
        return [Position(topic, 0, number) for number in range(len(records))]

    def read(self, topic: str, group: str, *, lines: int = 0, size: int = 0) -> list[Delivery]:  # noqa: ARG002 - the protocol's
        return []

    def commit(self, group: str, positions: Iterable[Position]) -> None:
        """Nothing is ever read."""

    def lag(self, topic: str, group: str) -> int:  # noqa: ARG002 - the protocol's
        return 0

    def waiting_since(self, topic: str, group: str) -> float | None:  # noqa: ARG002 - the protocol's
        return None

    def close(self) -> None:
        """Nothing is open."""

    def taken(self) -> list[Record]:
        """Return what came since the last time."""
        kept, self.kept = self.kept, []
        return [record for _, record in kept]


async def ask(app: ASGIApp, asked: Asked) -> Answered:
    """Give a request to an application as a server does, without one that would mend it before."""
    answer = Answered()
    pieces = iter(asked.pieces)
    left = len(asked.pieces)

    async def receive() -> Message:
        nonlocal left
        piece = next(pieces, None)
        if piece is None and asked.silent:
            await asyncio.Event().wait()
        if piece is None or (asked.closes and left == 1):
            return {"type": "http.disconnect"}
        left -= 1
        return {"type": "http.request", "body": piece, "more_body": left > 0 or asked.silent}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            answer.headers = {
                name.decode().lower(): value.decode("latin-1") for name, value in message["headers"]
            }
        else:
            answer.body += message.get("body", b"")

    path, _, query = asked.path.partition(b"?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": asked.method,
        "scheme": "https",
        "path": unquote(path.decode("latin-1")),
        "raw_path": path,
        "query_string": query,
        "root_path": "",
        "headers": [(name.lower(), value) for name, value in asked.headers],
        "client": ("10.0.0.7", 40_000),
        "server": ("fmwatch.example.org", 443),
    }
    try:
        await app(scope, receive, send)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what we look for
        answer.status, answer.failure = 500, repr(error)
    return answer


def wrong(asked: Asked, answer: Answered, logged: Sequence[Record]) -> str:
    """Return what is wrong with an answer and what it left in the log, "" where nothing is."""
    lines = [line for record in logged for line in record.lines]
    if not 200 <= answer.status < 500:  # noqa: PLR2004 - HTTP's numbers
        return f"answered {answer.status} {answer.failure}"
    if asked.method != "POST" and lines:
        return f"{asked.method} has written"
    return _whose(logged, lines) or _half(answer, lines)


def _whose(logged: Sequence[Record], lines: Sequence[bytes]) -> str:
    if stranger := next((record.key for record in logged if tenant_of(record.key) != OWN), None):
        return f"a record has the key {stranger!r}"
    foreign = next(filter(_foreign, lines), None)
    return f"a line is another tenant's: {foreign[:200]!r}" if foreign else ""


def _half(answer: Answered, lines: Sequence[bytes]) -> str:
    said = _said(answer.body)
    if "accepted" not in said:
        refused = answer.status != 200  # noqa: PLR2004 - HTTP's number
        return (
            f"refused with {answer.status}, yet {len(lines)} lines are in the log"
            if refused and lines
            else ""
        )
    strangers = sum(one["reason"] == "foreign_tenant" for one in said["rejects"])
    expected = said["accepted"] + said["rejected"] - strangers
    named = said["rejected"] == len(said["rejects"])  # else only the first hundred are
    return (
        f"{len(lines)} lines are in the log, {expected} by the answer"
        if named and len(lines) != expected
        else ""
    )


def _foreign(line: bytes) -> bool:
    """Tell whether a line would become another tenant's event; decoding must raise nothing else."""
    try:
        fields = parse(line)
        if fields.get("type") != REFUSED and fields.get("tenant") not in (None, "", OWN):
            return True
        return decode(line).tenant != OWN
    except InvalidEvent:
        return False


def _said(body: bytes) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}
    return found if isinstance(found, dict) else {}
