"""What the monitors say about themselves: which series they watch, and which they cannot watch yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from detectors.monitors.base import Monitor
from detectors.monitors.readiness import Learning
from store.database import Database
from store.series_state import Row, state_rows
from store.writer import Writer

MINUTES_PER_DAY = 24 * 60
_KEY = ("tenant", "signal", "level", "platform", "route", "model")


class States:
    """Tells the store how far every series has come: what has changed, and once a day everything.

    Rows expire, so that a series nobody watches any more is not shown for ever.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._writer = Writer(database)
        self._told: Mapping[int, int] = {}  # hashes: a fleet has a hundred thousand states
        self._day = -1

    def tell(self, monitors: Iterable[Monitor], position: int) -> None:
        """Store the states at a minute since the epoch.

        Raises
        ------
        StoreUnavailable : the next call tells the same
        """
        learning = [monitor for monitor in monitors if isinstance(monitor, Learning)]
        found = state_rows((each for monitor in learning for each in monitor.readiness()), position)
        day = position // MINUTES_PER_DAY
        known = self._told if day == self._day else {}
        told: dict[int, int] = {}
        fresh: list[Row] = []
        for row in found:
            key, state = _hashes(row)
            told[key] = state
            if known.get(key) != state:
                fresh.append(row)
        if fresh:
            updated = self._database.moment()
            self._writer.series_state([{**row, "updated_at": updated} for row in fresh])
        self._told, self._day = told, day


def _hashes(row: Row) -> tuple[int, int]:
    """Return which series a state is of, and what of it is worth a new row: another call is not."""
    lasting = tuple(value for name, value in row.items() if name != "last_at")
    return hash(tuple(row[name] for name in _KEY)), hash(lasting)
