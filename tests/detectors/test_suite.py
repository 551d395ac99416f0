"""Every registered scorer keeps every promise of the conformance suite."""

from collections.abc import Sequence

import numpy as np
import pytest

from detectors import registry, suite
from detectors.base import Column, Scorer
from detectors.batch import Batch
from detectors.prices import PriceBook

SCORERS: Sequence[Scorer] = registry.scorers(PriceBook())


@pytest.mark.parametrize("check", suite.CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("scorer", SCORERS, ids=lambda scorer: scorer.name)
def test_conforms(scorer: Scorer, check: suite.Check) -> None:
    """The scorer keeps the promise."""
    check(scorer, registry.encoder())


def test_names() -> None:
    """No two scorers share a name: a verdict belongs to one."""
    assert len({scorer.name for scorer in SCORERS}) == len(SCORERS)


class _Counting:
    """Breaks a promise: its verdict depends on what it saw before."""

    name = "counting"
    version = "1"
    seen = 0

    def score(self, batch: Batch) -> Column:
        self.seen += len(batch)
        return Column(
            self.name, self.version, np.full(len(batch), self.seen, np.float32), ["high"] * len(batch)
        )


class _Shortening(_Counting):
    """Breaks a promise: it forgets the last event."""

    def score(self, batch: Batch) -> Column:
        return super().score(Batch(batch.events[:-1], batch.encoder))


class _Boasting(_Counting):
    """Breaks a promise: it has no score, and a label all the same."""

    def score(self, batch: Batch) -> Column:
        return Column(self.name, self.version, np.full(len(batch), np.nan, np.float32), ["high"] * len(batch))


@pytest.mark.parametrize(
    ("scorer", "check"),
    [(_Counting(), suite.pure), (_Shortening(), suite.complete), (_Boasting(), suite.honest)],
)
def test_catches(scorer: Scorer, check: suite.Check) -> None:
    """A scorer that breaks a promise is caught by the check for it."""
    with pytest.raises(suite.NonconformityError):
        check(scorer, registry.encoder())
