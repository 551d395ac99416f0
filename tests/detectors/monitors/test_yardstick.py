"""What leaves are measured by, as tables."""

import numpy as np

from detectors.monitors.cells import tabulate
from detectors.monitors.level import LevelMonitor
from detectors.monitors.rate import RateMonitor
from detectors.monitors.reference import LEARNING_MARGIN
from detectors.monitors.yardstick import Yardstick, Yardsticks, learn_provisional

PLAN = RateMonitor().watch.desk.plan


def stick(bad: float) -> Yardstick:
    """Return one learnt from a thousand calls of which a share was bad."""
    values = (np.random.default_rng(0).random((1_000, len(PLAN.questions))) < bad).astype(np.float32)
    none = np.zeros(len(values), dtype=np.int64)
    cells = tabulate(none, none, none == 0, values, values[:, PLAN.sources] > 0.5)
    return learn_provisional(PLAN, cells, (0, 2_880))


def test_rates() -> None:
    """Each leaf is looked up under its own yardstick, wherever leaves without one stand."""
    tables = Yardsticks.of([None, stick(0.1), None, stick(0.4)], PLAN)
    leaf = np.array([1, 3])
    assert np.allclose(tables.rate(leaf, np.array([5, 170]), 0), [0.1, 0.4], atol=0.03)
    assert tables.usable().any(axis=1).tolist() == [False, True, False, True]


def test_many_without() -> None:
    """Ten thousand leaves without a yardstick cost a few megabytes, not a hundred."""
    tables = Yardsticks.of([None] * 10_000 + [stick(0.1)], PLAN)
    assert sum(getattr(tables, name).nbytes for name in tables.__slots__) < 3_000_000


def test_least_effect() -> None:
    """The least effects that matter are those asked now, whatever was asked when the yardstick was learnt."""
    asked = RateMonitor(at_least={"error": 9.0}).watch.desk.plan
    margin = Yardsticks.of([stick(0.1)], asked).margin[0]
    expected = np.where([question.signal == "error" for question in asked.questions], 9.0, 5.0)
    assert np.allclose(np.exp(margin), expected)
    assert np.isclose(np.exp(LEARNING_MARGIN), 5.0)


def test_ratio() -> None:
    """Sizes are compared with the multiple of the leaf's own quantile that is asked for now."""
    plan = LevelMonitor(at_least={"latency": 2.0}).watch.desk.plan
    cuts = np.arange(1.0, len(plan.questions) + 1)
    flat = np.zeros(len(cuts))
    week = np.zeros((len(cuts), 168))
    own = Yardstick(cuts, week, week, flat, flat, flat, flat > 1, flat.astype(np.int64), 0, 0)
    ratio = [2.0 if question.signal == "latency" else 1.1 for question in plan.questions]
    assert np.allclose(Yardsticks.of([own], plan).cut[0], cuts * ratio)
