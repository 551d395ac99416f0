"""A folder that keeps events while the backend is away, and after the process has ended."""

from __future__ import annotations

import os
from contextlib import suppress
from operator import is_not
from typing import List, NamedTuple, Optional, Sequence

from fmwatch._account import Account
from fmwatch._ledger import SUFFIX as LEDGER
from fmwatch._ledger import Ledger
from fmwatch._segments import SUFFIX, Segments, lean

MAX_BYTES = 256 * 1024 * 1024
_FILES = 16  # so many files of one client fill the folder: one is the least that can be given up
_SMALLEST_FILE = 64 * 1024
_LARGEST_FILE = 4 * 1024 * 1024


class Remains(NamedTuple):
    """What a client that is dead has left."""

    ledger: Ledger
    segments: Segments


class Spool:
    """The files of a client of this process, and of dead ones that nobody else looks after.

    Several processes share a folder: each writes files of its own, and a lock on its ledger says that it
    lives. Only the client's own threads come here.

    Parameters
    ----------
    folder : made if absent, for this user only
    max_bytes : of all files in the folder, whoever wrote them; a process gives up its own and those of the
        dead, content before metadata and old before new
    account : of the client
    destination : where its events go and as whom, secrets included; what the dead would have sent elsewhere
        is left alone

    Raises
    ------
    ValueError : this system has no flock
    """

    def __init__(self, folder: str, max_bytes: int, account: Account, destination: str = "") -> None:
        from hashlib import sha256  # noqa: PLC0415 - only who spools pays

        try:
            import fcntl  # noqa: F401, PLC0415 - only to know
        except ImportError:
            raise ValueError("a spool needs flock, which this system lacks: leave spool out") from None
        self.folder = os.path.abspath(os.path.expanduser(folder))
        self.max_bytes = max_bytes
        self._to = sha256(str(destination).encode("utf-8", "replace")).hexdigest()
        self._ledger: Optional[Ledger] = None  # before the first event
        self.dead: List[Remains] = []
        self._begin(account)

    def _begin(self, account: Account) -> None:
        self.account = account
        self.own = Segments(self.folder, account, self._file_bytes())

    def reset(self, account: Account) -> None:
        """Begin anew, as a child process does; what was open stays the parent's."""
        self.own.forget()
        for ledger in (self._ledger, *(one.ledger for one in self.dead)):
            if ledger is not None:
                ledger.forget()
        self._ledger, self.dead = None, []
        self._begin(account)

    def open(self) -> None:
        """Let the account outlive this process; harmless twice.

        Raises
        ------
        OSError : the folder cannot be used
        """
        if self._ledger is None:
            os.makedirs(self.folder, 0o700, exist_ok=True)
            self._ledger = Ledger.opened(self.folder, self.account, self._to)

    def inhabited(self) -> bool:
        """Tell whether there may be something that a dead client has left."""
        with suppress(OSError):
            return any(name.endswith(LEDGER) for name in os.listdir(self.folder))
        return False

    def append(self, lines: Sequence[bytes]) -> int:
        """Write lines, without their content where there is no room for it, and return how many went lost.

        Those that are lost are the last. The account's `spooled` is for the caller to change.

        Raises
        ------
        OSError : the disk takes none of them
        """
        self.open()
        if not self._room(lines):
            bare = [_bare(line) for line in lines]
            self.account.add("spool_crowded", sum(map(is_not, lines, bare)))
            lines = bare
            while lines and not self._room(lines):
                lines = lines[: len(lines) // 2]
            if not lines:
                return len(bare)
            self.own.append(lines)
            return len(bare) - len(lines)
        self.own.append(lines)
        return 0

    def adopt(self) -> int:
        """Look after what dead clients have left, and return how many events went with them unsent.

        Raises
        ------
        OSError : the folder cannot be read
        """
        names = os.listdir(self.folder)
        ours = {one.ledger.account.client for one in self.dead} | {self.account.client}
        killed = 0
        for name in sorted(name for name in names if name.endswith(LEDGER)):
            if name[: -len(LEDGER)] not in ours:
                with suppress(OSError):  # another process was faster
                    killed += self._adopt(os.path.join(self.folder, name))
        return killed

    def write(self) -> None:
        """Bring what lies on disk up to date, and let go of the dead of whom everything is told."""
        if self._ledger is not None:
            self._ledger.write()
        for one in list(self.dead):
            if one.ledger.account.over():
                self.dead.remove(one)
                one.segments.leave()
                one.ledger.remove()
            else:
                one.ledger.write()

    def leave(self) -> None:
        """End: what is left here somebody else will send."""
        for one in self.dead:
            one.segments.leave()
            one.ledger.leave()
        self.dead = []
        self.own.leave()
        ledger, self._ledger = self._ledger, None
        if ledger is not None and self.account.over():
            ledger.remove()
        elif ledger is not None:
            ledger.leave()

    def _adopt(self, path: str) -> int:
        ledger = Ledger.adopted(path, self._to)
        if ledger is None:
            return 0
        account = ledger.account
        segments = Segments(self.folder, account, self._file_bytes())
        try:
            # Again, now that its owner can write nothing more.
            segments.load(os.listdir(self.folder))
        except OSError:
            ledger.forget()
            raise
        killed = max(0, account.open() - account.spooled)
        account.add("killed", killed)
        ledger.write()
        self.dead.append(Remains(ledger, segments))
        return killed

    def _room(self, lines: Sequence[bytes]) -> bool:
        needed = sum(map(len, lines)) + len(lines)
        while needed + self._size() > self.max_bytes:
            ours = (*(one.segments for one in self.dead), self.own)
            if not (any(one.strip() for one in ours) or any(one.drop() for one in ours)):
                return False
        return True

    def _size(self) -> int:
        """Return the bytes of all lines in the folder, whoever wrote them."""
        size = 0
        with os.scandir(self.folder) as files:
            for file in files:
                if file.name.endswith(SUFFIX):
                    with suppress(OSError):  # it was sent meanwhile
                        size += file.stat().st_size
        return size

    def _file_bytes(self) -> int:
        return max(_SMALLEST_FILE, min(_LARGEST_FILE, self.max_bytes // _FILES))


def _bare(line: bytes) -> bytes:
    try:
        return lean(line)
    except (ValueError, AttributeError, RecursionError):
        return line
