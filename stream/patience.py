"""How long to wait before the same batch is tried again: longer each time, never all workers at once."""

from __future__ import annotations

import random
from collections.abc import Iterator

FIRST_S = 0.5
LONGEST_S = 30.0


def pauses(draw: random.Random | None = None) -> Iterator[float]:
    """Yield seconds without end: doubled each time up to half a minute, each of them at least half kept."""
    draw = draw or random.Random()  # noqa: S311 - spreads workers, guards nothing
    longest = FIRST_S
    while True:
        yield longest * draw.uniform(0.5, 1.0)
        longest = min(2 * longest, LONGEST_S)
