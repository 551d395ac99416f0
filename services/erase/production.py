"""Erasing on a ClickHouse server, beside workers and a watcher in processes of their own."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from services.erase.receipt import Document, dry, receipt
from services.lookout import ROUND_S
from services.shadow.journal import forget
from services.wall import now
from store import erase
from store.database import Database
from store.erasures import Erasures
from store.errors import StoreError, StoreUnavailable
from store.lingering import Lingering
from store.subject import Subject

SEEN_S = ROUND_S + 15.0  # until every worker and the watcher have seen what is marked
TIMES = 3  # what a worker had in hand meanwhile is removed by the next time

Wait = Callable[[float], None]


class Production:
    """A server that several processes write to: each is given the time to see what is marked.

    Parameters
    ----------
    data : where `fmwatch shadow` keeps its journal
    """

    def __init__(self, data: Path, database: Database, wait: Wait = time.sleep) -> None:
        self.data = data
        self.database = database
        self._wait = wait

    def dry_run(self, subject: Subject) -> Document:
        return dry(subject, erase.counted(self.database, subject))

    def erase(self, subject: Subject) -> Document:
        self._allowed()  # before anything is marked
        at = erase.mark(self.database, subject)
        self._wait(SEEN_S)
        removed: dict[str, int] = {}
        for _ in range(TIMES):
            for table, n in erase.remove(self.database, subject).items():
                removed[table] = removed.get(table, 0) + n
            left = erase.left(self.database, subject)
            if not any(left.values()):
                break
        erased = Erasures(self.database)
        erased.renew()
        removed |= forget(self.data, subject, erased)
        return receipt(subject, at, now(), removed=removed, log_lines=None, left=left)

    def _allowed(self) -> None:
        try:
            with Lingering(self.database, ["erasures"]):
                pass
        except StoreUnavailable:
            raise
        except StoreError as error:
            raise StoreError(
                "this user of the store may not erase: give the address of one who may, as fmwatch_erase of "
                f"docker/clickhouse/users.d/fmwatch.xml ({error})"
            ) from error
