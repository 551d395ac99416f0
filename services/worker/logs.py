"""What a process says while it runs, on standard error: lines for a person on a terminal, else JSON.

Nothing of an event's content gets here. What an exception of somebody else's says may quote what it failed
on, so of such a one there is the type and where it was raised.
"""

from __future__ import annotations

import json
import logging
import sys
import threading
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TextIO

from kafka.errors import KafkaError

from store.errors import RowRejected, StoreError
from store.refusal import Unfit
from stream.errors import InvalidEvent, StreamError

_ROOT = Path(__file__).parents[2]
_SPEAK = (StoreError, StreamError, KafkaError)  # their messages are about us, brokers and servers
_QUOTE = (InvalidEvent, RowRejected, Unfit)  # except these, which may quote an event
_MOST = 8_000  # characters of one message; a server's word on what it refused may have no end
_CONTROL = dict.fromkeys((*range(32), 127, *range(128, 160)), " ")  # a terminal obeys them

_log = logging.getLogger("fmwatch")


def to_stderr(stream: TextIO | None = None) -> None:
    """Say from now on what is worth it: of ours all, of others warnings, of Kafka's library only errors.

    That one warns of what is ordinary at every start.
    """
    stream = stream or sys.stderr
    handler = logging.StreamHandler(stream)
    handler.setFormatter(Line() if stream.isatty() else Document())
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.captureWarnings(capture=True)
    _log.setLevel(logging.INFO)
    logging.getLogger("kafka").setLevel(logging.ERROR)
    sys.excepthook = _unforeseen
    threading.excepthook = lambda found: _unforeseen(found.exc_type, found.exc_value, None)


class Document(logging.Formatter):
    """One JSON object a line, whatever is in it: time, level, logger, message, fields, error."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        told: dict[str, object] = {
            "time": _time(record).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _message(record),
        }
        if fields := getattr(record, "fields", None):
            told["fields"] = fields
        if error := _raised(record):
            told["error"] = {"type": _name(error), "message": said(error), "trace": list(trace(error))}
        return json.dumps(told, default=str)


class Line(logging.Formatter):
    """A line for a person, and below it the trace where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line or lines."""
        when = _time(record).astimezone().strftime("%Y-%m-%d %H:%M:%S")
        lines = [f"{when} {record.levelname} {_message(record).translate(_CONTROL)}"]
        if error := _raised(record):
            lines += (f"    {line}".translate(_CONTROL) for line in trace(error))
        return "\n".join(lines)


def said(error: BaseException) -> str:
    """Return what an exception says, where that can be nothing of an event, else ""."""
    if isinstance(error, _SPEAK) and not isinstance(error, _QUOTE):
        return _cut(str(error))
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return ""


def trace(error: BaseException) -> Iterator[str]:
    """Yield where an exception was raised, the outermost place first, and what it was raised from."""
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        words = said(cause)
        yield f"{'raised from ' if cause is not error else ''}{_name(cause)}{': ' if words else ''}{words}"
        for frame, line in traceback.walk_tb(cause.__traceback__):
            yield f"at {_place(frame.f_code.co_filename)}:{line} {frame.f_code.co_name}"
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)


def _unforeseen(kind: type[BaseException], error: BaseException | None, _: TracebackType | None) -> None:
    """Say what ends a thread, instead of Python's own lines."""
    if not issubclass(kind, (KeyboardInterrupt, SystemExit)):
        _log.critical("nobody foresaw this; the thread ends", exc_info=error or kind())


def _time(record: logging.LogRecord) -> datetime:
    return datetime.fromtimestamp(record.created, UTC)


def _message(record: logging.LogRecord) -> str:
    """Return what is said; where its words do not fit into it, which are anybody's, without them."""
    try:
        return _cut(record.getMessage())
    except Exception:  # noqa: BLE001 - logging would print message and words, on many lines
        return _cut(str(record.msg))


def _cut(text: str) -> str:
    return text if len(text) <= _MOST else f"{text[:_MOST]}…"


def _raised(record: logging.LogRecord) -> BaseException | None:
    return record.exc_info[1] if isinstance(record.exc_info, tuple) else None


def _name(error: BaseException) -> str:
    kind = type(error)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _place(file: str) -> str:
    """Return a file of ours from the root on, another from its package's folder on."""
    path = Path(file)
    if path.is_relative_to(_ROOT) and "site-packages" not in path.parts:
        return str(path.relative_to(_ROOT))
    return file.rpartition("site-packages/")[2] or file
