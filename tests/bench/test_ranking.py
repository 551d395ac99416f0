"""The figures that the benches print."""

import numpy as np
import pytest

from bench.corruptions import KINDS, corrupted
from bench.ranking import auc, difference, rates

PAIRS = [
    ("Ana Keller sold 12 cars in Hamburg, and Bob Meyer none.", "In all, Ana sold 12 cars. Bob was idle."),
    (
        "The shop in Lisbon is run by Eva Costa since 2019.",
        "Since 2019 the shop of Eva is in Lisbon. New.",
    ),
]


def test_auc() -> None:
    """Ties count half; without both kinds there is no AUC."""
    assert auc([0, 0, 1, 1], [1, 2, 2, 3]) == pytest.approx(0.875)
    assert np.isnan(auc([1, 1], [1, 2]))


def test_difference() -> None:
    """A score as good as its competitor has an interval around zero; a better one lies above it."""
    random = np.random.default_rng(3)
    wanted = random.random(400) < 0.3
    cluster = [str(number // 4) for number in range(400)]
    good, noise = wanted + random.normal(0, 0.7, 400), random.normal(0, 1, 400)
    assert difference(wanted, good, good, cluster, rounds=50) == (0, 0)
    assert difference(wanted, good, noise, cluster, rounds=200)[0] > 0.1


def test_rates() -> None:
    """Precision, recall, F1 and false alarms are counted from the verdicts."""
    found = rates([1, 1, 0, 0], [1, 0, 1, 0])
    assert found == {
        "precision": 0.5,
        "recall": 0.5,
        "f1": 0.5,
        "false_alarm_rate": 0.5,
        "balanced_accuracy": 0.5,
    }


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_corrupted(kind: str) -> None:
    """Every corruption changes the summary, the same way for the same seed."""
    made = corrupted(PAIRS, kind)
    assert made == corrupted(PAIRS, kind)
    assert made
    assert all(text != pair[1] for pair, text in made)
