"""When a worker counts as standing still: never while nothing waits, while it tries, or while others work."""

from __future__ import annotations

from stream.kafka_group import Backlog, Partition
from stream.pulse import Pulse
from stream.watchdog import Stillness

A, B = Partition("llm.generations", 0), Partition("llm.generations", 1)
STILL_S = 100.0


def test_still() -> None:
    """Records that wait for a worker which neither ends nor tries a batch are found after the patience."""
    stillness = Stillness(STILL_S)
    assert stillness.found({A: Backlog(7, 2)}, {A}, 50.0, 0.0) == []
    assert stillness.found({A: Backlog(7, 9)}, {A}, 149.0, 99.0) == []
    assert stillness.found({A: Backlog(7, 9)}, {A}, 150.0, 100.0) == [A]


def test_moves() -> None:
    """A worker whose group acknowledges something in the partition does not stand still."""
    stillness = Stillness(STILL_S)
    for first in range(5):
        assert stillness.found({A: Backlog(first, 9)}, {A}, 500.0, first * 90.0) == []


def test_empty_meanwhile() -> None:
    """What was worked off and waits again has not waited all the time."""
    stillness = Stillness(STILL_S)
    assert stillness.found({A: Backlog(7, 2)}, {A}, 500.0, 0.0) == []
    assert stillness.found({}, {A}, 500.0, 60.0) == []
    assert stillness.found({A: Backlog(7, 2)}, {A}, 500.0, 120.0) == []


def test_tries() -> None:
    """A worker that tries again and again while the store is away stays."""
    stillness = Stillness(STILL_S)
    assert [stillness.found({A: Backlog(7, 2)}, {A}, 30.0, now) for now in (0.0, 500.0)] == [[], []]


def test_others() -> None:
    """Another's partition is no reason to end, except for a worker that has none."""
    stillness = Stillness(STILL_S)
    stillness.found({B: Backlog(0, 1)}, {A}, 500.0, 0.0)
    assert stillness.found({B: Backlog(0, 1)}, {A}, 500.0, 200.0) == []
    assert stillness.found({B: Backlog(0, 1)}, set(), 500.0, 200.0) == [B]


def test_pulse() -> None:
    """A pulse tells how long ago it was beaten, and what is waited for."""
    now = [10.0]
    pulse = Pulse(lambda: now[0])
    now[0] = 12.5
    assert (pulse.age_s(), pulse.waiting_for()) == (2.5, "")
    pulse.beat("the store is away")
    assert (pulse.age_s(), pulse.waiting_for()) == (0.0, "the store is away")
    pulse.beat()
    assert pulse.waiting_for() == ""
