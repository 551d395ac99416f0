"""One call of a model from its beginning to its event."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Dict, Optional

from fmwatch._id import uuid7
from fmwatch.wrap.around import around, captured, watching
from fmwatch.wrap.guard import lost, note

if TYPE_CHECKING:
    from fmwatch.client import Client
    from fmwatch.wrap.pieces import Answer

CLIENT_ABORT = "client_abort"  # the application stopped reading, or was cancelled while it waited
MARK = "_fmwatch_event_id"  # on what a library returns


class Call:
    """What is known of one call; `end` captures it, once.

    A call that nobody ends, as that of an answer whose body the application read by itself, is captured
    when it is let go. Python may do so with this object before any other of a stream that has become
    garbage, so what the pieces have said is asked for here.

    Parameters
    ----------
    said : fields that go under those of the blocks around, as a route of the client as a whole does
    known : fields that stand whatever the blocks around say, as the model's name
    client : takes the event; by default the process's own
    """

    def __init__(self, said: Dict[str, Any], known: Dict[str, Any], client: Optional[Client] = None) -> None:
        self.event_id = uuid7()
        self.attempt = 1
        self.answer: Optional[Answer] = None  # puts the pieces of a stream together
        self._client = client
        self._seen = watching()
        self._fields = {**said, **around(), **known}
        self._first: Optional[float] = None
        self._last: Optional[float] = None
        self.ended = False
        self._began = time.perf_counter()

    def piece(self) -> None:
        """Take note of a piece that the application was given."""
        self._last = time.perf_counter()

    def content(self) -> None:
        """Take note of a piece with content; the first is what the user waits for."""
        if self._first is None:
            self._first = time.perf_counter()

    def add(self, **fields: Any) -> None:
        """Say more about the call: `response`, `usage`, `finish_reason` or any other field of an event."""
        self._fields.update(fields)

    def end(self, fields: Optional[Dict[str, Any]] = None) -> None:
        """Capture the call; nothing happens where that was done before. Never raises."""
        if self.ended:
            return
        self.ended = True
        self._end(fields or {}, time.perf_counter())

    def abort(self, fields: Optional[Dict[str, Any]] = None) -> None:
        """Capture a call whose answer was not wanted to its end; it took until the last piece."""
        if not self.ended:
            self.ended = True
            self._end({**(fields or {}), "error_type": CLIENT_ABORT}, self._last or time.perf_counter())

    def fail(self, error: BaseException, fields: Optional[Dict[str, Any]] = None) -> None:
        """Capture a call that failed; what says so is raised on, unchanged, by whoever calls this."""
        if not isinstance(error, Exception):  # cancelled, interrupted, closed
            self.abort(fields)
        elif not self.ended:
            self.ended = True
            self._end({**(fields or {}), **failure(error)}, time.perf_counter())

    def __enter__(self) -> Call:  # noqa: PYI034 - Python 3.9 has no Self
        return self

    def __exit__(self, kind: object, error: Optional[BaseException], trace: object) -> None:
        if error is None:
            self.end()
        else:
            self.fail(error)

    def _end(self, fields: Dict[str, Any], at: float) -> None:
        try:
            event = self._fields
            event.update(fields)
            event["latency_ms"] = round(1e3 * (at - self._began), 3)
            if self._first is not None:
                event["ttft_ms"] = round(1e3 * (self._first - self._began), 3)
            if self.attempt > 1:
                event["attempt"] = self.attempt
            if not event.get("usage"):
                event.pop("usage", None)
                event.setdefault("usage_source", "missing")
            event["event_id"] = self.event_id
            self._capture(event)
            captured(self.event_id, self._seen)
        except Exception:  # noqa: BLE001 - the application's call comes first
            lost(self._client)

    def _capture(self, event: Dict[str, Any]) -> None:
        if self._client is not None:
            self._client.capture(**event)
            return
        from fmwatch import process  # noqa: PLC0415 - it imports what is around a call from here

        process._current().capture(**event)  # noqa: SLF001 - the package's own

    def left(self) -> None:
        """Capture a call that the application lets go: aborted, where its answer was still coming."""
        if self.answer is None or self.answer.done:
            self.end(self.known())
        else:
            self.abort(self.known())

    def known(self) -> Dict[str, Any]:
        """Return what the pieces of the answer have said so far."""
        if self.answer is None or self.ended:
            return {}
        try:
            return self.answer.fields()
        except Exception:  # noqa: BLE001 - what is known without is captured
            note()
            return {}

    def __del__(self) -> None:
        if not getattr(self, "ended", True):
            self.left()


def failure(error: Exception) -> Dict[str, Any]:
    """Return what an exception says: its class, and the status of the answer where there was one.

    Its message may quote the prompt and is left out.
    """
    with suppress(Exception):
        status = getattr(error, "status_code", None)
        code = getattr(error, "code", None)
        said = {"error_type": type(error).__name__}
        more = {
            "error_status": status if isinstance(status, int) else None,
            "error_code": code if isinstance(code, str) and code else None,
        }
        return {**said, **{name: value for name, value in more.items() if value is not None}}
    return {"error_type": "error"}


def mark(thing: object, event_id: str) -> None:
    """Write the event's id onto what the application gets; what takes no attribute goes without."""
    fields = getattr(thing, "__dict__", None)
    if type(fields) is dict:  # as pydantic does itself with names that begin so, at a tenth of the time
        fields[MARK] = event_id


def event_id(answer: object) -> str:
    """Return the id of the event behind what a watched library has returned; empty where there is none.

    Parameters
    ----------
    answer : an answer, a stream or a raw response of an SDK; a message of LangChain; a response of LiteLLM

    >>> event_id("an answer that no wrapper has seen")
    ''
    """
    for thing in (answer, getattr(answer, "_raw_stream", None)):  # the helpers of `.stream()` hold the stream
        found = getattr(thing, MARK, "")
        if isinstance(found, str) and found:
            return found
    hidden = getattr(answer, "_hidden_params", None)  # LiteLLM tells its callbacks after it has answered
    found = hidden.get("litellm_call_id") if isinstance(hidden, dict) else None
    return found if isinstance(found, str) else ""
