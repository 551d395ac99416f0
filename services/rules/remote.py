"""The server that runs on a data directory, asked over its local API for its past."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from fmwatch.event import Change

from detectors.monitors.base import Leaf, Observations, Signal
from services.remote import Remote
from services.rules.history import PastAlert
from services.rules.routes import PATH, unpacked

PATIENCE_S = 300.0


class ServerHistory(Remote):
    """The past of a running server, asked as if it were the store."""

    again = "look back again later"

    def span(self) -> tuple[int, int] | None:
        return msgspec.msgpack.decode(self._past("span"), type=tuple[int, int] | None)

    def fleet(self, since: datetime, until: datetime) -> Mapping[Leaf, str]:
        return dict(msgspec.msgpack.decode(self._between("fleet", since, until), type=list[tuple[Leaf, str]]))

    def observations(self, start: int, end: int) -> Observations:
        return unpacked(self._past("observations", start, end))

    def calendar(self, since: datetime, until: datetime) -> Sequence[Signal]:
        return msgspec.msgpack.decode(self._between("calendar", since, until), type=list[Signal])

    def changes(self, since: datetime, until: datetime) -> Sequence[Change]:
        return msgspec.msgpack.decode(self._between("changes", since, until), type=list[Change])

    def alerts(self, since: datetime) -> Sequence[PastAlert]:
        return msgspec.msgpack.decode(self._between("alerts", since, since), type=list[PastAlert])

    def _between(self, what: str, since: datetime, until: datetime) -> bytes:
        return self._past(what, *(int(one.timestamp()) // 60 for one in (since, until)))

    def _past(self, what: str, since: int = 0, until: int = 0) -> bytes:
        return self.asked("GET", f"{PATH}/{what}", params={"since": str(since), "until": str(until)})
