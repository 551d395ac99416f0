"""The server that runs on a data directory, asked over its local API to erase."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import msgspec

from services.erase.receipt import Document
from services.erase.routes import PATH
from services.running import noted_headers, noted_url
from store.errors import StoreError, StoreUnavailable
from store.subject import Subject

PATIENCE_S = 7200.0  # every part that holds a row is written anew
CONNECT_S = 5.0


class Server:
    """Asks a server as if it were the directory."""

    def __init__(self, client: httpx2.Client) -> None:
        self.client = client

    def dry_run(self, subject: Subject) -> Document:
        return self._asked(subject, dry_run=True)

    def erase(self, subject: Subject) -> Document:
        return self._asked(subject, dry_run=False)

    def _asked(self, subject: Subject, *, dry_run: bool) -> Document:
        body = {"user_hash": subject.user_hash, "tenant": subject.tenant, "dry_run": dry_run}
        try:
            answer = self.client.post(PATH, content=msgspec.json.encode(body))
            found = msgspec.json.decode(answer.content, type=Document)
        except (httpx2.HTTPError, msgspec.MsgspecError) as error:
            raise StoreUnavailable(
                f"the server at {self.client.base_url} gives no answer ({error}); erase again later, "
                "it goes on where it was"
            ) from error
        if not answer.is_success:
            kind = StoreUnavailable if answer.is_server_error else StoreError
            raise kind(f"the server at {self.client.base_url} says: {found.get('error', answer.status_code)}")
        return found


@contextmanager
def running(data: Path) -> Iterator[Server | None]:
    """Yield the server that runs on a directory; None where none answers there."""
    url = noted_url(data)
    if not url:
        yield None
        return
    timeout = httpx2.Timeout(PATIENCE_S, connect=CONNECT_S)
    with httpx2.Client(trust_env=False, timeout=timeout, headers=noted_headers(data), base_url=url) as client:
        yield Server(client) if _answers(client) else None


def _answers(client: httpx2.Client) -> bool:
    """Tell whether it is one of ours; a server that was killed left its note behind."""
    try:
        return "dead_letters" in client.get("/api/dead-letters.json", params={"limit": "0"}).json()
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError, TypeError):
        return False
