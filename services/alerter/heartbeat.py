"""A sign of life for who notices when it stays out: calls are watched, the way to people is open."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta

from services.alerter.failing import Trouble, said_of
from services.alerter.receivers.base import Beat, Beating

BEHIND = timedelta(minutes=15)  # who watches no further than that does not count as alive

_log = logging.getLogger("fmwatch")


class Heartbeat:
    """Beats from the watcher's own round, so that it stops when that does.

    Parameters
    ----------
    receivers : by name
    every : how often each gets one
    """

    def __init__(self, receivers: Mapping[str, Beating], every: timedelta) -> None:
        self.receivers = receivers
        self.every = every
        self.arrived: dict[str, datetime] = {}
        self._next: dict[str, datetime] = {}
        self._troubles: dict[str, Trouble] = {}

    def beat(self, now: datetime, watched_until: datetime | None) -> bool:
        """Send what is due, unless the watching is behind; tell whether any arrived.

        Parameters
        ----------
        watched_until : None where nothing is stored yet, and so there is nothing to watch
        """
        if watched_until is not None and now - watched_until > BEHIND:
            return False
        beat = Beat(now, watched_until, round(self.every.total_seconds()))
        due = [name for name in self.receivers if self._next.get(name, now) <= now]
        arrived = [self._send(name, beat) for name in due]
        return any(arrived)

    def troubles(self) -> list[Trouble]:
        """Return the receivers that do not take it."""
        return list(self._troubles.values())

    def _send(self, name: str, beat: Beat) -> bool:
        try:
            self.receivers[name].beat(beat)
        except Exception as error:  # noqa: BLE001 -- one receiver's defect is no other's
            known = self._troubles.get(name)
            if known is None:
                _log.warning("no heartbeat to %s: %s", name, said_of(name, error))
            since = known.since if known else beat.at
            self._troubles[name] = Trouble(name, since, said_of(name, error), known.n + 1 if known else 1)
            self._next[name] = beat.at + min(self.every, timedelta(minutes=1))
            return False
        self.arrived[name] = beat.at
        self._next[name] = beat.at + self.every
        self._troubles.pop(name, None)
        return True
