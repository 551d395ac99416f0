"""The server that runs on a data directory, asked over its local API."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

import httpx2
import msgspec

from services.dead_letters.reading import Document, Outcomes, Pending
from services.dead_letters.replays import Taken, UnknownLetter
from services.dead_letters.routes import PREFIX
from services.running import noted_headers, noted_url
from store.dead_letters import Asked
from store.errors import StoreError, StoreUnavailable

TIMEOUT_S = 30.0
_T = TypeVar("_T")


class Server:
    """Asks a server as if it were the directory."""

    def __init__(self, client: httpx2.Client) -> None:
        self.client = client

    def listing(self, asked: Asked, limit: int) -> Document:
        return self._get(".json", {**_query(asked), "limit": str(limit)}, Document)

    def one(self, letter: str) -> Document | None:
        try:
            return self._get(f"/{quote(letter, safe='')}.json", {}, Document)
        except UnknownLetter:
            return None

    def pending(self, asked: Asked) -> Pending:
        return self._get("/pending.json", _query(asked), Pending)

    def take(
        self, ids: Sequence[str], *, restamp: bool, dry_run: bool, replayed_at: datetime | None = None
    ) -> Taken:
        body = {"ids": ids, "restamp": restamp, "dry_run": dry_run, "replayed_at": replayed_at}
        return self._asked("POST", "/replay", Taken, content=msgspec.json.encode(body))

    def outcomes(self, replayed_at: datetime) -> Outcomes:
        return self._get("/outcomes.json", {"replayed_at": replayed_at.isoformat()}, Outcomes)

    def _get(self, path: str, query: Mapping[str, str], kind: type[_T]) -> _T:
        return self._asked("GET", path, kind, params=query)

    def _asked(self, method: str, path: str, kind: type[_T], **sent: Any) -> _T:  # noqa: ANN401 - httpx2's own
        try:
            answer = self.client.request(method, PREFIX + path, **sent)
            if answer.status_code == httpx2.codes.NOT_FOUND:
                raise UnknownLetter(_said(answer))
            if not answer.is_success:
                kind_of = StoreUnavailable if answer.is_server_error else StoreError
                raise kind_of(f"the server at {self.client.base_url} says: {_said(answer)}")
            return msgspec.json.decode(answer.content, type=kind)
        except (httpx2.HTTPError, msgspec.MsgspecError) as error:
            raise StoreUnavailable(
                f"the server at {self.client.base_url} gives no answer ({error}); do the same again later, "
                "nothing is stored twice"
            ) from error


@contextmanager
def running(data: Path) -> Iterator[Server | None]:
    """Yield the server that runs on a directory; None where none does, or a stranger has its port."""
    url = noted_url(data)
    if not url:
        yield None
        return
    with httpx2.Client(trust_env=False, timeout=TIMEOUT_S, headers=noted_headers(data)) as client:
        server = Server(client)
        yield server if _answers(server, url) else None


def _answers(server: Server, url: str) -> bool:
    try:
        server.client.base_url = url
        return "dead_letters" in server.listing(Asked(), 0)
    except (StoreError, ValueError, httpx2.InvalidURL):
        return False


def _query(asked: Asked) -> dict[str, str]:
    query = {"reason": asked.reason, "tenant": asked.tenant}
    times = {"since": asked.since, "until": asked.until}
    return query | {name: when.isoformat() for name, when in times.items() if when is not None}


def _said(answer: httpx2.Response) -> str:
    try:
        return str(answer.json()["error"])
    except (ValueError, LookupError, TypeError):
        return f"{answer.status_code} {answer.reason_phrase}"
