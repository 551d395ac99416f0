"""The server that runs on a data directory, asked over its local API to erase."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import msgspec

from services.erase.receipt import Document
from services.erase.routes import PATH
from services.running import answering
from store.errors import StoreError, StoreUnavailable
from store.subject import Subject

PATIENCE_S = 7200.0  # every part that holds a row is written anew


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
    with answering(data, PATIENCE_S) as client:
        yield None if client is None else Server(client)
