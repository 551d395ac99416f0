"""Questions that are never asked twice: real ones as they are, or with what people write around them."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from itertools import count

from services.demo.samples import Phrases

LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
PARTS = 3  # desks that share a letter: a lane's usual one, the unseen topic, the second language
STRIDE = 611_953  # coprime with the space, so that case numbers look drawn and never return
CASES = 900_000


def cases(number: int) -> Iterator[str]:
    """Yield case numbers that no other desk yields.

    Parameters
    ----------
    number : of the desk: the lane's, plus the number of letters for each further desk of a lane
    """
    part, lane = divmod(number, len(LETTERS))
    for nth in count():
        yield f"{LETTERS[lane]}{100_000 + (nth * PARTS + part) * STRIDE % CASES}"


class Questions:
    """Draws from a pool of real questions, each text once.

    Parameters
    ----------
    pool : real questions; no other desk may hold the same ones
    bare_share : how many come as they are, as long as there are unused ones
    """

    def __init__(
        self, pool: Sequence[str], phrases: Phrases, *, desk: int, bare_share: float, draw: random.Random
    ) -> None:
        self.pool = pool
        self.phrases = phrases
        self.bare_share = bare_share
        self._draw = draw
        self._unused = iter(draw.sample(range(len(pool)), len(pool)))
        self._cases = cases(desk)

    def next(self) -> tuple[int, str]:
        """Return which question of the pool is asked, and the text it is asked with."""
        if self._draw.random() < self.bare_share:
            which = next(self._unused, None)
            if which is not None:
                return which, self.pool[which]
        which = self._draw.randrange(len(self.pool))
        return which, self._around(self.pool[which])

    def _around(self, text: str) -> str:
        draw, phrases = self._draw, self.phrases
        opening = draw.choice(phrases.openings) if draw.random() < 0.4 else ""  # noqa: PLR2004 - taste
        closing = draw.choice(phrases.closings) if draw.random() < 0.4 else ""  # noqa: PLR2004 - taste
        reference = draw.choice(phrases.references).format(n=next(self._cases))
        return f"{opening}{text}{reference}{closing}"
