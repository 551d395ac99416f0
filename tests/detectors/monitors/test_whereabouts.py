"""Why texts moved and where, on hand-made texts."""

import numpy as np
import pytest

from detectors.monitors.texts import Texts
from detectors.monitors.whereabouts import Placed, concentration, is_spelling

RANDOM = np.random.default_rng(3)
NAMES = ["language en", "language de", ""]


@pytest.fixture(autouse=True)
def _seeded() -> None:
    """Draw the same for each test, whichever ran before it."""
    RANDOM.bit_generator.state = np.random.default_rng(3).bit_generator.state


def placed(outside: np.ndarray, unknown: np.ndarray, slices: np.ndarray) -> Placed:
    """Return texts, of which only this is known."""
    n = len(outside)
    none = np.zeros(n, np.int64)
    texts = Texts(none, none, np.zeros((n, 1), np.int8), unknown.astype(np.float32), slices[:, None], [])
    return Placed(texts, outside)


def reference(n: int = 3000) -> Placed:
    """Return texts of which a twentieth lies outside, a tenth is oddly spelled, a tenth is German."""
    odd = (RANDOM.random(n) < 0.1) * 0.2
    return placed(RANDOM.random(n) < 0.05, odd, (RANDOM.random(n) < 0.1).astype(np.int32))


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
    recent = placed(outside, strange * 0.2, np.zeros(500, np.int32))
    assert is_spelling(recent, reference()) is expected


def test_spelling_unknown() -> None:
    """Where the language has no dictionary nothing is said of spelling."""
    recent = placed(np.ones(500, np.bool_), np.full(500, np.nan), np.ones(500, np.int32))
    assert not is_spelling(recent, reference())


def test_concentration() -> None:
    """The slice that moved is named; a move of everything has none, nor has one without a name."""
    german = (RANDOM.random(500) < 0.3).astype(np.int32)
    outside = RANDOM.random(500) < np.where(german, 0.6, 0.05)
    found = concentration(placed(outside, np.zeros(500), german), reference(), NAMES)
    assert found is not None
    assert found[0] == "language de"
    assert found[1] > 0.5
    assert found[2] < 0.1
    everywhere = placed(RANDOM.random(500) < 0.5, np.zeros(500), german)
    assert concentration(everywhere, reference(), NAMES) is None
    assert concentration(placed(outside, np.zeros(500), german * 2), reference(), NAMES) is None
