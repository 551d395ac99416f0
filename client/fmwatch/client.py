"""Capture model calls without ever holding up or breaking the application that makes them."""

from __future__ import annotations

import os
import time
import weakref
from typing import Any, Callable, Dict, NamedTuple, Optional, Sequence, Union

from fmwatch._account import Account
from fmwatch._editor import Editor, Redaction
from fmwatch._encode import MAX_EVENT_BYTES, image, without_content
from fmwatch._id import uuid7
from fmwatch._notice import Notices
from fmwatch._queue import Queue
from fmwatch._sender import Sender
from fmwatch.transports import transport as transport_of
from fmwatch.transports.base import Transport

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fmwatch._keeper import Keeper
    from fmwatch._spool import Spool

MAX_QUEUE = 10_000  # events
MAX_QUEUE_BYTES = 64 * 1024 * 1024
MAX_SPOOL_BYTES = 256 * 1024 * 1024
EXIT_S = 2.0  # what the end of the process waits for what is not sent yet
SPOOL_S = 2.0  # and then for what goes to disk
_SURELY_TOO_LARGE = 4 * MAX_EVENT_BYTES  # as an image; as a line it may be smaller: numbers are


class Report(NamedTuple):
    """What became of everything captured so far.

    Attributes
    ----------
    sent : events the receiver has taken
    waiting : events that are still to be sent, in memory
    spooled : events that are still to be sent, on disk
    dropped : events that are lost
    reasons : the same by reason: queue_full, rejected, too_large, not_encodable, closed, spool_full,
        spool_failed
    stripped : events that were not lost, but lost their content: because redaction failed, or the spool was
        full
    recovered : events of earlier processes that this one found in the spool and sent; in no other number
    """

    sent: int
    waiting: int
    spooled: int
    dropped: int
    reasons: Dict[str, int]
    stripped: int
    recovered: int

    @property
    def captured(self) -> int:
        """How many events there were."""
        return self.sent + self.waiting + self.spooled + self.dropped


