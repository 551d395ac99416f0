"""The server that runs on a data directory, asked over its local API."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2
import msgspec

from services.alerter.errors import AlertOver, AmbiguousAlert, Unclear, UnknownAlert
from services.alerter.word import Verb
from services.alerts.reading import Document
from services.alerts.routes import PREFIX, SERIES, TRUTH
from services.running import answering
from store.errors import StoreError, StoreUnavailable

PATIENCE_S = 30.0
_UNCLEAR: Mapping[int, type[Unclear]] = {404: UnknownAlert, 400: AmbiguousAlert, 409: AlertOver}


class Server:
    """Asks a server as if it were the directory."""

    def __init__(self, client: httpx2.Client) -> None:
        self.client = client

    def alerts(self, since: datetime) -> list[Document]:  # noqa: ARG002 -- the server lists those of a week
        return list(self._asked("GET", f"{PREFIX}.json")["alerts"])

    def truth(self) -> Document:
        return self._asked("GET", TRUTH)

    def series(self) -> list[Document]:
        return list(self._asked("GET", SERIES)["series"])

    def say(self, prefix: str, verb: Verb, by: str, note: str) -> Document:
        body = msgspec.json.encode({"by": by, "note": note})
        return self._asked("POST", f"{PREFIX}/{quote(prefix, safe='')}/{verb}", content=body)

    def _asked(self, method: str, path: str, **sent: Any) -> Document:  # noqa: ANN401 - httpx2's own
        try:
            answer = self.client.request(method, path, **sent)
            found = msgspec.json.decode(answer.content, type=Document)
        except (httpx2.HTTPError, msgspec.MsgspecError) as error:
            raise StoreUnavailable(
                f"the server at {self.client.base_url} gives no answer ({error}); do the same again later, "
                "nothing is said twice"
            ) from error
        if answer.is_success:
            return found
        said = str(found.get("error", answer.status_code))
        if method == "POST" and answer.status_code in _UNCLEAR:
            raise _UNCLEAR[answer.status_code](said)
        kind = StoreUnavailable if answer.is_server_error else StoreError
        raise kind(f"the server at {self.client.base_url} says: {said}")


@contextmanager
def running(data: Path) -> Iterator[Server | None]:
    """Yield the server that runs on a directory; None where none answers there."""
    with answering(data, PATIENCE_S) as client:
        yield None if client is None else Server(client)
