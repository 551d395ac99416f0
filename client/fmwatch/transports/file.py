"""Appends events to a file that `fmwatch replay` reads."""

from __future__ import annotations

import os
from typing import Sequence

from fmwatch.errors import Retryable


class FileTransport:
    """One event per line; on disk when `send` returns.

    Parameters
    ----------
    path : made if absent; several processes may append to it
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.destination = os.path.abspath(path)

    @classmethod
    def of(cls, url: str) -> FileTransport:
        """Return the transport of a file: URL, as in file:///var/log/calls.jsonl or file:calls.jsonl.

        Raises
        ------
        ValueError : there is no path in it
        """
        from urllib.parse import unquote, urlsplit  # noqa: PLC0415 - slow to import, rarely used

        parts = urlsplit(url)
        if parts.netloc not in ("", "localhost") or not parts.path:
            raise ValueError(f"no path in {url!r}: write file:///path/calls.jsonl or file:calls.jsonl")
        return cls(unquote(parts.path))

    def send(self, batch: Sequence[bytes], counts: str) -> int:  # noqa: ARG002 - a file keeps no counts
        """Append the batch."""
        try:
            with open(self.path, "ab+") as file:
                # A line that a full disk or the end of a process cut must not swallow the next one.
                if file.seek(0, os.SEEK_END) and (file.seek(-1, os.SEEK_END), file.read(1))[1] != b"\n":
                    file.write(b"\n")
                file.write(b"".join(line + b"\n" for line in batch))
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise Retryable(f"cannot append to {self.path}: {error}") from error
        return 0
