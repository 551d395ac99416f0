"""Why texts moved and where, on hand-made texts."""

import numpy as np
import pytest

from detectors.monitors.slices import Group
from detectors.monitors.texts import Texts
from detectors.monitors.values import BY
from detectors.monitors.whereabouts import Placed, groups, is_spelling

RANDOM = np.random.default_rng(3)


@pytest.fixture(autouse=True)
def _seeded() -> None:
    """Draw the same for each test, whichever ran before it."""
    RANDOM.bit_generator.state = np.random.default_rng(3).bit_generator.state


def placed(outside: np.ndarray, unknown: np.ndarray, slices: np.ndarray | None = None) -> Placed:
    """Return texts, of which only this is known."""
    n = len(outside)
    slices = np.zeros((n, len(BY)), np.int32) if slices is None else slices
    none = np.zeros(n, np.int64)
    texts = Texts(none, none, np.zeros((n, 1), np.int8), unknown.astype(np.float32), slices, [])
    return Placed(texts, outside)


def reference(n: int = 3000) -> Placed:
    """Return texts of which a twentieth lies outside, and a tenth is oddly spelled."""
    odd = (RANDOM.random(n) < 0.1) * 0.2
    return placed(RANDOM.random(n) < 0.05, odd)


@pytest.mark.parametrize(
    ("odd", "plain_outside", "odd_outside", "expected"),
    [
        (0.40, 0.05, 0.8, True),  # errors in a third of the texts
        (0.98, 0.05, 0.8, True),  # in nearly all of them
        (0.10, 0.30, 0.3, False),  # other topics, spelled as ever
        (0.40, 0.50, 0.8, False),  # both
        (0.12, 0.05, 0.9, False),  # hardly more errors than ever
    ],
)
def test_spelling(odd: float, plain_outside: float, odd_outside: float, expected: bool) -> None:
    """It is spelling where odd texts are more common and the others have not moved."""
    strange = RANDOM.random(500) < odd
    outside = RANDOM.random(500) < np.where(strange, odd_outside, plain_outside)
    recent = placed(outside, strange * 0.2)
    assert is_spelling(recent, reference()) is expected


def test_spelling_unknown() -> None:
    """Where the language has no dictionary nothing is said of spelling."""
    recent = placed(np.ones(500, np.bool_), np.full(500, np.nan))
    assert not is_spelling(recent, reference())


def test_groups() -> None:
    """Texts are counted by each value of each dimension; what few have, or is not known, has no name."""
    numbers = np.array([[1, 0, 2, 3]] * 20 + [[1, 0, 4, 3]] * 12 + [[1, 0, 5, 3]] * 3, np.int32)
    outside = np.arange(len(numbers)) < 8
    texts = placed(outside, np.zeros(len(numbers)), numbers)
    found = groups(texts, placed(outside[:1], np.zeros(1), numbers[-1:]), ["", "m", "v1", "eu", "v2", "v3"])
    assert found == [
        Group("model", "m", 35, 8, 1, 1),
        Group("model", "", 0, 0, 0, 0),
        Group("language", "", 35, 8, 1, 1),
        Group("prompt version", "v1", 20, 8, 0, 0),
        Group("prompt version", "v2", 12, 0, 0, 0),
        Group("prompt version", "", 3, 0, 1, 1),
        Group("region", "eu", 35, 8, 1, 1),
        Group("region", "", 0, 0, 0, 0),
    ]
