"""Whether there is room, compared with what is there already."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from services.doctor.check import Finding, fail, ok, warn

LEAST = 512 * 1024**2  # below it writing ends soon
SPARE = 2 * 1024**3  # a small store grows by as much in days
_GIB = 1024**3


def of_directory(directory: Path) -> Iterator[Finding]:
    """Look at the disk of a data directory, or of where it would be made."""
    there = next(path for path in (directory.absolute(), *directory.absolute().parents) if path.is_dir())
    found = shutil.disk_usage(there)
    yield room("disk", found.free, found.total, _size(directory), f"{directory}")


def room(name: str, free: int, total: int, used: int, where: str) -> Finding:
    """Judge free bytes against what is there: parts are merged into copies of themselves.

    Parameters
    ----------
    name : of the finding
    used : bytes that are ours
    where : as a person calls it
    """
    what = f"{_gib(free)} of {_gib(total)} free in {where}, {_gib(used)} of it ours"
    remedy = "make room, or move to a larger disk"
    if free < LEAST:
        return fail(name, what, remedy)
    if free < max(SPARE, used // 2):
        return warn(name, f"{what}; merging may need half as much again", remedy)
    return ok(name, what)


def _size(directory: Path) -> int:
    """Return the bytes of all files, those that parts leave behind while they are merged left out."""
    total = 0
    for folder, _, files in os.walk(directory):
        for name in files:
            with suppress(OSError):
                total += os.lstat(f"{folder}/{name}").st_size
    return total


def _gib(size: int) -> str:
    return f"{size / _GIB:,.1f} GiB" if size >= _GIB / 10 else f"{size / 1024**2:,.1f} MiB"
