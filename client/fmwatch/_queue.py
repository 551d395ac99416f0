"""A bounded queue of events that wait for the sender."""

from __future__ import annotations

from collections import deque
from threading import get_ident
from typing import Any, Callable, Deque, Dict, List, Optional, Sequence

from fmwatch._account import Account

Image = bytes  # of an event, see fmwatch._encode


class Queue:
    """Events that wait. `put` never blocks on more than a few instructions.

    They become lines when they are taken, in the thread that takes them, and stay lines when they come back.

    Parameters
    ----------
    max_events, max_bytes : what may wait; more is refused
    made : makes a line of an image, None where that cannot be; never raises
    account : counts them
    """

    def __init__(
        self, max_events: int, max_bytes: int, made: Callable[[Image], Optional[bytes]], account: Account
    ) -> None:
        self.max_events = max_events
        self.max_bytes = max_bytes
        self.made = made
        self.reset(account)

    def reset(self, account: Account) -> None:
        """Begin anew; a child process does, because its parent sends what was waiting."""
        self.account = account
        self._events: Deque[Image] = deque()
        self._lines: Deque[bytes] = deque()  # older than all events
        self._bytes = 0
        self._heir: Optional[int] = None  # the thread that takes everything at the end
        self._making: Dict[int, Sequence[Image]] = {}  # not yet lines
        self._taken: Dict[int, Sequence[bytes]] = {}  # not yet settled

    @property
    def lock(self) -> Any:  # noqa: ANN401 - an RLock has no name
        """The account's: an event moves and is counted in one step."""
        return self.account.lock

    def put(self, image: Image) -> bool:
        """Keep an event; False where the queue is full."""
        account = self.account
        size = len(image)
        with account.lock:
            if account.waiting >= self.max_events or self._bytes + size > self.max_bytes:
                return False
            self._events.append(image)
            self._bytes += size
            account.captured()
            return True

    def take(self, most: int, most_bytes: int) -> List[bytes]:
        """Return the oldest events as lines; they wait until `settle` says what became of them."""
        while True:
            with self.lock:
                if self._heir not in (None, get_ident()):
                    return []
                batch = self._taken_lines(most, most_bytes)
                events = [] if batch else _first(self._events, most, most_bytes)
                if events:
                    self._making[id(events)] = events
            if not events:
                return batch
            batch = self._made(events)
            if batch:
                return batch

    def put_back(self, batch: Sequence[bytes]) -> None:
        """Let the lines wait again, in front."""
        with self.lock:
            if self._taken.pop(id(batch), None) is not None:
                self._lines.extendleft(reversed(batch))

    def settle(self, batch: Sequence[bytes], lost: int = 0, reason: str = "rejected") -> None:
        """Say what became of lines taken."""
        with self.lock:
            if self._left(batch):
                self.account.settle(len(batch), lost, reason)

    def spooled(self, batch: Sequence[bytes], lost: int) -> None:
        """Say that lines taken lie on disk now, but for some for which there was no room."""
        with self.lock:
            if self._left(batch):
                self.account.spooled += len(batch) - lost
                self.account.settle(lost, lost, "spool_full")

    def abandoned(self) -> List[bytes]:
        """Return lines that other threads have taken; what they say of them counts no more.

        Those threads get no more. What they have not made a line of yet waits again.
        """
        with self.lock:
            self._heir = get_ident()
            making = list(self._making.values())
            self._making.clear()
            for events in reversed(making):
                self._events.extendleft(reversed(events))
            lines = [line for batch in self._taken.values() for line in batch]
            self._taken = {id(lines): lines} if lines else {}
        return lines

    @property
    def crowded(self) -> bool:
        """Whether it is more than half full."""
        return self.account.waiting * 2 >= self.max_events or self._bytes * 2 >= self.max_bytes

    def _left(self, batch: Sequence[bytes]) -> bool:
        if self._taken.pop(id(batch), None) is None:
            return False
        self.account.waiting -= len(batch)
        self._bytes -= sum(map(len, batch))
        return True

    def _taken_lines(self, most: int, most_bytes: int) -> List[bytes]:
        batch = _first(self._lines, most, most_bytes)
        if batch:
            self._taken[id(batch)] = batch
        return batch

    def _made(self, events: Sequence[Image]) -> List[bytes]:
        """Make lines of events; they count as waiting all the while."""
        account, making = self.account, self._making
        made = [self.made(image) for image in events if id(events) in making]
        batch = [line for line in made if line is not None]
        with self.lock:
            # Another thread may have inherited them meanwhile, or a child process begun anew.
            if self._making.pop(id(events), None) is None:
                return []
            self._bytes += sum(map(len, batch)) - sum(map(len, events))
            failed = len(made) - len(batch)
            account.waiting -= failed
            account.settle(failed, failed, "not_encodable")
            if batch:
                self._taken[id(batch)] = batch
        return batch


def _first(waiting: Deque[bytes], most: int, most_bytes: int) -> List[bytes]:
    """Take the oldest away: one at least, and no more than so many and so large."""
    found: List[bytes] = []
    size = 0
    while waiting and len(found) < most and (not found or size + len(waiting[0]) <= most_bytes):
        found.append(waiting.popleft())
        size += len(found[-1])
    return found
