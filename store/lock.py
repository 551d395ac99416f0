"""One process per data directory: a lock the kernel releases even after kill -9."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import IO

from store.errors import StoreInUse


class DirectoryLock:
    """Holds `<directory>/lock`, with this process's id in it, until `release`.

    Raises
    ------
    StoreInUse : another holder is alive; the message names it
    """

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        path = directory / "lock"
        self._file: IO[str] = path.open("a+", encoding="ascii")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._file.close()
            raise StoreInUse(_in_use(directory, path)) from None
        self._file.truncate(0)
        self._file.write(f"{os.getpid()}\n")
        self._file.flush()

    def release(self) -> None:
        """Let the next process in; calling it twice is harmless."""
        self._file.close()


def _in_use(directory: Path, path: Path) -> str:
    pid = path.read_text(encoding="ascii").strip()
    holder = "this very process" if pid == str(os.getpid()) else f"process {pid or 'unknown'}"
    return (
        f"the data directory {directory} is in use by {holder}: "
        "ask it over its HTTP address, stop it, or choose another directory with --data"
    )
