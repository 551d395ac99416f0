"""The server that runs on a data directory, asked over its local API for the parts of an export."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import msgspec

from services.export.routes import PATH, Content, Table
from services.running import answering
from store.errors import StoreError, StoreUnavailable
from store.export import Format, Part, Wanted

TIMEOUT_S = 300.0


class Server:
    """Asks a server as if it were the store."""

    def __init__(self, client: httpx2.Client) -> None:
        self.client = client

    def table(self, wanted: Wanted, name: str) -> Table:
        return msgspec.json.decode(self._asked(f"/tables/{name}", wanted), type=Table)

    def content(self, wanted: Wanted, part: Part, form: Format) -> bytes:
        return self._asked("/content", Content(wanted, part, form))

    def _asked(self, path: str, ask: msgspec.Struct) -> bytes:
        try:
            answer = self.client.post(PATH + path, content=msgspec.json.encode(ask))
        except httpx2.HTTPError as error:
            raise StoreUnavailable(
                f"the server at {self.client.base_url} gives no answer ({error}); export again later"
            ) from error
        if not answer.is_success:
            kind = StoreUnavailable if answer.is_server_error else StoreError
            raise kind(f"the server at {self.client.base_url} says: {answer.text}")
        return answer.content


@contextmanager
def running(data: Path) -> Iterator[Server | None]:
    """Yield the server that runs on a directory; None where none answers there."""
    with answering(data, TIMEOUT_S) as client:
        yield None if client is None else Server(client)
