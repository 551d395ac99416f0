"""Sums of each minute and hour, recomputed from the facts: a call that arrives twice changes nothing.

Answers that were asked for only to compare models are no traffic: what they cost is in `v_comparisons`.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from store.database import Database
from store.labels import SERVED
from store.meta import recall, remember
from store.sums import KEYS, SUMS, SUMS_OF_SUMS

_HOUR_S = 3600
_CHUNK = 200  # hours at once: bounds the memory of one statement
_MARGIN_US = 300_000_000  # an insert becomes visible some time after its rows were stamped
# Of each rollup: its time, what it is made of, the time in there, the sums, and the rows that count.
_SOURCES = {
    "minutes": ("minute", "generations", "occurred_at", SUMS, SERVED),
    "hours": ("hour", "minutes", "minute", SUMS_OF_SUMS, "n > 0"),
}
_ROUNDED = {"minute": "toStartOfMinute", "hour": "toStartOfHour"}
_DONE = "rollup_done"

_HOURS = "(arrayMap(x -> toDateTime(x, 'UTC'), {hours:Array(UInt32)}))"
_JOB = "fromUnixTimestamp64Micro({job:Int64}, 'UTC')"


def summed_until(database: Database) -> datetime | None:
    """Return up to when all that was stored is summed up, None where nothing ever was."""
    done = recall(database, _DONE)
    return datetime.fromtimestamp(int(done) / 1e6, UTC) if done else None


class Rollup:
    """Keeps `minutes` and `hours` equal to what a recount of the facts would give.

    One job at a time: a slow old job that ended last would win. Threads of this process wait for each
    other; the embedded store admits no second process, and on a server one process may do this.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        self._touched: set[int] = set()
        self._guard = threading.Lock()
        self._job = threading.Lock()

    def touch(self, moments: Iterable[datetime]) -> None:
        """Remember the hours of stored calls for the next `recompute`."""
        hours = {int(moment.timestamp()) // _HOUR_S * _HOUR_S for moment in moments}
        with self._guard:
            self._touched |= hours

    def touched(self) -> list[datetime]:
        """Return the hours that wait to be recomputed, in order."""
        with self._guard:
            return [datetime.fromtimestamp(hour, UTC) for hour in sorted(self._touched)]

    def recompute(self, hours: Iterable[datetime] | None = None) -> int:
        """Recompute hours and their minutes; without `hours`, all that were touched. Return how many."""
        with self._job:
            if hours is not None:
                return self._replace(sorted({int(hour.timestamp()) // _HOUR_S * _HOUR_S for hour in hours}))
            done = self._clock()
            with self._guard:
                taken, self._touched = self._touched, set()
            try:
                self._replace(sorted(taken))
                remember(self.database, _DONE, str(done))
            except BaseException:
                with self._guard:
                    self._touched |= taken
                raise
            return len(taken)

    def catch_up(self) -> int:
        """Recompute what was stored but not summed up before the last end; call once after opening."""
        found = self.database.query(
            "SELECT DISTINCT toUnixTimestamp(toStartOfHour(occurred_at)) AS hour FROM generations "
            "WHERE inserted_at > fromUnixTimestamp64Micro({since:Int64}, 'UTC')",
            {"since": self._done() - _MARGIN_US},
        )
        with self._guard:
            self._touched.update(found["hour"])
        return self.recompute()

    def _replace(self, hours: Sequence[int]) -> int:
        for start in range(0, len(hours), _CHUNK):
            chunk = list(hours[start : start + _CHUNK])
            parameters = {"hours": chunk, "job": self._now(), "from": chunk[0], "to": chunk[-1] + _HOUR_S}
            for table, (time, *_) in _SOURCES.items():
                self.database.command(_recount(table), parameters)
                self.database.command(_vanished(table, time), parameters)
        return len(hours)

    def _now(self) -> int:
        """Return the time of a job, later than every job before."""
        return round(self.database.moment().timestamp() * 1e6)

    def _clock(self) -> int:
        """Return the store's time as it stamps rows, wherever its clock was set."""
        return int(self.database.query("SELECT toUnixTimestamp64Micro(now64(6)) AS now")["now"][0])

    def _done(self) -> int:
        return int(recall(self.database, _DONE) or _MARGIN_US)


def _recount(table: str) -> str:
    """Minutes add up the facts; hours add up the minutes that were just renewed, and read no fact again."""
    time, source, moment, sums, only = _SOURCES[table]
    named = ", ".join(f"{expression} AS s_{name}" for name, expression in sums.items())
    return f"""
        INSERT INTO {table} ({time}, {KEYS}, {", ".join(sums)}, computed_at)
        SELECT {_ROUNDED[time]}({moment}) AS rounded, {KEYS}, {named}, {_JOB}
        FROM {source} FINAL
        WHERE {moment} >= toDateTime({{from:UInt32}}, 'UTC')
            AND {moment} < toDateTime({{to:UInt32}}, 'UTC')
            AND toStartOfHour({moment}) IN {_HOURS} AND {only}
        GROUP BY rounded, {KEYS}
    """  # noqa: S608 - our own names


def _vanished(table: str, time: str) -> str:
    """What this job did not renew is gone, for instance to another team: its sums become zero."""
    return f"""
        INSERT INTO {table} ({time}, {KEYS}, computed_at)
        SELECT {time}, {KEYS}, {_JOB} FROM {table} FINAL
        WHERE {time} >= toDateTime({{from:UInt32}}, 'UTC') AND {time} < toDateTime({{to:UInt32}}, 'UTC')
            AND toStartOfHour({time}) IN {_HOURS} AND n > 0 AND computed_at < {_JOB}
    """  # noqa: S608 - our own names
