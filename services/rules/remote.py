"""The server that runs on a data directory, asked over its local API for its past."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import httpx2
import msgspec
from fmwatch.event import Change

from detectors.monitors.base import Leaf, Observations, Signal
from services.rules.history import PastAlert
from services.rules.routes import PATH, unpacked
from services.running import answering
from store.errors import StoreError, StoreUnavailable

TIMEOUT_S = 300.0


class ServerHistory:
    """The past of a running server, asked as if it were the store."""

    def __init__(self, client: httpx2.Client) -> None:
        self.client = client

    def span(self) -> tuple[int, int] | None:
        return msgspec.msgpack.decode(self._asked("span"), type=tuple[int, int] | None)

    def fleet(self, since: datetime, until: datetime) -> Mapping[Leaf, str]:
        return dict(msgspec.msgpack.decode(self._between("fleet", since, until), type=list[tuple[Leaf, str]]))

    def observations(self, start: int, end: int) -> Observations:
        return unpacked(self._asked("observations", start, end))

    def calendar(self, since: datetime, until: datetime) -> Sequence[Signal]:
        return msgspec.msgpack.decode(self._between("calendar", since, until), type=list[Signal])

    def changes(self, since: datetime, until: datetime) -> Sequence[Change]:
        return msgspec.msgpack.decode(self._between("changes", since, until), type=list[Change])

    def alerts(self, since: datetime) -> Sequence[PastAlert]:
        return msgspec.msgpack.decode(self._between("alerts", since, since), type=list[PastAlert])

    def _between(self, what: str, since: datetime, until: datetime) -> bytes:
        return self._asked(what, *(int(one.timestamp()) // 60 for one in (since, until)))

    def _asked(self, what: str, since: int = 0, until: int = 0) -> bytes:
        span = {"since": str(since), "until": str(until)}
        try:
            answer = self.client.get(f"{PATH}/{what}", params=span)
        except httpx2.HTTPError as error:
            raise StoreUnavailable(
                f"the server at {self.client.base_url} gives no answer ({error}); look back again later"
            ) from error
        if not answer.is_success:
            kind = StoreUnavailable if answer.is_server_error else StoreError
            raise kind(f"the server at {self.client.base_url} says: {answer.text}")
        return answer.content


@contextmanager
def running(data: Path) -> Iterator[ServerHistory | None]:
    """Yield the past of the server that runs on a directory; None where none answers there."""
    with answering(data, TIMEOUT_S) as client:
        yield None if client is None else ServerHistory(client)
