from __future__ import annotations

import pytest

from services.label.agreement import agreement


def test_published() -> None:
    """Krippendorff's own example of two people and ten units gives the alpha that he prints."""
    first = [0, 1, 0, 0, 0, 0, 0, 0, 1, 0]
    second = [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]
    found = agreement([[bool(a), bool(b)] for a, b in zip(first, second, strict=True)])
    assert found.alpha == pytest.approx(0.095, abs=0.001)
    assert (found.answers, found.same) == (10, 6)


def test_alone() -> None:
    """Answers that one person judged say nothing, nor do people who never had to choose."""
    assert agreement([[True], []]) == (0, 0, None)
    assert agreement([[False, False], [False, False]]) == (2, 2, None)


def test_several() -> None:
    """Full agreement of several people is 1, of different numbers of them too."""
    assert agreement([[True] * 3, [False] * 2, [True]]) == (2, 2, 1.0)
