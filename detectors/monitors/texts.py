"""Texts as a drift monitor keeps them: where each lies, and what else is known of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Rows = NDArray[np.int8]

_COLUMNS = ("minute", "hour", "rows", "unknown", "slices")


@dataclass(frozen=True, slots=True)
class Texts:
    """Texts in order of time.

    Attributes
    ----------
    minute, hour : when; hour is local, of the day
    rows : int8 (n, d) embeddings
    unknown : float32, share of words that no dictionary holds; NaN where that cannot be told
    slices : int32 (n, dimensions), numbers of the values each has
    ids : event ids; empty where nobody needs them
    """

    minute: Ints
    hour: Ints
    rows: Rows
    unknown: NDArray[np.float32]
    slices: NDArray[np.int32]
    ids: list[str]

    def __len__(self) -> int:
        return len(self.minute)

    def __getitem__(self, part: slice) -> Texts:
        return replace(self.nameless(part), ids=self.ids[part])

    def nameless(self, places: Ints | NDArray[np.bool_] | slice) -> Texts:
        """Return the texts at these places, without their ids."""
        return Texts(**{name: getattr(self, name)[places] for name in _COLUMNS}, ids=[])

    def renumbered(self, anew: NDArray[np.int32]) -> Texts:
        """Return the texts with other numbers for their values."""
        return replace(self, slices=anew[self.slices])

    def then(self, *newer: Texts) -> Texts:
        """Return these texts followed by newer ones."""
        parts = (self, *newer)
        columns = {name: np.concatenate([getattr(part, name) for part in parts]) for name in _COLUMNS}
        return Texts(**columns, ids=[one for part in parts for one in part.ids])

    def state(self) -> list[object]:
        """Return plain data for a snapshot."""
        return [*(getattr(self, name) for name in _COLUMNS), self.ids]
