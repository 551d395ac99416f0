"""The lines of one client on disk, oldest first."""

from __future__ import annotations

import json
import os
import threading
from contextlib import suppress
from operator import is_not
from typing import Dict, List, Optional, Sequence

from fmwatch._account import LINE, SEGMENT, Account
from fmwatch._encode import line as encoded
from fmwatch._encode import without_content
from fmwatch.records import CONTENT

SUFFIX = ".jsonl"
_BEFORE = ".lean"  # of a file that is being written and will take the place of one


class Segment:
    """One file of lines.

    Attributes
    ----------
    number : later ones are higher
    lines, size : whole lines, and bytes
    lean : it has no content left to give up
    """

    __slots__ = ("lean", "lines", "number", "path", "size")

    def __init__(self, path: str, number: int) -> None:
        self.path = path
        self.number = number
        self.lines = 0
        self.size = 0
        self.lean = False


class Segments:
    """The files of one client; `append` and `take` may be called in two threads.

    A line is gone when `settle` says so, whether or not the file with it is; a file is gone when all of its
    lines are. The account's `spooled` is how many are left.

    Parameters
    ----------
    segment_bytes : a file that is larger is not added to
    """

    def __init__(self, folder: str, account: Account, segment_bytes: int) -> None:
        self.folder = folder
        self.account = account
        self.segment_bytes = segment_bytes
        self.lock = threading.RLock()
        self._segments: List[Segment] = []
        self._last = 0
        self._descriptor = -1  # of the newest file, while lines are added to it
        self._offset = 0  # in bytes, of the first line that is not settled; -1: not known
        self._taken: Optional[Sequence[bytes]] = None

    def load(self, names: Sequence[str]) -> None:
        """Take the files of a client that is dead, and count what is in them.

        Parameters
        ----------
        names : of all files of the folder
        """
        places = self.account.places
        mine = sorted(name for name in names if name.startswith(self.account.client + "-"))
        for name in mine:
            path = os.path.join(self.folder, name)
            number = name[len(self.account.client) + 1 : -len(SUFFIX)]
            if not name.endswith(SUFFIX) or not number.isdecimal() or int(number) < places[SEGMENT]:
                _unlink(path)
                continue
            segment = Segment(path, int(number))
            with open(path, "rb") as file:
                for line in file:
                    segment.lines += line.endswith(b"\n")  # the end of the process may have cut the last
                    segment.size += len(line)
            self._segments.append(segment)
        if self._segments and self._segments[0].number != places[SEGMENT]:
            places[SEGMENT], places[LINE] = self._segments[0].number, 0
        self._offset = -1
        self.account.spooled = max(0, sum(one.lines for one in self._segments) - self._done())
        self._drop_settled()

    def append(self, lines: Sequence[bytes]) -> None:
        """Write the lines; on disk when this returns, and in no file if it raises.

        Raises
        ------
        OSError : the disk does not take them
        """
        with self.lock:
            segment = self._newest()
            text = b"".join(line + b"\n" for line in lines)
            try:
                written = 0
                while written < len(text):
                    written += os.write(self._descriptor, text[written:])
                os.fsync(self._descriptor)
            except OSError:
                self._take_back(segment)
                raise
            segment.lines += len(lines)
            segment.size += len(text)
            segment.lean = False
            if segment.size >= self.segment_bytes:
                self.rotate()

    def take(self, most: int, most_bytes: int) -> List[bytes]:
        """Return the oldest lines; they stay until `settle` says what became of them."""
        with self.lock:
            batch: List[bytes] = []
            if self._segments and self.account.spooled:
                with suppress(OSError):  # it is looked for again later
                    batch = self._read(self._segments[0], most, most_bytes)
            self._taken = batch or None
            return batch

    def put_back(self, batch: Sequence[bytes]) -> None:
        """Let the lines wait again."""
        with self.lock:
            if self._taken is batch:
                self._taken = None

    def settle(self, batch: Sequence[bytes], lost: int = 0, reason: str = "rejected") -> None:
        """Say what became of lines taken."""
        with self.lock:
            if self._taken is not batch:  # they were left to another process
                return
            self._taken = None
            self._gone(len(batch), lost, reason)
            self._offset += sum(map(len, batch)) + len(batch)
            self._drop_settled()

    def strip(self) -> bool:
        """Give up the content of the oldest lines that have any; False: none has."""
        with self.lock:
            rich = [segment for segment in self._free() if not segment.lean]
            if rich:
                self._strip(rich[0])
            return bool(rich)

    def drop(self) -> bool:
        """Give up the oldest lines; False: there are none, but for what is being sent."""
        with self.lock:
            free = self._free()
            if free:
                self._drop(free[0])
            return bool(free)

    def rotate(self) -> None:
        """Add nothing more to the newest file."""
        with self.lock:
            descriptor, self._descriptor = self._descriptor, -1
            if descriptor >= 0:
                with suppress(OSError):
                    os.close(descriptor)

    def forget(self) -> None:
        """In a child process: the files stay the parent's, and so may be the lock."""
        if self._descriptor >= 0:
            with suppress(OSError):
                os.close(self._descriptor)

    def leave(self) -> None:
        """Touch no file any more: they are somebody else's now."""
        with self.lock:
            self.rotate()
            self._segments = []
            self._taken = None

    def _newest(self) -> Segment:
        """Return the file that lines are added to."""
        if self._descriptor < 0:
            number = max(self._last, int(self.account.places[SEGMENT])) + 1
            path = os.path.join(self.folder, f"{self.account.client}-{number:010d}{SUFFIX}")
            self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            self._last = number
            if not self._segments:
                self.account.places[LINE] = 0
                self.account.places[SEGMENT] = number
                self._offset = 0
            self._segments.append(Segment(path, number))
        return self._segments[-1]

    def _take_back(self, segment: Segment) -> None:
        """Leave in a file only what is counted; it may lack the room for more."""
        self.rotate()
        if segment.lines:
            with suppress(OSError):
                os.truncate(segment.path, segment.size)
        else:
            self._segments.remove(segment)
            _unlink(segment.path)

    def _read(self, segment: Segment, most: int, most_bytes: int) -> List[bytes]:
        batch: List[bytes] = []
        size = 0
        left = segment.lines - self._done()
        with open(segment.path, "rb") as file:
            if self._offset < 0:
                for _ in range(self._done()):
                    file.readline()
                self._offset = file.tell()
            file.seek(self._offset)
            while len(batch) < min(most, left):
                line = file.readline()[:-1]
                if batch and size + len(line) > most_bytes:
                    break
                batch.append(line)
                size += len(line)
        return batch

    def _done(self) -> int:
        return int(self.account.places[LINE])

    def _gone(self, n: int, lost: int, reason: str) -> None:
        """Count lines of the oldest file that are gone.

        The place comes first: a process that is killed between the two has then counted them as killed, and
        never twice.
        """
        with self.account.lock:
            self.account.places[LINE] += n
            self.account.spooled -= n
            self.account.settle(n, lost, reason)

    def _drop_settled(self) -> None:
        """Remove files of which no line is left."""
        while self._segments and self._done() >= self._segments[0].lines:
            if len(self._segments) == 1:
                self.rotate()
            _unlink(self._segments.pop(0).path)
            self._offset = 0
            self.account.places[LINE] = 0
            if self._segments:
                self.account.places[SEGMENT] = self._segments[0].number

    def _free(self) -> List[Segment]:
        """Return what may be given up: what is being sent may not, or it would count twice."""
        return self._segments[1:] if self._taken is not None else list(self._segments)

    def _strip(self, segment: Segment) -> None:
        if segment is self._segments[-1]:
            self.rotate()
        try:
            with open(segment.path, "rb") as old:
                lines = [old.readline() for _ in range(segment.lines)]
            bare = [_lean(line) for line in lines]
            changed = list(map(is_not, lines, bare))
            if any(changed):
                _replace(segment.path, b"".join(bare))
        except OSError:  # no room even for less: then the oldest go as a whole
            self._drop(segment)
            return
        first = self._done() if segment is self._segments[0] else 0
        self.account.add("spool_crowded", sum(changed[first:]))
        segment.size = sum(map(len, bare))
        segment.lean = True
        if segment is self._segments[0]:
            self._offset = -1

    def _drop(self, segment: Segment) -> None:
        """Lose all lines of a file."""
        if segment is self._segments[0]:
            n = segment.lines - self._done()
            self._gone(n, n, "spool_full")
            self._drop_settled()
        else:
            if segment is self._segments[-1]:
                self.rotate()
            _unlink(segment.path)
            self._segments.remove(segment)
            with self.account.lock:
                self.account.spooled -= segment.lines
                self.account.settle(segment.lines, segment.lines, "spool_full")


def lean(line: bytes) -> bytes:
    """Return a line without its content; the line itself where it has none."""
    fields: Dict[str, object] = json.loads(line)
    return line if fields.keys().isdisjoint(CONTENT) else encoded(without_content(fields))


def _lean(line: bytes) -> bytes:
    """Return the same of a line of a file; what is no event stays, for whoever receives it to judge."""
    try:
        shorter = lean(line)
    except (ValueError, AttributeError, RecursionError):
        return line
    return line if shorter is line else shorter + b"\n"


def _replace(path: str, text: bytes) -> None:
    """Put another text in a file's place, all of it or nothing.

    Raises
    ------
    OSError : there is no room for it
    """
    try:
        with open(path + _BEFORE, "wb", opener=_private) as new:
            new.write(text)
            new.flush()
            os.fsync(new.fileno())
        os.replace(path + _BEFORE, path)
    except OSError:
        _unlink(path + _BEFORE)
        raise


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _unlink(path: str) -> None:
    with suppress(OSError):
        os.unlink(path)
