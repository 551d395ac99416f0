"""What a process says: a JSON object a line for programs, a line for a person, never an event's content."""

import io
import json
import logging
import subprocess
import sys

import pytest

from services.worker.logs import Document, Line
from store.errors import StoreError, StoreUnavailable
from store.refusal import Unfit

SECRET = "the secret of the customer"  # noqa: S105 - content that must not get out


def said(form: logging.Formatter, message: str, *words: object, error: BaseException | None = None) -> str:
    """Return what is written for one message."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(form)
    record = logging.LogRecord("fmwatch", logging.WARNING, __file__, 1, message, words, None)
    record.exc_info = (type(error), error, error.__traceback__) if error else None
    record.created = 1_793_620_800.25
    record.fields = {"port": 9464}
    handler.handle(record)
    return stream.getvalue()


def raised(error: BaseException) -> BaseException:
    """Return an error with a trace."""
    try:
        raise error  # noqa: TRY301 - the trace is the point
    except BaseException as found:  # noqa: BLE001 - any
        return found


def test_document() -> None:
    """A program gets one line with time, level, logger, message and fields, whatever is in the message."""
    line = said(Document(), "a line\nand %s", "a \x1b[31m word\u2028")
    assert line.count("\n") == 1
    assert line.isascii()
    assert json.loads(line) == {
        "time": "2026-11-02T12:00:00.250+00:00",
        "level": "warning",
        "logger": "fmwatch",
        "message": "a line\nand a \x1b[31m word\u2028",
        "fields": {"port": 9464},
    }


@pytest.mark.parametrize(
    "error", [ValueError(SECRET), Unfit(f"a value does not fit: {SECRET}"), KeyError(SECRET)], ids=repr
)
@pytest.mark.parametrize("form", [Document(), Line()], ids=lambda form: type(form).__name__)
def test_no_content(error: Exception, form: logging.Formatter) -> None:
    """What an exception says may quote an event; its type and its place are enough."""
    outer = raised(RuntimeError(SECRET))
    outer.__cause__ = raised(error)
    line = said(form, "it fails", error=outer)
    assert SECRET not in line
    assert "RuntimeError" in line
    assert type(error).__name__ in line
    assert "tests/services/test_logs.py:" in line


def test_ours() -> None:
    """What we say ourselves about store and log is there, with what it was raised from."""
    error = raised(StoreUnavailable("the store does not answer; start it"))
    error.__cause__ = raised(OSError(28, "No space left on device"))
    told = json.loads(said(Document(), "it fails", error=error))["error"]
    assert told["type"] == "store.errors.StoreUnavailable"
    assert told["message"] == "the store does not answer; start it"
    assert told["trace"][0] == "store.errors.StoreUnavailable: the store does not answer; start it"
    assert told["trace"][1].startswith("at tests/services/test_logs.py:")
    assert "raised from OSError: No space left on device" in told["trace"]


def test_line() -> None:
    """A person gets a line, in which nothing from outside can move the terminal."""
    assert said(Line(), "a %s", "\x1b[2J\r\nword").endswith(" WARNING a  [2J  word\n")
    assert len(said(Line(), "it fails", error=raised(StoreError("no"))).splitlines()) == 3


@pytest.mark.parametrize("form", [Document(), Line()], ids=lambda form: type(form).__name__)
def test_hostile(form: logging.Formatter) -> None:
    """Words that do not fit their message are left out, what has no end is cut, and nothing is raised."""
    line = said(form, "100% of %d", SECRET)
    assert "100% of %d" in line
    assert SECRET not in line
    assert line.count("\n") == 1
    assert "of \\ud800" in ascii(said(form, "of %s", "\ud800")).replace("\\\\", "\\")
    assert len(said(form, "%s", "x" * 10**6)) < 10_000
    assert len(said(form, "it fails", error=raised(StoreError("x" * 10**6)))) < 20_000


def test_loop_of_causes() -> None:
    """Exceptions that were raised from each other are told once."""
    first, second = raised(ValueError()), raised(KeyError())
    first.__cause__, second.__cause__ = second, first
    assert said(Document(), "it fails", error=first).count("raised from") == 1


PROGRAM = """
import logging, threading, warnings
from services.worker.logs import to_stderr
to_stderr()
logging.getLogger("fmwatch").info("it begins")
logging.getLogger("other").info("not of interest")
logging.getLogger("kafka.conn").warning("ordinary")
warnings.warn("old")
def fail():
    raise ValueError("the secret of the customer")
thread = threading.Thread(target=fail)
thread.start()
thread.join()
fail()
"""


def test_process() -> None:
    """Warnings and the ends of threads, of the last one too, are lines like all others; it exits with 1."""
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, check=False)
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert [(line["logger"], line["level"]) for line in lines] == [
        ("fmwatch", "info"),
        ("py.warnings", "warning"),
        ("fmwatch", "critical"),
        ("fmwatch", "critical"),
    ]
    assert [line["error"]["type"] for line in lines[2:]] == ["ValueError", "ValueError"]
    assert SECRET.encode() not in done.stderr
    assert done.returncode == 1
