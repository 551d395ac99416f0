"""What a token may send: exact in the mean, generous at once, and of constant size."""

from __future__ import annotations

import pytest

from services.access.allowance import UNLIMITED, Allowance, Limits


class Seconds:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


def test_none() -> None:
    """Without limits anything may be sent."""
    UNLIMITED.take(10**9, 10**12)
    assert UNLIMITED.over() is None


def test_rate() -> None:
    """Ten seconds' worth may come at once; what was too much is missing afterwards."""
    seconds = Seconds()
    allowance = Allowance(Limits(events_per_second=2), seconds)
    allowance.take(20, 0)
    over = allowance.over()
    assert over is not None
    assert (over.limit, over.after_s) == ("events_per_second", 0.5)
    seconds.now += 0.5
    assert allowance.over() is None
    allowance.take(101, 0)
    over = allowance.over()
    assert over is not None
    assert over.after_s == pytest.approx(50.5)


@pytest.mark.parametrize("batch", [1, 7, 500])
def test_mean(batch: int) -> None:
    """However large the batches, over an hour the mean is the limit and no more than ten seconds above."""
    seconds = Seconds()
    allowance = Allowance(Limits(events_per_second=5), seconds)
    sent = 0
    while seconds.now < 1000 + 3600:
        over = allowance.over()
        if over is None:
            allowance.take(batch, 0)
            sent += batch
        else:
            seconds.now += over.after_s + 1e-6  # what is told is exact but for the last bit
    assert 5 * 3600 <= sent <= 5 * (3600 + 10) + batch


def test_bytes() -> None:
    """Bytes are counted by the day, of which an hour's worth may come at once."""
    seconds = Seconds()
    allowance = Allowance(Limits(bytes_per_day=86_400 * 100), seconds)
    allowance.take(1, 360_000)
    over = allowance.over()
    assert over is not None
    assert over.limit == "bytes_per_day"
    assert over.after_s == pytest.approx(0.01)


def test_given_back() -> None:
    """What did not get into the log was not sent."""
    seconds = Seconds()
    allowance = Allowance(Limits(events_per_second=1, bytes_per_day=100_000), seconds)
    allowance.take(500, 10**9)
    allowance.give_back(500, 10**9)
    assert allowance.over() is None


def test_news() -> None:
    """That a limit is reached is news once a minute."""
    seconds = Seconds()
    allowance = Allowance(Limits(events_per_second=1), seconds)
    allowance.take(1000, 0)
    told = []
    for _ in range(5):
        over = allowance.over()
        told.append(over is not None and over.news)
        seconds.now += 30
    assert told == [True, False, True, False, True]


def test_backwards() -> None:
    """A clock that stands still or goes back takes nothing away."""
    seconds = Seconds()
    allowance = Allowance(Limits(events_per_second=1), seconds)
    seconds.now -= 100
    assert allowance.over() is None
