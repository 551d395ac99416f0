"""What leaves have in common though none of them shows it."""

import numpy as np

from detectors.monitors.bets import RATE_ODDS, RATE_STAKES
from detectors.monitors.cells import Cells
from detectors.monitors.pooled import pool
from detectors.monitors.question import Plan, Question
from detectors.monitors.reference import HOURS, expit
from detectors.monitors.yardstick import Yardstick, learn

PLAN = Plan((Question("error", 0),), RATE_ODDS, RATE_STAKES)
HOUR = np.arange(2 * HOURS)
LEAVES = 20


def learnt(n: int, log_odds: np.ndarray, seed: int = 1) -> tuple[dict[int, Cells], list[Yardstick | None]]:
    """Return two weeks of leaves with `n` calls an hour at a rate that moves, and their references."""
    random = np.random.default_rng(seed)
    cells = {}
    for leaf in range(LEAVES):
        bad = random.binomial(n, expit(log_odds)).astype(np.uint32)[:, None]
        seen = np.full((len(HOUR), 1), n, dtype=np.uint32)
        cells[leaf] = Cells(HOUR, np.full(len(HOUR), leaf), seen[:, 0], seen, bad)
    sticks = [learn(PLAN, own, np.array([0.5]), (0, 20_160)) for own in cells.values()]
    return cells, list(sticks)


def test_rhythm() -> None:
    """Leaves too thin for a rhythm of their own have one together, and it is no wander."""
    rhythm = np.log(4.0) / 2 * np.sin(2 * np.pi * (HOUR % 24) / 24)
    cells, sticks = learnt(2, np.log(0.02 / 0.98) + rhythm)
    assert not any(stick.sufficient.any() for stick in sticks if stick)
    pooled = pool(PLAN, [frozenset({0}), frozenset(cells)], cells, sticks)
    hour = np.arange(24)
    factor, margin = pooled.at(np.ones(24, dtype=np.int64), hour, np.array([0]))
    assert np.corrcoef(np.log(factor[:, 0]), rhythm[:24])[0, 1] > 0.8
    assert margin[0, 0] < 0.3
    alone = pooled.at(np.zeros(24, dtype=np.int64), hour, np.array([0]))
    assert (alone[0] == 1.0).all()
    assert (alone[1] == 0.0).all()


def test_shared_wander() -> None:
    """What all leaves share widens the margin of their sum, though in each of them it is lost in chance."""
    random, shared = np.random.default_rng(2), np.zeros(len(HOUR))
    for i in range(1, len(HOUR)):
        shared[i] = 0.8 * shared[i - 1] + 0.6 * 0.3 * random.standard_normal()
    cells, sticks = learnt(8, np.log(0.03 / 0.97) + shared)
    pooled = pool(PLAN, [frozenset(cells)], cells, sticks)
    assert 0.3 < pooled.margin[1, 0] < 0.9


def test_nothing_learnt() -> None:
    """A series whose leaves still learn is the sum of what is known."""
    pooled = pool(PLAN, [frozenset({0, 1})], {}, [None, None])
    assert pooled.row.tolist() == [0]
