"""chDB behind the test server: each statement on a connection set up as its sender asks."""

from __future__ import annotations

import re
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import chdb

from store.connect import ENGINE

_FORMAT = re.compile(r"\s+FORMAT\s+(\w+)\s*\Z", re.IGNORECASE)
_CODE = re.compile(r"\bCode: (\d+)")
_UNKNOWN_CODE = 1002
_connect: Callable[[str], Any] = chdb.connect  # chDB ships no types for it


@dataclass(frozen=True, slots=True)
class Session:
    """What a connection is set up for: the database, and settings in the order of their names."""

    database: str
    settings: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """One request: SQL, the values of its parameters as text, and the rows of an insert in their format."""

    sql: str
    data: bytes
    parameters: dict[str, str]
    session: Session


class Refused(Exception):  # noqa: N818 - a state, read as a sentence
    """The engine refuses a statement; the message is the engine's own.

    Attributes
    ----------
    code : ClickHouse's number for the reason
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        found = _CODE.search(message)
        self.code = int(found.group(1)) if found else _UNKNOWN_CODE


class Engine:
    """chDB on one directory, for statements of many senders at once.

    Parameters
    ----------
    config : a ClickHouse server's configuration, of which it takes the users: every sender is the one whose
        name is `default`; without one, he may do everything
    """

    def __init__(self, directory: Path, config: Path | None = None) -> None:
        options = {**ENGINE, **({"config-file": str(config.resolve())} if config else {})}
        self._target = f"{(directory / 'chdb').resolve()}?{urlencode(options, safe='/')}"
        self._guard = threading.Lock()
        self._idle: defaultdict[Session, list[Any]] = defaultdict(list)
        # The engine lives as long as some connection is open.
        self._first = _connect(self._target)

    def run(self, statement: Statement) -> bytes:
        """Return the answer as the statement's FORMAT says, tab-separated where it says none."""
        try:
            with self._connection(statement.session) as connection:
                if statement.data:
                    return _inserted(connection, statement)
                found = connection.query(statement.sql, "TabSeparated", params=statement.parameters)
                return found.bytes() or b""
        except RuntimeError as error:
            raise Refused(_shown(str(error))) from error

    @contextmanager
    def _connection(self, session: Session) -> Iterator[Any]:
        with self._guard:
            idle = self._idle[session]
            connection = idle.pop() if idle else None
        if connection is None:
            connection = self._connected(session)
        try:
            yield connection
        finally:
            with self._guard:
                self._idle[session].append(connection)

    def _connected(self, session: Session) -> Any:  # noqa: ANN401 - chDB ships no types
        connection = _connect(self._target)
        try:
            # A server takes the address's word for it, while USE asks for a right; a new connection is there.
            if session.database not in {"", "default"}:
                connection.query(f"USE `{session.database}`")
            for name, value in session.settings:
                quoted = value.replace("\\", "\\\\").replace("'", "\\'")
                connection.query(f"SET {name} = '{quoted}'")
        except BaseException:
            connection.close()
            raise
        return connection

    def close(self) -> None:
        """Close the connections that wait; statements still running are abandoned."""
        with self._guard:
            for connection in [*(one for idle in self._idle.values() for one in idle), self._first]:
                connection.close()
            self._idle.clear()


def _inserted(connection: Any, statement: Statement) -> bytes:  # noqa: ANN401 - chDB ships no types
    found = _FORMAT.search(statement.sql)
    written = found.group(1) if found else "Native"
    with connection.send_insert(_FORMAT.sub("", statement.sql), written) as inserter:
        inserter.append(statement.data)
        inserter.finish()
    return b""


def _shown(message: str) -> str:
    """Leave out what the Python binding says before the engine's own words."""
    start = message.find("Code: ")
    return message[start:] if start > 0 else message
