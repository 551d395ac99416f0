"""Lines to replay: from files of any size and any content, plain or gzipped, JSON Lines or JSON."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from shutil import copyfileobj
from typing import BinaryIO, Protocol

from stream.errors import InvalidEvent, SourceUnreadable
from stream.gunzip import BrokenGzip, gunzipped, is_gzip
from stream.json_values import values
from stream.ndjson import lines
from stream.refused import Original, stub

STDIN = "-"
SPOOLED = ("stdin.jsonl", "stdin.json")
CHUNK_BYTES = 256 * 1024
FINGERPRINT_BYTES = 64 * 1024

Split = Callable[[Iterable[bytes]], Iterator[bytes]]


@dataclass(frozen=True, slots=True)
class SourceLine:
    """One line that is not blank.

    Attributes
    ----------
    raw : without its line end
    read_bytes : how far into the source, for progress; compressed bytes where it is compressed
    """

    raw: bytes
    read_bytes: int


class Source(Protocol):
    """Somewhere lines come from, the same ones each time."""

    @property
    def name(self) -> str:
        """As the user wrote it."""

    @property
    def size(self) -> int:
        """In bytes, for progress."""

    def fingerprint(self, n: int | None = None) -> tuple[str, int]:
        """Return what tells this source from another, and of how many of its first bytes."""

    def lines(self) -> Iterator[SourceLine]:
        """Read from the beginning; never raises over what the bytes are."""


class File:
    """A file; that it can be opened is checked at once.

    Parameters
    ----------
    split : cuts its content into lines; by default JSON Lines, or the values of a file that ends in .json

    Raises
    ------
    SourceUnreadable : there is no such file, it is a folder, or may not be read
    """

    def __init__(self, path: Path, name: str | None = None, split: Split | None = None) -> None:
        self.path = path
        self.split = split
        self.name = name or str(path)
        try:
            with path.open("rb"):
                self.size = path.stat().st_size
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise SourceUnreadable(
                f"cannot read {self.name}: {reason}. Give the path of a .jsonl, .jsonl.gz or .json file"
            ) from error

    def fingerprint(self, n: int | None = None) -> tuple[str, int]:
        """Hash the resolved path and the beginning, so that a file that has grown is still the same."""
        with self.path.open("rb") as file:
            head = file.read(FINGERPRINT_BYTES if n is None else n)
        return sha256(str(self.path.resolve()).encode() + b"\0" + head).hexdigest(), len(head)

    def lines(self) -> Iterator[SourceLine]:
        """Read from the beginning; a damaged end becomes one last line that says so."""
        with self.path.open("rb") as file:
            try:
                for raw in self._split(file):
                    yield SourceLine(raw, file.tell())
            except (BrokenGzip, OSError) as error:
                place = f"{self.name} is damaged after {file.tell():,} bytes"
                what = f"{place}: {error}; what could be read was taken"
                original = Original("", self.size, "")
                yield SourceLine(stub(original, InvalidEvent("invalid_encoding", "", what)), self.size)

    def _split(self, file: BinaryIO) -> Iterator[bytes]:
        if self.split:
            return self.split(_chunks(file))
        suffixes = self.path.name.lower().removesuffix(".gz")
        return values(_chunks(file)) if suffixes.endswith(".json") else lines(_chunks(file))

    def head(self) -> bytes:
        """Return the first piece of the content; of a damaged file what can be read of it."""
        with self.path.open("rb") as file:
            try:
                return next(iter(_chunks(file)), b"")
            except (BrokenGzip, OSError):
                return b""


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    head = file.read(2)
    file.seek(0)
    return gunzipped(file) if is_gzip(head) else iter(lambda: file.read(CHUNK_BYTES), b"")


@dataclass(frozen=True, slots=True)
class Memory:
    """Lines that a program has made."""

    name: str
    content: Sequence[bytes]

    @property
    def size(self) -> int:
        """In bytes, for progress."""
        return sum(len(line) + 1 for line in self.content)

    def fingerprint(self, n: int | None = None) -> tuple[str, int]:
        """Hash all lines."""
        digest = sha256()
        for line in self.content:
            digest.update(line)
        return digest.hexdigest(), n or 0

    def lines(self) -> Iterator[SourceLine]:
        """Read from the beginning."""
        done = 0
        for line in self.content:
            done += len(line) + 1
            if line.strip():
                yield SourceLine(line, done)


def readable(paths: Iterable[str | Path]) -> None:
    """Check that each path can be opened, before anything is done.

    Raises
    ------
    SourceUnreadable : one of them cannot be read
    """
    for path in paths:
        if str(path) != STDIN:
            File(Path(path), str(path))


def opened(paths: Iterable[str | Path], spool: Path) -> list[File]:
    """Return a source for each path; `-` is standard input, spooled to a file first.

    A replay must know the latest time before it begins, so it reads everything twice. Only who has the data
    directory to itself may spool into it; `discard` takes it away.

    Raises
    ------
    SourceUnreadable : one of them cannot be read; nothing has been done yet
    """
    return [_stdin(spool) if str(path) == STDIN else File(Path(path), str(path)) for path in paths]


def discard(spool: Path) -> None:
    """Take away what was spooled of standard input: it is as it came, with everything personal in it."""
    for name in SPOOLED:
        (spool / name).unlink(missing_ok=True)


def _stdin(spool: Path) -> File:
    spool.mkdir(parents=True, exist_ok=True)
    path = spool / SPOOLED[0]
    with path.open("wb") as file:
        copyfileobj(sys.stdin.buffer, file, CHUNK_BYTES)
    with path.open("rb") as file:
        head = file.read(CHUNK_BYTES).lstrip()
    if head.startswith(b"[") and head[1:].lstrip().startswith(b"{"):
        path = path.replace(spool / SPOOLED[1])
    return File(path, STDIN)
