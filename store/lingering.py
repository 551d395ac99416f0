"""See to it that what was removed is gone from the disk too, and not only from every answer."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

from store.database import Database
from store.errors import StoreError, StoreUnavailable
from store.layout import SHARD, SHARDED
from store.refusal import PASSING

POLL_S = 0.2
PATIENCE_S = 6 * 3600.0  # a removal rewrites every part that holds a row of it
CLEARED_S = 120.0  # questions that are under way still read what was there

# Parts go at once. To write one anew takes a hundred megabytes and not eight hundred where the buffers of its
# hundred columns are small at first.
_MEANWHILE = {"old_parts_lifetime": 0, "min_columns_to_activate_adaptive_write_buffer": 1}
_CODE = re.compile(r"\bCode: (\d+)")
_HERE = "database = currentDatabase() AND table IN {tables:Array(String)}"


class Lingering:
    """Parts of tables that were replaced; within the block they leave the disk at once, not after minutes.

    Parameters
    ----------
    tables : those that rows are removed from
    wait : given seconds, returns when they have passed
    """

    def __init__(
        self, database: Database, tables: Sequence[str], wait: Callable[[float], None] = time.sleep
    ) -> None:
        self._database = database
        self._tables = [
            name + SHARD if database.layout.sharded and name in SHARDED else name for name in tables
        ]
        self._wait = wait

    def __enter__(self) -> Self:
        self._each(f"MODIFY SETTING {', '.join(f'{name} = {value}' for name, value in _MEANWHILE.items())}")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._clear()
        finally:
            self._each(f"RESET SETTING {', '.join(_MEANWHILE)}")

    def until_done(self) -> None:
        """Return when the removals that were asked for are through.

        Raises
        ------
        StoreError : one of them cannot be done
        StoreUnavailable : they take for ever
        """
        for _ in range(round(PATIENCE_S / POLL_S)):
            found = self._database.rows(
                f"SELECT table, latest_fail_reason AS why FROM system.mutations "  # noqa: S608 - our own
                f"WHERE {_HERE} AND NOT is_done",
                {"tables": self._tables},
            )
            for one in found:
                if not _passes(one["why"]):
                    raise StoreError(f"the store cannot remove rows of {one['table']}: {one['why']}")
            if not found:
                return
            self._wait(POLL_S)
        raise StoreUnavailable("the store is not through with removing rows; erase again later")

    def old_parts(self) -> int:
        """Return how many parts lie there that no question reads any more."""
        found = self._database.query(
            f"SELECT count() AS n FROM system.parts WHERE {_HERE} AND NOT active",  # noqa: S608 - our own
            {"tables": self._tables},
        )
        return int(found["n"][0])

    def _clear(self) -> None:
        for _ in range(round(CLEARED_S / POLL_S)):
            # There is no such partition. To drop one is what makes the engine look for old parts now.
            self._each("DROP PARTITION ID '197001'")
            if not self.old_parts():
                return
            self._wait(POLL_S)

    def _each(self, change: str) -> None:
        for name in self._tables:
            self._database.command(f"ALTER TABLE {name} {self._database.layout.on_cluster} {change}")


def _passes(why: str) -> bool:
    """Tell whether a removal goes on all the same: what passes with time the engine tries again by itself."""
    code = _CODE.search(why)
    return not why or (code is not None and int(code.group(1)) in PASSING)
