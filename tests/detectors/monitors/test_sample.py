"""What is kept of calls."""

import numpy as np

from detectors.monitors.sample import PER_SLOT, RECENT, Recents, Sample


def column(values: np.ndarray) -> np.ndarray:
    """Return values as a table of one source."""
    return values.astype(np.float32)[:, None]


def test_ten_a_slot() -> None:
    """Of five minutes the first ten values are kept, however they come."""
    whole, parts = Sample(1), Sample(1)
    minute = np.sort(np.random.default_rng(1).integers(0, 12, 200))
    whole.add(minute, column(np.arange(200)))
    for start in range(0, 200, 7):
        rows = slice(start, start + 7)
        parts.add(minute[rows], column(np.arange(200)[rows]))
    at, values = whole.joined()
    np.testing.assert_array_equal(values, parts.joined()[1])
    assert max(np.bincount(at // 5)) == PER_SLOT


def test_last_of_each() -> None:
    """The last calls of every leaf are kept in order of time, in whatever pieces they came."""
    recents = Recents(1)
    leaf = np.random.default_rng(3).integers(0, 2, 1_500)
    minute = np.arange(1_500)
    for start in range(0, 1_500, 400):
        rows = np.arange(start, min(start + 400, 1_500))
        recents.add(rows, minute, leaf, column(minute), [f"e{i}" for i in minute])
    for number in range(2):
        wanted = np.flatnonzero(leaf == number)[-RECENT:]
        found = recents[number]
        np.testing.assert_array_equal(found.minute, wanted)
        assert list(found.event_id) == [f"e{i}" for i in wanted]
        assert len(found.since(1_400).minute) == int((wanted >= 1_400).sum())


def test_restore() -> None:
    """A snapshot in the middle changes nothing."""
    recents, other = Recents(1), Recents(1)
    rows = np.arange(600)
    leaf, minute = rows % 2, rows // 10
    recents.add(rows[:300], minute, leaf, column(rows), [f"e{i}" for i in rows])
    other.load(recents.state())
    for one in (recents, other):
        one.add(rows[300:], minute, leaf, column(rows), [f"e{i}" for i in rows])
    assert recents[1].event_id == other[1].event_id
