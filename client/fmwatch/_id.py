"""Ids of events."""

from __future__ import annotations

import os
import time
from functools import partial
from typing import Iterator

_IDS = 1024  # of randomness read at once: that lets another thread run, which may take milliseconds


def uuid7() -> str:
    """Return an id that sorts by time: 48 bits of milliseconds, 74 random ones."""
    tail = next(_tails, "")
    if not tail:
        _chance(os.urandom(10 * _IDS).hex())
        return uuid7()
    head = f"{time.time_ns() // 1_000_000:012x}"
    return f"{head[:8]}-{head[8:]}{tail}"


def _chance(digits: str) -> None:
    """Let ids be made of these digits, each when it is asked for: nobody pays for all of them at once."""
    global _tails  # noqa: PLW0603 - one source per process
    _tails = map(partial(_tail, digits), range(0, len(digits), 20))


def _tail(digits: str, at: int) -> str:
    variant = _VARIANT[digits[at + 3]]
    return f"-7{digits[at : at + 3]}-{variant}{digits[at + 4 : at + 7]}-{digits[at + 7 : at + 19]}"


_VARIANT = {digit: "89ab"[int(digit, 16) % 4] for digit in "0123456789abcdef"}
_tails: Iterator[str] = iter(())
if hasattr(os, "register_at_fork"):
    # Else a child would give its parent's ids again.
    os.register_at_fork(after_in_child=partial(_chance, ""))
