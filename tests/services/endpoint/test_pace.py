from __future__ import annotations

from services.endpoint.pace import Pace


class Clock:
    """Time that passes only while somebody waits."""

    def __init__(self) -> None:
        self.now = 0.0

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds


def test_evenly() -> None:
    """Requests go at the rate that was said, and time that nobody used is not made up for."""
    clock = Clock()
    pace = Pace(30, lambda: clock.now, clock.sleep)
    went = []
    for _ in range(3):
        pace.wait()
        went.append(clock.now)
    clock.now = 100.0
    for _ in range(2):
        pace.wait()
        went.append(clock.now)
    assert went == [0, 2, 4, 100, 102]


def test_hold() -> None:
    """A pause holds everybody who has not gone yet."""
    clock = Clock()
    pace = Pace(60, lambda: clock.now, clock.sleep)
    pace.wait()
    pace.hold(10)
    pace.wait()
    assert clock.now == 10
