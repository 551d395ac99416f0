"""The two extension points of this room: a `Scorer` judges events, a `Monitor` watches closed minutes.

Both are pure: no I/O, no clock, no global state; the same input gives the same output.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from detectors.batch import Batch

NOT_ASSESSABLE = "not_assessable"

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Column:
    """One scorer's verdict on every event of a batch.

    Attributes
    ----------
    name : the verdict's name, e.g. "hallucination"
    version : of the scorer; stored beside every score
    score : float32 (n,), NaN where no score can be given
    label : n low-cardinality words; `not_assessable` exactly where score is NaN
    explain : index -> one plain sentence, or None; called for single events only, never for all
    parts : further columns the scorer fills, each of length n, e.g. the spend ledger's buckets
    inclusion : probability with which an event was scored at all (1.0 on tier 0)
    """

    name: str
    version: str
    score: Floats
    label: Sequence[str]
    explain: Explain = lambda _: None
    parts: Mapping[str, Sequence[object] | NDArray[np.generic]] = field(default_factory=dict)
    inclusion: float = 1.0


class Explain(Protocol):
    """One plain sentence on why event `index` got its score, or None."""

    def __call__(self, index: int, /) -> str | None: ...


class Scorer(Protocol):
    """Judges events, one column per batch.

    Called by the step, once per batch, from one thread. Never raises on any decoded event; never blocks.
    """

    @property
    def name(self) -> str:
        """The verdict's name; a column, a metric label and a docs page carry it."""

    @property
    def version(self) -> str:
        """Changes whenever a score could change."""

    def score(self, batch: Batch) -> Column:
        """Return one verdict per event of the batch, in order."""
