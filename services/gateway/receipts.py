"""What a gateway has taken in, told to the log so that what got lost after it shows."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self
from uuid import uuid4

from services.gateway.backlog import Clock
from stream.errors import LogError
from stream.log import Log
from stream.receipt import Receipt
from stream.topics import RECEIPTS

EVERY_S = 10.0
KEPT = timedelta(minutes=5)  # a request counts at its end, in the minute in which it came

Whose = tuple[str, str]  # tenant, team
_Key = tuple[datetime, str, str]  # minute, tenant, team

_log = logging.getLogger(__name__)


class Receipts:
    """Counts calls by tenant, team and minute, and writes what has changed a little later, and at the end.

    The receipt of a minute is written again as it grows; the newest counts. A gateway that is killed keeps
    the last seconds' to itself: then more is stored than was told of, which is no loss.

    Parameters
    ----------
    clock : the one that stamps `received_at`
    every_s : between two writings at least
    """

    def __init__(self, log: Log, clock: Clock, every_s: float = EVERY_S) -> None:
        self._log = log
        self._clock = clock
        self._every_s = every_s
        self._source = str(uuid4())
        self._lock = threading.Lock()
        self._counts: dict[_Key, Counter[str]] = {}
        self._changed: set[_Key] = set()
        self._timer: threading.Timer | None = None
        self._closed = False

    def count(self, received_at: datetime, whose: Whose, counts: Mapping[str, int]) -> None:
        """Add to the counts of a tenant and team."""
        key = (received_at.replace(second=0, microsecond=0), *whose)
        with self._lock:
            self._counts.setdefault(key, Counter()).update(counts)
            self._changed.add(key)
            self._later()

    def write(self) -> None:
        """Write what has changed since the last time; where the log is away, that waits for the next."""
        with self._lock:
            self._timer = None
            changed, self._changed = self._changed, set()
            found = [self._receipt(key) for key in sorted(changed)]
        try:
            if found:
                self._log.append(RECEIPTS, [one.record() for one in found])
        except LogError as error:
            _log.warning("receipts of %d minutes wait: %s", len(found), error)
            with self._lock:
                self._changed |= changed
                self._later()
            return
        self._forget()

    def close(self) -> None:
        """Write the rest."""
        with self._lock:
            self._closed = True
            if self._timer is not None:
                self._timer.cancel()
        self.write()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _receipt(self, key: _Key) -> Receipt:
        minute, tenant, team = key
        return Receipt(self._clock(), minute, tenant, team, "gateway", self._source, dict(self._counts[key]))

    def _forget(self) -> None:
        """Let go of minutes that are over and told of, and to which no request in hand can add."""
        over = self._clock() - KEPT
        with self._lock:
            for key in [key for key in self._counts if key[0] < over and key not in self._changed]:
                del self._counts[key]

    def _later(self) -> None:
        if self._timer is None and not self._closed:
            self._timer = threading.Timer(self._every_s, self.write)
            self._timer.daemon = True
            self._timer.start()