class Client:
    """Sends events in the background: `capture` only puts them into a bounded queue.

    Parameters
    ----------
    url : of a gateway (http://127.0.0.1:8765), of Kafka's brokers (kafka://broker:9092, which needs the extra
        fmwatch[kafka]) or of a file (file:///var/log/calls.jsonl); None sends nothing
    team, app, route, environment, tenant : of every event that does not say its own
    token : lets us in at a gateway that other machines reach; see `fmwatch tokens new`
    redact : what to take out before anything leaves the process: kinds of personal data (see
        `fmwatch.redaction`), functions that take a text and return what may be sent of it, or both. By
        default nothing, because a gateway does it; to Kafka and with a spool, where texts lie somewhere that
        no gateway has seen, what a gateway takes out by default
    capture_content : False leaves prompts and answers out, and keeps usage, times and names
    max_queue, max_queue_bytes : what may wait in memory; beyond it events are spooled, or dropped and counted
    spool : folder for what cannot be sent now; it outlives the process, and several may share it. None keeps
        nothing on disk
    max_spool_bytes : of all files in that folder; beyond it the oldest lose their content, then go
    interval_s : how long an event waits for others, and for half a second more while the application is busy
    transport : instead of the one the URL stands for

    Raises
    ------
    ValueError : the URL's scheme or a kind to redact is not known, the token can be none, or there is no
        spool on this system. Nothing else here raises, ever.

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
        redact: Union[Redaction, Sequence[Redaction], None] = None,
        capture_content: bool = True,
        max_queue: int = MAX_QUEUE,
        max_queue_bytes: int = MAX_QUEUE_BYTES,
        spool: Optional[str] = None,
        max_spool_bytes: int = MAX_SPOOL_BYTES,
        interval_s: float = 1.0,
        transport: Optional[Transport] = None,
    ) -> None:
        always = {"team": team, "app": app, "route": route, "environment": environment, "tenant": tenant}
        self._always = {name: value for name, value in always.items() if value}
        self._tenant = {"tenant": tenant} if tenant else {}
        self._labels = {"tenant": tenant, "team": team, "app": app}
        self._sending = bool(transport or (url and not url.startswith("null:")))
        chosen = transport or transport_of(url, token)
        self._account = Account(labels=self._labels)
        self._editor = Editor(_redaction(redact, chosen, spool), capture_content)
        self._queue = Queue(max_queue, max_queue_bytes, self._editor.line, self._account)
        self._notices = Notices()
        self._spool: Optional[Spool] = None
        self._keeper: Optional[Keeper] = None
        if spool and self._sending:
            from fmwatch._spool import Spool  # noqa: PLC0415 - only who spools pays

            destination = getattr(chosen, "destination", type(chosen).__qualname__)
            self._spool = Spool(spool, max_spool_bytes, self._account, destination)
        self._sender = Sender(self._queue, self._spool, chosen, interval_s, self._notices)
        if self._spool is not None:
            from fmwatch._keeper import Keeper  # noqa: PLC0415 - same

            self._keeper = Keeper(self._queue, self._spool, self._sender, self._notices)
        self._editor.reset(self._account)
        self._closed = False
        _register(self)
        if self._spool is not None and self._spool.inhabited():
            self._begin()

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
        self._sender.drain(timeout, spooled=True)
        return self.report()

    def report(self) -> Report:
        """Return what became of everything so far."""
        account = self._account
        with account.lock:
            reasons = account.reasons()
            return Report(
                sent=account.value("sent"),
                waiting=account.waiting,
                spooled=account.spooled,
                dropped=sum(reasons.values()),
                reasons=reasons,
                stripped=account.value("redaction_failed") + account.value("spool_crowded"),
                recovered=self._sender.recovered,
            )

    def close(self, timeout: float = EXIT_S) -> Report:
        """Flush and stop, spooling what is left; events captured afterwards are lost and counted."""
        self._closed = True
        self._sender.drain(timeout, spooled=False)
        self._sender.stop()
        if self._keeper is not None:
            self._keeper.finish(SPOOL_S)
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
                fields[time_field] = time.time_ns()
            if self._sending:
                self._enqueue(fields)
        except Exception:  # noqa: BLE001 - the application's call has succeeded; watching it must not break it
            self._account.lost_at_once("not_encodable")
        return event_id

    def _enqueue(self, fields: Dict[str, Any]) -> None:
        if self._closed:
            self._account.lost_at_once("closed")
            return
        event = image(fields)
        if len(event) > _SURELY_TOO_LARGE:
            event = image(without_content(fields))
        if self._queue.put(event):
            if not self._sender.started:
                self._begin()
            if self._queue.crowded:
                self._nudge()
        else:
            self._account.lost_at_once("queue_full")
            self._notices.warn("queue_full", "events are being lost: more came than could be sent or spooled")
            self._nudge()

    def _begin(self) -> None:
        """Start the threads, once in each process: with its first event, or to send what lies there."""
        if self._sender.start():
            if self._keeper is not None:
                self._keeper.start()
            _at_end_of_child()

    def _nudge(self) -> None:
        self._sender.nudge()
        if self._keeper is not None:
            self._keeper.nudge()

    def _after_fork(self) -> None:
        """In a child process: the parent sends what was waiting, and the threads are its own."""
        self._account = Account(labels=self._labels)
        self._notices.reset()
        self._editor.reset(self._account)
        self._queue.reset(self._account)
        if self._spool is not None:
            self._spool.reset(self._account)
        if self._keeper is not None:
            self._keeper.reset()
        self._sender.reset()


def _redaction(
    asked: Union[Redaction, Sequence[Redaction], None], transport: Transport, spool: Optional[str]
) -> Union[Redaction, Sequence[Redaction]]:
    """Return what to take out: what was asked for, or else what nobody would before it lies somewhere."""
    if asked is not None:
        return asked
    if spool:
        from fmwatch.redaction import DEFAULT_KINDS  # noqa: PLC0415 - compiling patterns takes milliseconds

        return DEFAULT_KINDS
    found: Sequence[Redaction] = getattr(transport, "redact", ())
    return found


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


def _at_end_of_child() -> None:
    """Let the end of a child of multiprocessing know as well: it leaves without running what atexit has."""
    import sys  # noqa: PLC0415 - once in a process

    processes = sys.modules.get("multiprocessing.process")
    if processes is not None and processes.parent_process() is not None:
        from multiprocessing.util import Finalize  # noqa: PLC0415 - there it is loaded already

        Finalize(None, _at_exit, exitpriority=0)
