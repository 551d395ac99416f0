"""The thread that takes batches from the queue to the transport."""

from __future__ import annotations

import random
import threading
import time
from contextlib import suppress
from typing import Optional, Sequence

from fmwatch._queue import Queue
from fmwatch.errors import Rejected, Retryable, TooLarge
from fmwatch.transports.base import Transport

BATCH_EVENTS = 500
BATCH_BYTES = 1024 * 1024
FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 60.0
DRAIN_WAIT_S = 0.5  # between two tries while somebody waits for the end


class Sender:
    """Sends what waits, every `interval_s` or when woken; retries with growing pauses, for ever.

    The thread starts with the first event and never keeps the process alive.
    """

    def __init__(self, queue: Queue, transport: Transport, interval_s: float) -> None:
        self.queue = queue
        self.transport = transport
        self.interval_s = interval_s
        self.reset()

    def reset(self) -> None:
        """Forget the thread; a child process has none."""
        self._thread: Optional[threading.Thread] = None
        self._starting = threading.Lock()
        self._wake = threading.Event()
        self._idle = threading.Condition()
        self._stopping = False
        self._failures = 0
        self._asked_s = 0.0  # the pause the receiver asked for
        self._most = BATCH_EVENTS

    def start(self) -> None:
        """Start the thread unless it runs."""
        if self._thread is None and not self._stopping and self._starting.acquire(blocking=False):
            try:
                if self._thread is None:
                    thread = threading.Thread(target=self._run, name="fmwatch-sender", daemon=True)
                    thread.start()
                    self._thread = thread
            finally:
                self._starting.release()

    def nudge(self) -> None:
        """Send now what waits, unless the receiver is away: then the pause between tries stays."""
        if not self._failures and not self._wake.is_set():
            self._wake.set()

    def drain(self, timeout_s: float) -> None:
        """Send now, and wait until nothing waits or the time is over."""
        if self._thread is None:
            return
        end = time.monotonic() + timeout_s
        with self._idle:
            while self.queue.waiting and (left := end - time.monotonic()) > 0:
                self._wake.set()
                self._idle.wait_for(lambda: not self.queue.waiting, min(left, DRAIN_WAIT_S))

    def stop(self) -> None:
        """Let the thread end after what it is doing."""
        self._stopping = True
        self._wake.set()

    def _run(self) -> None:
        while not self._stopping:
            self._wake.wait(self._pause())
            self._wake.clear()
            self._send_all()
            with self._idle:
                self._idle.notify_all()
        self._close()

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

    def _send_all(self) -> None:
        while batch := self.queue.take(self._most, BATCH_BYTES):
            try:
                self._send(batch)
            except TooLarge:
                self._smaller(batch)
            except Retryable as error:
                self._again(batch, error.after_s or 0.0)
                return
            except Exception:  # noqa: BLE001 - a bug in an application's own transport must not lose events
                self._again(batch, 0.0)
                return
            else:
                self._failures = 0
                self._most = min(BATCH_EVENTS, self._most * 2)

    def _send(self, batch: Sequence[bytes]) -> None:
        losses = self.queue.untold()
        try:
            refused = self.transport.send(batch, losses)
        except TooLarge:
            raise
        except Rejected:
            self.queue.settle(batch, len(batch))
        else:
            self.queue.told(losses)
            self.queue.settle(batch, min(refused, len(batch)))

    def _smaller(self, batch: Sequence[bytes]) -> None:
        if len(batch) == 1:
            self.queue.settle(batch, 1, "too_large")
        else:
            self.queue.put_back(batch)
            self._most = len(batch) // 2

    def _again(self, batch: Sequence[bytes], after_s: float) -> None:
        self.queue.put_back(batch)
        self._failures += 1
        self._asked_s = min(after_s, LONGEST_WAIT_S)
