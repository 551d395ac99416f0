"""Capture model calls without ever holding up or breaking the application that makes them."""

from __future__ import annotations

import json
import os
import time
import weakref
from typing import TYPE_CHECKING, Any, Callable, Dict, NamedTuple, Optional, Sequence

from fmwatch._encode import bounded, line, now, uuid7, without_content
from fmwatch._queue import Queue
from fmwatch._sender import Sender
from fmwatch.transports import transport as transport_of
from fmwatch.transports.base import Transport

if TYPE_CHECKING:
    from fmwatch.redaction import Redactor

MAX_QUEUE = 10_000  # events
MAX_QUEUE_BYTES = 64 * 1024 * 1024
EXIT_S = 2.0  # what the end of the process waits for what is not sent yet


class Report(NamedTuple):
    """What became of everything captured so far.

    Attributes
    ----------
    sent : events the receiver has taken
    waiting : events that are still to be sent
    dropped : events that are lost
    reasons : the same by reason: queue_full, rejected, too_large, not_encodable, closed
    """

    sent: int
    waiting: int
    dropped: int
    reasons: Dict[str, int]


class Client:
    """Sends events in the background: `capture` only puts them into a bounded queue.

    Parameters
    ----------
    url : of a gateway (http://127.0.0.1:8765), of Kafka's brokers (kafka://broker:9092, which needs the extra
        fmwatch[kafka]) or of a file (file:///var/log/calls.jsonl); None sends nothing
    team, app, route, environment, tenant : of every event that does not say its own
    token : lets us in at a gateway that other machines reach; see `fmwatch tokens new`
    redact : kinds of personal data to take out before anything leaves the process; see `fmwatch.redaction`.
        By default none, because a gateway does it; for Kafka, where nobody does it later, what a gateway
        takes out by default
    capture_content : False leaves prompts and answers out, and keeps usage, times and names
    max_queue, max_queue_bytes : what may wait; beyond it events are dropped and counted
    interval_s : how long an event waits for others at most
    transport : instead of the one the URL stands for

    Raises
    ------
    ValueError : the URL's scheme or a kind to redact is not known, or the token can be none. Nothing else
        here raises, ever.

    >>> client = Client(None, app="helpdesk")
    >>> event_id = client.capture(provider="openai", request_model="gpt-4o", usage={"input": 812})
    >>> client.close().dropped
    0
    """

    def __init__(
        self,
        url: Optional[str] = None,
        *,
        team: str = "",
        app: str = "",
        route: str = "",
        environment: str = "",
        tenant: str = "",
        token: Optional[str] = None,
        redact: Optional[Sequence[str]] = None,
        capture_content: bool = True,
        max_queue: int = MAX_QUEUE,
        max_queue_bytes: int = MAX_QUEUE_BYTES,
        interval_s: float = 1.0,
        transport: Optional[Transport] = None,
    ) -> None:
        always = {"team": team, "app": app, "route": route, "environment": environment, "tenant": tenant}
        self._always = {name: value for name, value in always.items() if value}
        self._tenant = {"tenant": tenant} if tenant else {}
        self._capture_content = capture_content
        self._sending = bool(transport or (url and not url.startswith("null:")))
        self._queue = Queue(max_queue, max_queue_bytes)
        chosen = transport or transport_of(url, token)
        self._redactor = _redactor(getattr(chosen, "redact", ()) if redact is None else redact)
        self._sender = Sender(self._queue, chosen, interval_s)
        self._closed = False
        _register(self)

    def capture(self, **fields: Any) -> str:  # noqa: ANN401 - any field of an event
        """Take one finished model call and return its event id; returns at once and never raises.

        Parameters
        ----------
        fields : of `fmwatch.event.Generation`; `event_id` and `occurred_at` are filled in. Fields it does
            not know are kept as well.
        """
        return self._put({**self._always, **fields}, "event_id")

    def feedback(self, event_id: str, kind: str, value: Any = None, **fields: Any) -> None:  # noqa: ANN401 - any value
        """Take what somebody thought of a call: a thumb, a score, a label or a correction."""
        given = {"type": "feedback", "event_id": event_id, "kind": kind, "value": value}
        self._put({**self._tenant, **given, **fields}, "")

    def change(self, kind: str, **fields: Any) -> None:  # noqa: ANN401 - any field of a change
        """Take what was changed on purpose: a deploy, a prompt, a model; `from_` is spelled so in Python."""
        if "from_" in fields:
            fields["from"] = fields.pop("from_")
        self._put({**self._tenant, "type": "change", "kind": kind, **fields}, "")

    def flush(self, timeout: float = 5.0) -> Report:
        """Send what waits, for at most `timeout` seconds, and return what became of everything."""
        self._sender.drain(timeout)
        return self.report()

    def report(self) -> Report:
        """Return what became of everything so far."""
        reasons = dict(self._queue.reasons)
        return Report(self._queue.sent, self._queue.waiting, sum(reasons.values()), reasons)

    def close(self, timeout: float = EXIT_S) -> Report:
        """Flush and stop; events captured afterwards are lost and counted."""
        self._closed = True
        self._sender.drain(timeout)
        self._sender.stop()
        return self.report()

    def __enter__(self) -> Client:  # noqa: PYI034 - Python 3.9 has no Self
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _put(self, fields: Dict[str, Any], id_field: str) -> str:
        event_id = ""
        try:
            if id_field:
                event_id = fields.get("event_id") or uuid7()
                fields["event_id"] = event_id
            time_field = "occurred_at" if id_field else "at"
            if fields.get(time_field) is None:
                fields[time_field] = now()
            if self._sending:
                self._enqueue(fields)
        except Exception:  # noqa: BLE001 - the application's call has succeeded; watching it must not break it
            self._queue.lose("not_encodable")
        return event_id

    def _enqueue(self, fields: Dict[str, Any]) -> None:
        if self._closed:
            self._queue.lose("closed")
            return
        if self._redactor is not None:
            from fmwatch.redacted import without  # noqa: PLC0415 - only who redacts pays

            # As JSON first: then every object of the application's is plain texts, and none is overlooked.
            fields = without(json.loads(line(fields)), self._redactor)
        encoded = bounded(line(fields), fields) if self._capture_content else without_content(fields)
        if self._queue.put(encoded):
            self._sender.start()
            if self._queue.waiting >= self._queue.max_events // 2:
                self._sender.nudge()
        else:
            self._queue.lose("queue_full")
            self._sender.nudge()

    def _after_fork(self) -> None:
        """In a child process: the parent sends what was waiting, and the thread is its own."""
        self._queue.reset()
        self._sender.reset()


def _redactor(kinds: Sequence[str]) -> Optional[Redactor]:
    if not kinds:
        return None
    from fmwatch.redaction import Redactor  # noqa: PLC0415 - compiling patterns takes milliseconds

    return Redactor(kinds)


_clients: weakref.WeakSet[Client] = weakref.WeakSet()
_registered = False


def _register(client: Client) -> None:
    """Let the end of the process and its children know of a client."""
    global _registered  # noqa: PLW0603 - one registration per process
    _clients.add(client)
    if not _registered:
        import atexit  # noqa: PLC0415 - only with a client there is something to do

        atexit.register(_at_exit)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=_in_child)
        _registered = True


def _at_exit(clock: Callable[[], float] = time.monotonic) -> None:
    end = clock() + EXIT_S
    for client in list(_clients):
        client.close(max(0.1, end - clock()))


def _in_child() -> None:
    for client in list(_clients):
        client._after_fork()  # noqa: SLF001 - the module's own
