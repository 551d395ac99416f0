"""Whether bad calls are asked something else: a direction found in one half of calls, judged on the other."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Flags = NDArray[np.bool_]

OUTSIDE = 0.9  # quantile of the reference beyond which a question is unlike the usual ones
FEWEST_BAD = 5  # to find a direction in


def unusual(rows: NDArray[np.int8], recent: Flags, wrong: Flags) -> tuple[Flags, Flags] | None:
    """Return which calls are judged, and which of all have questions like the bad recent ones.

    The direction leads from the mean question of the reference to that of the bad calls since the start.
    Calls in which it was found are not judged: there it would always seem to lead to the bad ones.

    Parameters
    ----------
    rows : (n, d) embeddings, in an order that says nothing of the calls
    recent, wrong : (n,) since the start; bad

    None where too little is bad to find a direction.
    """
    found = np.arange(len(rows)) % 2 == 0
    bad, before = recent & wrong & found, ~recent & found
    if bad.sum() < FEWEST_BAD or before.sum() < FEWEST_BAD:
        return None
    unit = rows.astype(np.float32)
    unit /= np.maximum(np.linalg.norm(unit, axis=1, keepdims=True), 1e-9)
    score = unit @ (unit[bad].mean(axis=0) - unit[before].mean(axis=0))
    return ~found, score > np.quantile(score[before], OUTSIDE)
