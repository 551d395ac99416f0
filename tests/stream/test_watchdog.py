"""When a worker counts as standing still: never while nothing waits, while it tries, or while others work."""

from __future__ import annotations

import threading
from typing import Self

import pytest

from stream.kafka_group import Backlog, Partition
from stream.pulse import Pulse
from stream.watchdog import Stillness, Watchdog

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
    """Another's partition is no reason to end, except for a worker that has had none for long."""
    stillness = Stillness(STILL_S)
    stillness.found({B: Backlog(0, 1)}, {A}, 500.0, 0.0)
    assert stillness.found({B: Backlog(0, 1)}, {A}, 500.0, 200.0) == []
    assert stillness.found({B: Backlog(0, 1)}, set(), 0.0, 210.0) == []
    assert stillness.found({B: Backlog(0, 1)}, set(), 0.0, 310.0) == [B]


def test_shared_out() -> None:
    """While the group is shared out anew a worker has no partition for a moment, whatever waits."""
    stillness = Stillness(STILL_S)
    waiting = {A: Backlog(0, 1)}
    assert [stillness.found(waiting, {A}, 5.0, now) for now in (0.0, 500.0)] == [[], []]
    assert stillness.found(waiting, set(), 5.0, 510.0) == []
    assert stillness.found(waiting, {A}, 5.0, 520.0) == []
    assert stillness.found(waiting, set(), 5.0, 615.0) == []


class Group:
    """Stands for the brokers' word on a group, and fails as often as it is told."""

    failures = 2

    def __init__(self, *_: object) -> None:
        pass

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def backlog(self) -> dict[Partition, Backlog]:
        """Return that something waits."""
        if Group.failures:
            Group.failures -= 1
            raise IndexError
        return {A: Backlog(0, 1)}


def test_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a library raises while it looks, the watchdog looks again."""
    monkeypatch.setattr("stream.watchdog.KafkaGroup", Group)
    fell = threading.Event()
    pulse = Pulse(lambda: 0.0)
    dog = Watchdog("", "", (), pulse, set, still_s=0.01, fall=lambda _: fell.set())
    dog.start()
    assert fell.wait(10)
    dog.stop()


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
