"""What was asked, kept beside the data until the log has the answer: nothing is asked or paid for twice."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from store.erasures import Erasures, digest
from store.subject import Subject
from stream.erased_lines import kept
from stream.topics import GENERATIONS

FILE = "shadow.sqlite3"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS asked (
    comparison TEXT NOT NULL,
    request TEXT NOT NULL,
    most_pusd INTEGER NOT NULL,
    cost_pusd INTEGER,
    line BLOB,
    PRIMARY KEY (comparison, request)
) WITHOUT ROWID
"""

_NAMELESS = "UPDATE asked SET request = :name, line = NULL"


class Waiting(NamedTuple):
    """An answer that the log does not have yet: one event as a line."""

    request: str
    line: bytes


class Journal:
    """One file in a data directory; several processes may use it, each from one thread.

    A request is claimed before it is sent. The answer stays here until the log has it, and is then wiped;
    that it was asked, and what it cost, stays.
    """

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        path = directory / FILE
        if not path.exists():
            path.touch(0o600)
        self._open = sqlite3.connect(path, timeout=30.0, isolation_level=None)
        self._open.execute("PRAGMA secure_delete = ON")
        self._open.execute("PRAGMA synchronous = FULL")
        self._open.execute(_SCHEMA)

    def claim(self, comparison: str, request: str, most_pusd: int, cap_pusd: int) -> bool:
        """Note that a request is sent now; False where it was sent before, or could pass the cap."""
        done = self._open.execute(
            "INSERT OR IGNORE INTO asked SELECT ?1, ?2, ?3, NULL, NULL WHERE ?3 + "
            "(SELECT coalesce(sum(coalesce(cost_pusd, most_pusd)), 0) FROM asked WHERE comparison = ?1) "
            "<= ?4",
            (comparison, request, _held(most_pusd), _held(cap_pusd)),
        )
        return done.rowcount == 1

    def release(self, comparison: str, request: str) -> None:
        """Forget a request that got no answer and cost nothing: it may be sent again."""
        self._open.execute("DELETE FROM asked WHERE comparison = ? AND request = ?", (comparison, request))

    def answered(self, comparison: str, request: str, cost_pusd: int, line: bytes) -> None:
        """Keep an answer and what it cost; on disk when this returns."""
        self._open.execute(
            "UPDATE asked SET cost_pusd = ?, line = ? WHERE comparison = ? AND request = ?",
            (_held(cost_pusd), line, comparison, request),
        )

    def waiting(self, comparison: str) -> list[Waiting]:
        """Return the answers that are not in the log yet."""
        found = self._open.execute(
            "SELECT request, line FROM asked WHERE comparison = ? AND line IS NOT NULL ORDER BY request",
            (comparison,),
        )
        return [Waiting(*row) for row in found]

    def stored(self, comparison: str, requests: Sequence[str]) -> None:
        """Wipe answers that the log has."""
        self._open.execute("BEGIN")
        self._open.executemany(
            "UPDATE asked SET line = NULL WHERE comparison = ? AND request = ?",
            [(comparison, request) for request in requests],
        )
        self._open.execute("COMMIT")

    def claimed(self, comparison: str) -> dict[str, bool]:
        """Return every request that was sent, and whether its answer came.

        None came where the process that sent it was killed, or is still waiting.
        """
        found = self._open.execute(
            "SELECT request, cost_pusd IS NOT NULL FROM asked WHERE comparison = ?", (comparison,)
        )
        return {request: bool(answered) for request, answered in found}

    def spent(self, comparison: str) -> int:
        """Return what all of it has cost, in pico-USD; what got lost at the most it can have cost."""
        found = self._open.execute(
            "SELECT coalesce(sum(coalesce(cost_pusd, most_pusd)), 0) FROM asked WHERE comparison = ?",
            (comparison,),
        )
        return int(found.fetchone()[0])

    def forget(self, subject: Subject, erased: Erasures) -> int:
        """Take somebody out who was erased, and return of how many rows; what asking cost stays.

        An erased tenant's rows go whole. A person's answers are wiped where a killed run has left some, and
        the ids of their calls become hashes.
        """
        found = self._open.execute("SELECT comparison, request, line FROM asked").fetchall()
        stays = kept(subject, erased)
        theirs = []
        for comparison, request, line in found:
            tenant = comparison.split("\n", 1)[0]
            gone = subject.kind == "tenant" and tenant == subject.tenant
            if gone or erased.call(tenant, request) or (line and stays(GENERATIONS, line) is None):
                theirs.append({"comparison": comparison, "request": request, "name": digest(request)})
        change = "DELETE FROM asked" if subject.kind == "tenant" else _NAMELESS
        self._open.execute("BEGIN IMMEDIATE")
        self._open.executemany(f"{change} WHERE comparison = :comparison AND request = :request", theirs)
        self._open.execute("COMMIT")
        return len(theirs)

    def close(self) -> None:
        """Close the file; calling it twice is harmless."""
        self._open.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def forget(directory: Path, subject: Subject, erased: Erasures) -> dict[str, int]:
    """Take somebody out of the journal of a directory, if it has one; return of how many rows, by file.

    Parameters
    ----------
    erased : renewed since the subject was marked
    """
    if not (directory / FILE).exists():
        return {}
    with Journal(directory) as journal:
        return {FILE: journal.forget(subject, erased)}


def _held(pico_usd: int) -> int:
    """Return an amount as the file can hold it: beyond any budget."""
    return min(pico_usd, 10**17)
