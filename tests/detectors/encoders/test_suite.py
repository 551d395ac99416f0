"""Every encoder that needs no torch keeps every promise of the conformance suite."""

from collections.abc import Sequence

import numpy as np
import pytest

from detectors import registry
from detectors.encoders import suite
from detectors.encoders.base import Rows, TextEncoder
from detectors.encoders.minilm import MiniLm
from detectors.suite import NonconformityError
from detectors.text import words


class _Static:
    """The encoder of tier 0, asked for whole texts one thread at a time, at full length instead of int8."""

    version = registry.encoder().version

    def encode(self, texts: Sequence[str]) -> Rows:
        rows = registry.encoder().encode([words(text) for text in texts]).astype(np.float32)
        length = np.linalg.norm(rows, axis=1, keepdims=True)
        return np.asarray(rows / length.clip(1), np.float32)


@pytest.fixture(scope="module")
def minilm() -> MiniLm:
    """Load the model once."""
    return MiniLm()


@pytest.mark.parametrize("check", suite.CHECKS, ids=lambda check: check.__name__)
def test_minilm_conforms(minilm: MiniLm, check: suite.Check) -> None:
    """MiniLM without torch keeps the promise."""
    check(minilm)


@pytest.mark.parametrize(
    "check",
    [suite.shaped, suite.repeatable, suite.ordered, suite.independent, suite.distinct, suite.versioned],
    ids=lambda check: check.__name__,
)
def test_static_conforms(check: suite.Check) -> None:
    """The static table keeps the promises that both kinds make; it knows words only, and one thread."""
    check(_Static())


class _Broken(_Static):
    """Breaks a promise, by what is done to its rows."""

    def __init__(self, broken: str) -> None:
        self._broken, self._calls = broken, 0

    def encode(self, texts: Sequence[str]) -> Rows:
        rows, self._calls = super().encode(texts), self._calls + 1
        made: dict[str, Rows] = {
            "short": rows[:-1],
            "long": rows * np.float32(2),
            "forgetful": rows * np.float32(self._calls),
            "shuffled": rows[np.argsort(rows[:, 0])],
            "crowded": rows - rows.sum(axis=0) / np.float32(max(len(rows), 1)),
            "alike": np.zeros_like(rows),
        }
        return made[self._broken]


@pytest.mark.parametrize(
    ("broken", "check"),
    [
        ("short", suite.shaped),
        ("long", suite.unit_length),
        ("forgetful", suite.repeatable),
        ("shuffled", suite.ordered),
        ("crowded", suite.independent),
        ("alike", suite.distinct),
    ],
)
def test_catches(broken: str, check: suite.Check) -> None:
    """An encoder that breaks a promise is caught by the check for it."""
    encoder: TextEncoder = _Broken(broken)
    with pytest.raises(NonconformityError):
        check(encoder)
