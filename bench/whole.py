"""The whole pipeline on the events of bench.tier0: border, log, decode, score, insert, acknowledge, sums."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import msgspec
from fmwatch.event import Generation

from detectors import language
from detectors.testing import NOON
from services.config import Config
from services.run import Embedded
from stream.feed import Feed, Place

_NOT_SENT = ("received_at", "extra", "redactions", "truncated")  # what the border and decoding add
_MINUTES = 12 * 60  # the events spread over half a day


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
        feed.take(_lines(warming))
        lines = _lines(timed)
        began = time.process_time()
        feed.take(lines)
        embedded.rollup.recompute()
        return time.process_time() - began


def _lines(events: Sequence[Generation]) -> list[bytes]:
    return [_line(event, index * _MINUTES / len(events)) for index, event in enumerate(events)]


def _line(event: Generation, minutes: float) -> bytes:
    fields = msgspec.to_builtins(replace(event, occurred_at=NOON + timedelta(minutes=minutes)))
    return msgspec.json.encode({name: value for name, value in fields.items() if name not in _NOT_SENT})
