"""A line of calls into a broker, and when each of them was to be seen in the store."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import msgspec
import numpy as np
from numpy.typing import NDArray

from store.database import Database
from stream.log import Log, Record
from stream.topics import GENERATIONS

TOGETHER = 20  # lines of a record
KEYS = 48
LOOK_S = 0.2
MOST = 1_000_000  # calls
FILLED = 16_384  # wait where the topic is full
AT_ONCE = 1_000  # sent to fill it
# So far apart that an hour holds some ten thousand of them, and the view's reader need not read all.
_APART = timedelta(milliseconds=100)
_VISIBLE = """
    SELECT DISTINCT intDiv(toUInt32(event_id), {together:UInt32}) AS record FROM v_calls
    WHERE tenant = 'default' AND occurred_at >= {low:DateTime64(6, 'UTC')}
"""

Times = NDArray[np.float64]


class Line:
    """Calls numbered in the order in which they are sent, twenty in a record.

    What is in one record becomes visible at once, so the view is asked for records. A call counts as sent
    before the broker has it, and as seen after the view's answer that first holds it, so what lies between is
    never measured too short. It is too long by a look at most, which takes place every LOOK_S.

    Parameters
    ----------
    texts : lines as clients send them, used again and again with other ids and times

    Attributes
    ----------
    sent : how many calls were sent
    sent_at, seen_at : of each call, s since the epoch; NaN until then
    late_s : how late the sender was at most
    """

    def __init__(self, log: Log, database: Database, texts: Sequence[bytes]) -> None:
        self._log = log
        self._database = database
        self._first = datetime.now(UTC) - MOST * _APART
        self._fields = [msgspec.json.decode(text) for text in texts]
        self._low = 0
        self.sent = 0
        self.sent_at: Times = np.full(MOST, np.nan)
        self.seen_at: Times = np.full(MOST, np.nan)
        self.late_s = 0.0

    def send(self, n: int) -> None:
        """Send so many at once, whole records of them; the broker has them when this returns."""
        assert n % TOGETHER == 0
        numbers = range(self.sent, self.sent + n)
        records = [self._record(range(at, at + TOGETHER)) for at in numbers[::TOGETHER]]
        self.sent_at[numbers.start : numbers.stop] = time.time()
        self.sent = numbers.stop
        self._log.append(GENERATIONS, records)

    def _record(self, numbers: range) -> Record:
        lines = [self._encoded(number) for number in numbers]
        return Record(b"key-%d" % (numbers.start // TOGETHER % KEYS), b"\n".join(lines))

    def _encoded(self, number: int) -> bytes:
        fields = self._fields[number % len(self._fields)]
        own = {"event_id": str(number), "occurred_at": self._first + number * _APART}
        return msgspec.json.encode(fields | own)

    @contextmanager
    def sending(self, rate: float) -> Iterator[None]:
        """Send so many calls a second inside the block, however the others get on."""
        began, already = time.time(), self.sent

        def due() -> int:
            return int((time.time() - began) * rate) - (self.sent - already)

        def send() -> float:
            self.late_s = max(self.late_s, (due() - TOGETHER) / rate)
            if (n := due() // TOGETHER * TOGETHER) > 0:
                self.send(n)
            return (TOGETHER - due()) / rate

        with _repeated(send):
            yield

    @contextmanager
    def full(self) -> Iterator[None]:
        """See to it that always some calls wait inside the block."""

        def send() -> float:
            if self.waiting() > FILLED:
                return LOOK_S
            self.send(AT_ONCE)
            return 0.0

        with _repeated(send):
            yield

    def look(self) -> None:
        """Ask the view for calls that were not seen yet."""
        asked = {"low": self._first + self._low * _APART, "together": TOGETHER}
        found = np.array(self._database.query(_VISIBLE, asked)["record"], dtype=np.int64)
        seen = self.seen_at.reshape(-1, TOGETHER)
        new = found[np.isnan(seen[found, 0])]
        seen[new] = time.time()
        unseen = np.flatnonzero(np.isnan(self.seen_at[self._low : self.sent]))
        self._low += int(unseen[0]) if len(unseen) else self.sent - self._low

    def look_while(self, true: Callable[[], object], patience_s: float) -> None:
        """Look again and again, every LOOK_S, while something is true, and no longer than so."""
        end = time.time() + patience_s
        while true() and (began := time.time()) < end:
            self.look()
            time.sleep(max(0.0, LOOK_S - (time.time() - began)))

    def look_until_seen(self, patience_s: float) -> None:
        """Look until all calls were seen that were sent.

        Raises
        ------
        TimeoutError : they were not, for so long
        """
        self.look_while(self.waiting, patience_s)
        if waiting := self.waiting():
            raise TimeoutError(f"{waiting} of {self.sent} calls are not to be seen after {patience_s:.0f} s")

    def waiting(self) -> int:
        """Return how many calls were sent and not seen."""
        return int(np.count_nonzero(np.isnan(self.seen_at[: self.sent])))

    def oldest_s(self) -> float:
        """Return how long ago the oldest call was sent that was not seen; 0 where there is none."""
        sent = self.sent_at[: self.sent][np.isnan(self.seen_at[: self.sent])]
        return time.time() - float(sent.min()) if len(sent) else 0.0


@contextmanager
def _repeated(send: Callable[[], float]) -> Iterator[None]:
    """Call something again and again in a thread of its own; it returns after how many seconds."""
    over = threading.Event()
    failed: list[BaseException] = []

    def repeat() -> None:
        try:
            while not over.wait(max(0.0, send())):
                pass
        except BaseException as error:  # noqa: BLE001 - raised where the block ends
            failed.append(error)

    thread = threading.Thread(target=repeat)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
    if failed:
        raise failed[0]
