"""A heartbeat says that calls are watched and the way out is open; it stays out when either is not so."""

from __future__ import annotations

from datetime import datetime, timedelta

from services.alerter.alert import at
from services.alerter.errors import AlerterError, Rejected, Retryable
from services.alerter.heartbeat import BEHIND, Heartbeat
from services.alerter.receivers.base import Beat
from tests.services.alerter.signals import DAY

EVERY = timedelta(minutes=5)
MINUTE = timedelta(minutes=1)
NOW = at(DAY)


class Switch:
    """A dead man's switch that notes beats, and fails while it is broken."""

    def __init__(self) -> None:
        self.beats: list[Beat] = []
        self.asked = 0
        self.broken: AlerterError | None = None

    def beat(self, beat: Beat) -> None:
        self.asked += 1
        if self.broken:
            raise self.broken
        self.beats.append(beat)


def run(heartbeat: Heartbeat, start: datetime, minutes: int) -> None:
    """Run the watcher's rounds, six a minute."""
    for nth in range(6 * minutes):
        now = start + nth * MINUTE / 6
        heartbeat.beat(now, now - 2 * MINUTE)


def test_every() -> None:
    """It comes at its pace, whatever the pace of the rounds, and says up to when calls are watched."""
    switch = Switch()
    run(Heartbeat({"switch": switch}, EVERY), NOW, 16)
    assert [beat.at for beat in switch.beats] == [NOW + nth * EVERY for nth in range(4)]
    assert switch.beats[0] == Beat(NOW, NOW - 2 * MINUTE, 300)


def test_behind() -> None:
    """Who watches long past minutes is not alive; with nothing stored there is nothing to watch."""
    switch = Switch()
    heartbeat = Heartbeat({"switch": switch}, EVERY)
    assert not heartbeat.beat(NOW, NOW - BEHIND - MINUTE)
    assert heartbeat.beat(NOW, None)
    assert len(switch.beats) == 1


def test_away() -> None:
    """A switch that is away is asked every minute; it is a trouble from the first time until one arrives."""
    switch, other = Switch(), Switch()
    heartbeat = Heartbeat({"switch": switch, "other": other}, EVERY)
    switch.broken = Retryable("no answer")
    run(heartbeat, NOW, 5)
    (trouble,) = heartbeat.troubles()
    assert (trouble.receiver, trouble.since, trouble.why, trouble.n) == ("switch", NOW, "no answer", 5)
    assert switch.asked == 5
    assert len(other.beats) == 1
    switch.broken = Rejected("wrong address")
    run(heartbeat, NOW + EVERY, 1)
    assert heartbeat.troubles()[0].why == "wrong address"
    switch.broken = None
    run(heartbeat, NOW + EVERY + MINUTE, 1)
    assert heartbeat.troubles() == []
    assert set(heartbeat.arrived) == {"switch", "other"}
