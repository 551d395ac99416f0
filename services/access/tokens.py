"""Whose a token is and what it is good for, as a file says that may change at any time."""

from __future__ import annotations

import hmac
import logging
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from services.access.token import Scope, digest
from services.access.tokens_file import read
from services.config import ConfigError

_log = logging.getLogger("fmwatch")

_State = tuple[int, int, int] | None  # of the file: inode, time of its last change, size


class Grant(NamedTuple):
    """What one token is good for."""

    tenant: str
    scopes: frozenset[Scope]


class Tokens:
    """The tokens of a file, read again when it changes; thread-safe.

    A file that cannot be used any more changes nothing: what it said before holds until it is mended.

    Raises
    ------
    ConfigError : at the beginning, the file cannot be used
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._state = _state(path)
        self._grants = _grants(path)

    def grant(self, token: str) -> Grant | None:
        """Return what a token is good for, None where nobody knows it.

        Every known hash is compared in full, so that the time taken says nothing about any of them.
        """
        given = digest(token)
        found: Grant | None = None
        for known, grant in self._current():
            if hmac.compare_digest(known, given):
                found = grant
        return found

    def _current(self) -> Sequence[tuple[str, Grant]]:
        with self._lock:
            state = _state(self._path)
            if state != self._state:
                self._state = state
                self._renew()
            return self._grants

    def _renew(self) -> None:
        try:
            self._grants = _grants(self._path)
        except ConfigError as error:
            _log.error("the tokens stay as they were, because their file cannot be used: %s", error)
        else:
            _log.warning("%s has changed: %d tokens are known now", self._path, len(self._grants))


def _grants(path: Path) -> list[tuple[str, Grant]]:
    scopes: dict[tuple[str, str], set[Scope]] = {}
    for entry in read(path):
        scopes.setdefault((entry.sha256, entry.tenant), set()).add(entry.scope)
    return [(known, Grant(tenant, frozenset(found))) for (known, tenant), found in scopes.items()]


def _state(path: Path) -> _State:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
