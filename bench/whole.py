"""The whole pipeline on the events of bench.tier0: border, log, decode, score, insert, acknowledge, sums."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
from fmwatch.event import Generation

from detectors import language
from detectors.testing import NOON
from services.config import Config
from services.run import Embedded
from stream.feed import Feed, Place
from stream.worker import LINES

_NOTHING: tuple[object, ...] = (None, "", (), {}, False)
_MINUTES = 60  # at this speed an hour holds millions; its sums are recomputed once


def cpu_s(warming: Sequence[Generation], timed: Sequence[Generation]) -> float:
    """Return the processor seconds, of all threads, that the timed events take once caches are warm."""
    language.forget()
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as directory,
        Embedded(Path(directory), Config(), lambda: NOON + timedelta(days=1)) as embedded,
    ):
        feed = Feed(
            embedded.log,
            embedded.database,
            embedded.border,
            embedded.step_for,
            Place([], embedded.clock()),
            taken=embedded.taken,
        )
        feed.begin()
        for lines in _rounds(warming):
            feed.take(lines)
        rounds = _rounds(timed)
        began = time.process_time()
        for lines in rounds:
            feed.take(lines)
        embedded.rollup.recompute()
        return time.process_time() - began


def _rounds(events: Sequence[Generation]) -> list[list[bytes]]:
    """Return lines as `replay` takes them."""
    lines = lines_of(events)
    return [lines[first : first + LINES] for first in range(0, len(lines), LINES)]


def lines_of(events: Sequence[Generation]) -> list[bytes]:
    """Return events as a client sends them, spread over an hour."""
    return [_line(event, index * _MINUTES / len(events)) for index, event in enumerate(events)]


def _line(event: Generation, minutes: float) -> bytes:
    """Return the event as a client sends it: what is not known is not said."""
    fields = msgspec.to_builtins(replace(event, occurred_at=NOON + timedelta(minutes=minutes)))
    return msgspec.json.encode(_said(fields))


def _said(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, dict):
        said = {key: _said(item) for key, item in value.items()}
        return {key: item for key, item in said.items() if item not in _NOTHING}
    return tuple(map(_said, value)) if isinstance(value, tuple) else value
