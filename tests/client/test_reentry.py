"""What runs in the middle of a capture, as a signal handler or a `__del__` does, may capture as well."""

import sys
import threading
from pathlib import Path
from types import FrameType
from typing import Any

import fmwatch
import pytest
from fmwatch import Client, RecordingTransport
from fmwatch._notice import Notices
from fmwatch._wake import Wake

CALL = {"provider": "openai", "request_model": "gpt-4o"}
OURS = str(Path(fmwatch.__file__).parent)


def _ends(work: Any, within_s: float = 20.0) -> bool:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(within_s)
    return not thread.is_alive()


def test_at_every_line(tmp_path: Path) -> None:
    """At whatever line a capture is interrupted by another, with a queue that is full, both end and count."""
    client = Client(transport=RecordingTransport(), max_queue=4, spool=str(tmp_path), interval_s=3600.0)
    captured = 0

    def capture() -> None:
        nonlocal captured
        client.capture(**CALL)
        captured += 1

    def trace(frame: FrameType, event: str, _: object) -> Any:
        if not frame.f_code.co_filename.startswith((OURS, threading.__file__)):
            return None
        if event == "line":
            capture()
        return trace

    def work() -> None:
        before = sys.gettrace()
        sys.settrace(trace)
        try:
            for _ in range(20):
                client.capture(**CALL)
        finally:
            sys.settrace(before)

    assert _ends(work)
    assert captured > 1000
    client.close()
    assert client.report().captured == captured + 20


def test_notices(caplog: pytest.LogCaptureFixture) -> None:
    """A warning in the middle of a warning is said as well."""
    inside = [False]

    def clock() -> float:
        if not inside[0]:
            inside[0] = True
            notices.warn("inner", "inner")
        return 0.0

    notices = Notices(clock)
    assert _ends(lambda: notices.warn("outer", "outer"))
    assert caplog.messages == ["inner", "outer"]


def test_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """A capture while the process's own client is being made waits for nothing."""
    monkeypatch.setattr("fmwatch.process._client", None)
    made: list[Client] = []

    def client(*_: object, **__: object) -> Client:
        one = Client(None)
        if not made:
            made.append(one)
            fmwatch.capture(**CALL)
        return one

    monkeypatch.setattr("fmwatch.process.Client", client)
    assert _ends(lambda: fmwatch.capture(**CALL))


def test_wake() -> None:
    """However often it was set, it wakes once."""
    wake = Wake()
    wake.set()
    wake.set()
    wake.wait(3600.0)
    assert not _ends(lambda: wake.wait(3600.0), 0.1)
    wake.set()
