"""The thread that brings to disk what memory should not hold any longer."""

from __future__ import annotations

import threading
import time
from typing import Callable, List, Optional

from fmwatch._notice import Notices
from fmwatch._queue import Queue
from fmwatch._sender import BATCH_BYTES, BATCH_EVENTS, Sender
from fmwatch._spool import Spool
from fmwatch._wake import Wake

TICK_S = 1.0
AWAY_S = 2.0  # a receiver that has not answered for so long is away: what waits goes to disk
ADOPT_S = 5.0  # how often it is looked for what dead processes have left


class Keeper:
    """Spools what waits when the receiver is away, the queue is half full, or the process ends.

    A thread of its own, because a receiver that hangs holds up the sender's.
    """

    def __init__(self, queue: Queue, spool: Spool, sender: Sender, notices: Notices) -> None:
        self.queue = queue
        self.spool = spool
        self.sender = sender
        self.notices = notices
        self.reset()

    def reset(self) -> None:
        """Forget the thread; a child process has none."""
        self._thread: Optional[threading.Thread] = None
        self._wake = Wake()
        self._stopping = False
        self._adopted_at = float("-inf")

    def start(self) -> None:
        """Start the thread; never keeps the process alive."""
        self._thread = threading.Thread(target=self._run, name="fmwatch-keeper", daemon=True)
        self._thread.start()

    def nudge(self) -> None:
        """Look at the queue now."""
        self._wake.set()

    def finish(self, timeout_s: float) -> None:
        """Spool everything that is not sent, at once, and end; waits for at most `timeout_s`."""
        thread = self._thread
        if thread is None:
            return
        self._stopping = True
        self._wake.set()
        thread.join(timeout_s)

    def _run(self) -> None:
        self._guarded(self.spool.open)
        while not self._stopping:
            self._guarded(self._tick)
            self._wake.wait(TICK_S)
        self._guarded(self._end)

    def _guarded(self, work: Callable[[], object]) -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001 - a disk that fails must not end the thread
            self.notices.warn("spool", "events cannot be kept in %s: %s", self.spool.folder, error)

    def _tick(self) -> None:
        self.spool.open()
        if time.monotonic() - self._adopted_at >= ADOPT_S:
            self._adopted_at = time.monotonic()
            killed = self.spool.adopt()
            if killed:
                self.notices.warn("killed", "%d events were lost when a process was killed", killed)
            if self.spool.dead:
                self.sender.nudge()
        if self.sender.away_s >= AWAY_S or self.queue.crowded:
            self._move()
        self.spool.write()

    def _move(self) -> None:
        """Bring to disk what waits."""
        while batch := self.queue.take(BATCH_EVENTS, BATCH_BYTES):
            try:
                self._spool(batch)
            except BaseException:
                self.queue.put_back(batch)
                raise
        self.sender.moved()

    def _spool(self, batch: List[bytes]) -> None:
        with self.spool.own.lock:  # nobody takes them from there before they are counted as being there
            lost = self.spool.append(batch)
            self.queue.spooled(batch, lost)
        if lost:
            self.notices.warn("spool_full", "events were lost because %s is full", self.spool.folder)

    def _end(self) -> None:
        """Bring everything to disk, and what the sender has in hand as well: it may hang for longer."""
        for batch in (self.queue.abandoned(), *iter(lambda: self.queue.take(BATCH_EVENTS, BATCH_BYTES), [])):
            if not batch:
                continue
            try:
                self._spool(batch)
            except Exception as error:  # noqa: BLE001 - there is no later: it is lost, and counted
                self.queue.settle(batch, len(batch), "spool_failed")
                self.notices.warn("spool", "events cannot be kept in %s: %s", self.spool.folder, error)
        self.spool.leave()
        self.sender.moved()
