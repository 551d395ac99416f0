"""Ends a worker that stands still while records wait for it; started again it is a new member of its group.

A consumer can stop without a word: its library waits for an answer that never comes, or thinks that all is
paused. Neither the process nor the group notices, and the lag grows.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Collection, Sequence
from typing import NoReturn

from stream.errors import LogError
from stream.kafka_group import Backlog, KafkaGroup, Partition
from stream.pulse import Pulse

# Longer than the longest try of one batch while the store is away, and than the group waits for a member that
# is in the middle of one.
STILL_S = 330.0

_log = logging.getLogger("fmwatch")


class Stillness:
    """Judges from what it is told whether a worker stands still; reads no clock.

    Parameters
    ----------
    still_s : how long a worker may neither end nor try a batch while records wait for it
    """

    def __init__(self, still_s: float = STILL_S) -> None:
        self._still_s = still_s
        self._since: dict[Partition, tuple[int, float]] = {}
        self._without: float | None = None  # since when this worker has no partition

    def found(
        self, backlog: dict[Partition, Backlog], mine: Collection[Partition], age_s: float, now: float
    ) -> list[Partition]:
        """Return the partitions that wait for this worker in vain; none where it is well.

        Parameters
        ----------
        mine : the partitions that this worker has; where it has none for long it may be at fault for any
            (a moment without is only the group being shared out)
        age_s : how long ago it last ended or tried a batch, as one that has partitions can
        now : seconds that only grow
        """
        self._since = {
            at: known if (known := self._since.get(at)) and known[0] == left.first else (left.first, now)
            for at, left in backlog.items()
        }
        self._without = None if mine else now if self._without is None else self._without
        begun = now - self._still_s
        if (mine and age_s < self._still_s) or (self._without is not None and self._without > begun):
            return []
        return [at for at, (_, since) in self._since.items() if since <= begun and (at in mine or not mine)]


class Watchdog:
    """A thread that looks whether its worker stands still, and ends the process where it does.

    Parameters
    ----------
    pulse : beaten by the worker for each batch that it ends or tries, and here where nothing waits for it
    mine : returns the partitions that the worker has
    fall : ends the process
    """

    def __init__(
        self,
        brokers: str,
        group: str,
        topics: Sequence[str],
        pulse: Pulse,
        mine: Callable[[], Collection[Partition]],
        *,
        still_s: float = STILL_S,
        fall: Callable[[str], object] | None = None,
    ) -> None:
        self._brokers = brokers
        self._group = group
        self._topics = topics
        self._pulse = pulse
        self._mine = mine
        self._still_s = still_s
        self._stillness = Stillness(still_s)
        self._fall = fall or fallen
        self._stopping = threading.Event()

    def start(self) -> None:
        """Begin to look; the thread never keeps the process alive."""
        threading.Thread(target=self._run, name="watchdog", daemon=True).start()

    def stop(self) -> None:
        """Look no more."""
        self._stopping.set()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                with KafkaGroup(self._brokers, self._group, self._topics) as group:
                    self._look(group)
            except LogError as error:
                # Without a broker nobody can get on.
                self._pulse.beat(str(error))
            except Exception:  # noqa: BLE001 - whatever a library raises, nobody else would see a worker stand
                _log.exception("whether the worker stands still cannot be seen now")
            self._stopping.wait(self._still_s / 10)

    def _look(self, group: KafkaGroup) -> None:
        while not self._stopping.wait(self._still_s / 10):
            backlog, mine = group.backlog(), set(self._mine())
            still = self._stillness.found(backlog, mine, self._pulse.age_s(), time.monotonic())
            if still:
                places = ", ".join(f"{at.topic}/{at.number}" for at in sorted(still)[:5])
                self._fall(f"records in {places} have waited {self._still_s:.0f} s in vain")
            elif not mine & backlog.keys():
                self._pulse.beat()  # nothing waits for it


def fallen(why: str) -> NoReturn:
    """End the process at once, without any library's last words to the broker; exit code 1.

    The group misses this member after the session's time, and what was not acknowledged comes again.
    """
    _log.critical("%s; the worker ends", why, exc_info=True)
    logging.shutdown()
    os._exit(1)
