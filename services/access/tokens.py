"""Whose a token is and what it is good for, as a file says that may change at any time."""

from __future__ import annotations

import hmac
import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from services.access.allowance import UNLIMITED, Allowance
from services.access.entry import Entry
from services.access.token import Scope, digest
from services.access.tokens_file import read
from services.config import ConfigError
from services.wall import now

MARK_DIGITS = 12

_log = logging.getLogger("fmwatch")

_State = tuple[int, int, int] | None  # of the file: inode, time of its last change, size


class Grant(NamedTuple):
    """What one token is good for.

    Attributes
    ----------
    mark : by which whoever keeps the tokens_file finds it there: the first digits of its hash
    """

    tenant: str
    scopes: frozenset[Scope]
    allowance: Allowance = UNLIMITED
    mark: str = ""


class Tokens:
    """The tokens of a file, read again when it changes; thread-safe.

    A file that cannot be used any more changes nothing: what it said before holds until it is mended.

    Parameters
    ----------
    clock : what time it is, for tokens that expire
    seconds : that only grow, for limits of rates

    Raises
    ------
    ConfigError : at the beginning, the file cannot be used
    """

    def __init__(
        self, path: Path, clock: Callable[[], datetime] = now, seconds: Callable[[], float] = time.monotonic
    ) -> None:
        self._path = path
        self._clock = clock
        self._seconds = seconds
        self._lock = threading.Lock()
        self._state = _state(path)
        self._entries = read(path)
        self._allowances = self._renewed({})

    def grant(self, token: str) -> Grant | None:
        """Return what a token is good for, None where nobody knows it or it has expired.

        Every known hash is compared in full, so that the time taken says nothing about any of them.
        """
        given = digest(token)
        at = self._clock()
        entries, allowances = self._current()
        found = [one for one in entries if hmac.compare_digest(one.sha256, given)]
        good = [one for one in found if one.expires is None or at < one.expires]
        if not good:
            return None
        scopes = frozenset(one.scope for one in good)
        return Grant(good[0].tenant, scopes, allowances.get(given, UNLIMITED), given[:MARK_DIGITS])

    def _current(self) -> tuple[Sequence[Entry], Mapping[str, Allowance]]:
        with self._lock:
            state = _state(self._path)
            if state != self._state:
                self._state = state
                self._renew()
            return self._entries, self._allowances

    def _renew(self) -> None:
        try:
            self._entries = read(self._path)
        except ConfigError as error:
            _log.error("the tokens stay as they were, because their file cannot be used: %s", error)
        else:
            self._allowances = self._renewed(self._allowances)
            known = len({one.sha256 for one in self._entries})
            _log.warning("%s has changed: %d tokens are known now", self._path, known)

    def _renewed(self, before: Mapping[str, Allowance]) -> dict[str, Allowance]:
        """Return an allowance for each token that has limits; whose are as before keeps what is left."""
        found: dict[str, Allowance] = {}
        for one in self._entries:
            if any(one.limits):
                old = before.get(one.sha256)
                same = old is not None and old.limits == one.limits
                found[one.sha256] = old if old and same else Allowance(one.limits, self._seconds)
        return found


def _state(path: Path) -> _State:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
