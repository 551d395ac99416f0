"""What leaves are measured by, as tables."""

import numpy as np

from detectors.monitors.cells import tabulate
from detectors.monitors.rate import RateMonitor
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
    tables = Yardsticks.of([None, stick(0.1), None, stick(0.4)], len(PLAN.questions))
    leaf = np.array([1, 3])
    assert np.allclose(tables.rate(leaf, np.array([5, 170]), 0), [0.1, 0.4], atol=0.03)
    assert tables.usable().any(axis=1).tolist() == [False, True, False, True]


def test_many_without() -> None:
    """Ten thousand leaves without a yardstick cost a few megabytes, not a hundred."""
    tables = Yardsticks.of([None] * 10_000 + [stick(0.1)], len(PLAN.questions))
    assert sum(getattr(tables, name).nbytes for name in tables.__slots__) < 3_000_000
