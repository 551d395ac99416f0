"""The thread that takes batches to the transport: from disk first, then from memory."""

from __future__ import annotations

import random
import threading
import time
from contextlib import suppress
from typing import List, Optional, Sequence, Tuple

from fmwatch._account import Account, Values
from fmwatch._forking import importing
from fmwatch._lull import lull
from fmwatch._notice import Notices
from fmwatch._queue import Queue
from fmwatch._wake import Wake
from fmwatch.errors import Astray, Rejected, Retryable, TooLarge, Unauthorized
from fmwatch.transports.base import Transport

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Union

    from fmwatch._segments import Segments
    from fmwatch._spool import Spool

    Source = Union[Queue, Segments]

BATCH_EVENTS = 500
BATCH_BYTES = 1024 * 1024
FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 60.0
DRAIN_WAIT_S = 0.5  # between two tries while somebody waits for the end
AWAY_S = 30.0  # so long without an answer is worth a line in the application's log
_TOLD_AT_ONCE = 8  # accounts, of which one is the client's own
_BETWEEN = ", "
_HEADER_CHARACTERS = 8_000  # the gateway reads no more of it


class Sender:
    """Sends what waits, every `interval_s` or when woken; retries with growing pauses, for ever.

    The thread starts with the first event and never keeps the process alive.
    """

    def __init__(
        self, queue: Queue, spool: Optional[Spool], transport: Transport, interval_s: float, notices: Notices
    ) -> None:
        self.queue = queue
        self.spool = spool
        self.transport = transport
        self.interval_s = interval_s
        self.notices = notices
        self.reset()

    def reset(self) -> None:
        """Forget the thread; a child process has none."""
        self.recovered = 0  # events of clients that are dead
        self.started = False
        self._thread: Optional[threading.Thread] = None
        self._starting = threading.Lock()
        self._wake = Wake()
        self._idle = threading.Condition()
        self._stopping = False
        self._failures = 0
        self._asked_s = 0.0  # the pause the receiver asked for
        self._most = BATCH_EVENTS
        self._unanswered = 0.0  # since when nothing was answered; 0 when something was

    def start(self) -> bool:
        """Start the thread unless it runs, and tell whether this has."""
        if self._thread is None and not self._stopping and self._starting.acquire(blocking=False):
            try:
                if self._thread is None:
                    thread = threading.Thread(target=self._run, name="fmwatch-sender", daemon=True)
                    thread.start()
                    self._thread = thread
                    self.started = True
                    return True
            finally:
                self._starting.release()
        return False

    def nudge(self) -> None:
        """Send now what waits, unless the receiver is away: then the pause between tries stays."""
        if not self._failures:
            self._wake.set()

    def drain(self, timeout_s: float, *, spooled: bool) -> None:
        """Send now, and wait until nothing waits or the time is over.

        Parameters
        ----------
        spooled : what lies on disk waits as well
        """
        if self._thread is None:
            return
        account = self.queue.account
        end = time.monotonic() + timeout_s

        def done() -> bool:
            return not account.waiting and not (spooled and self._spooled())

        with self._idle:
            while not done() and (left := end - time.monotonic()) > 0:
                self._wake.set()
                self._idle.wait_for(done, min(left, DRAIN_WAIT_S))

    def stop(self) -> None:
        """Let the thread end after what it is doing."""
        self._stopping = True
        self._wake.set()

    def moved(self) -> None:
        """Say that nothing may wait any more."""
        with self._idle:
            self._idle.notify_all()

    @property
    def away_s(self) -> float:
        """For how long the receiver has taken nothing that it was sent."""
        since = self._unanswered
        return time.monotonic() - since if since else 0.0

    def _run(self) -> None:
        self._prepare()
        while not self._stopping:
            if not self._wake.wait(self._pause()):
                lull(self._wake.wait)
            self._send_all()
            self.moved()
        self._close()

    def _prepare(self) -> None:
        """Let the transport import what it needs: here, because that takes tens of milliseconds."""
        prepare = getattr(self.transport, "prepare", None)
        if prepare is not None:
            with importing(), suppress(Exception):  # `send` meets the same, and says it
                prepare()

    def _close(self) -> None:
        """Let the transport go, where it holds something: here, because it is used in this thread only."""
        close = getattr(self.transport, "close", None)
        if close is not None:
            with suppress(Exception):  # everything is settled by now
                close()

    def _pause(self) -> float:
        if not self._failures:
            return self.interval_s
        longest = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** min(self._failures - 1, 10))
        return max(self._asked_s, longest * (0.5 + random.random() / 2))  # noqa: S311 - only spreads the load

    def _spooled(self) -> int:
        return self.spool.own.account.spooled if self.spool else 0

    def _send_all(self) -> None:
        """Send everything, oldest first; what dead clients left goes in between."""
        going = True
        while going:
            going = False
            own: List[Source] = [self.spool.own, self.queue] if self.spool else [self.queue]
            dead: List[Source] = [one.segments for one in list(self.spool.dead)] if self.spool else []
            for sources in (own, dead):
                found = self._next(sources)
                if found is not None:
                    if not self._sent(*found):
                        return
                    going = True

    def _next(self, sources: Sequence[Source]) -> Optional[Tuple[Source, List[bytes]]]:
        for source in sources:
            batch = source.take(self._most, BATCH_BYTES)
            if batch:
                return source, batch
        return None

    def _sent(self, source: Source, batch: List[bytes]) -> bool:
        """Send a batch; False where there is no use in trying more now."""
        self._unanswered = self._unanswered or time.monotonic()
        try:
            self._send(source, batch)
        except TooLarge as error:
            self._smaller(source, batch, error)
        except Retryable as error:
            self._again(source, batch, error, error.after_s or 0.0)
            return False
        except Exception as error:  # noqa: BLE001 - a bug in an application's own transport must not lose events
            self._again(source, batch, error, 0.0)
            return False
        else:
            self._most = min(BATCH_EVENTS, self._most * 2)
            if self.notices.over("away"):
                self.notices.warn("back", "events are being sent again")
        self._failures = 0
        self._unanswered = 0.0
        return True

    def _send(self, source: Source, batch: Sequence[bytes]) -> None:
        said = self._said(source, len(batch))
        try:
            refused = min(
                self.transport.send(batch, _BETWEEN.join(words for _, words, _ in said)), len(batch)
            )
        except TooLarge:
            raise
        except Rejected as error:
            self.notices.warn("rejected", "events are refused for good: %s", error)
            source.settle(batch, len(batch))
        else:
            self._taken(source, batch, refused, [(account, values) for account, _, values in said])

    def _taken(
        self, source: Source, batch: Sequence[bytes], refused: int, said: Sequence[Tuple[Account, Values]]
    ) -> None:
        for account, values in said:
            account.told(values)
        source.settle(batch, refused)
        if source.account is not self.queue.account:
            self.recovered += len(batch) - refused
        if refused:
            self.notices.warn(
                "rejected", "%d events were refused; the server's dead letters say why", refused
            )

    def _said(self, source: Source, events: int) -> List[Tuple[Account, str, Values]]:
        """Return what is told with a batch: as many accounts as the gateway reads."""
        said: List[Tuple[Account, str, Values]] = []
        size = 0
        for account in self._accounts(source):
            in_hand = events if account is source.account else 0
            words, values = account.words(in_hand, source is not self.queue)
            size += len(words) + len(_BETWEEN)
            if size > _HEADER_CHARACTERS:
                break
            said.append((account, words, values))
        return said

    def _accounts(self, source: Source) -> List[Account]:
        """Return whose numbers go with a batch: its own, ours, and of the dead whatever is not told yet."""
        accounts = [self.queue.account]
        if source.account is not accounts[0]:
            accounts.append(source.account)
        for one in list(self.spool.dead) if self.spool else ():
            account = one.ledger.account
            if account not in accounts and account.untold() and len(accounts) < _TOLD_AT_ONCE:
                accounts.append(account)
        return accounts

    def _smaller(self, source: Source, batch: Sequence[bytes], error: TooLarge) -> None:
        if len(batch) == 1:
            self.notices.warn("too_large", "an event is too large for its receiver and lost: %s", error)
            source.settle(batch, 1, "too_large")
        else:
            source.put_back(batch)
            self._most = max(1, len(batch) // 2)

    def _again(self, source: Source, batch: Sequence[bytes], error: Exception, after_s: float) -> None:
        source.put_back(batch)
        self._failures += 1
        self._asked_s = min(after_s, LONGEST_WAIT_S)
        if isinstance(error, Unauthorized):
            self.notices.warn("unauthorized", "events cannot be sent until somebody lets them in: %s", error)
        elif isinstance(error, Astray):
            self.notices.warn("astray", "events cannot be sent, because no gateway takes them: %s", error)
        elif self.away_s > AWAY_S:
            self.notices.warn("away", "events could not be sent for %d s: %s", self.away_s, error)
