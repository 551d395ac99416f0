"""What asking may cost: a limit that is reserved before each request, so that it is never passed."""

from __future__ import annotations

import math

from detectors.rates import PICO


class Budget:
    """Money in hand, in pico-USD. Used from one thread.

    An endpoint that counts more than was asked for (hidden turns, thoughts) can pass the cap by what is in
    hand when that shows first; from then on as much more is put aside.

    Parameters
    ----------
    cap : that may be spent in all
    spent : before
    """

    def __init__(self, cap: int, spent: int = 0) -> None:
        self.cap = cap
        self.spent = spent
        self._reserved = 0
        self._over = 1.0

    def reserve(self, most: int) -> int | None:
        """Put aside what a request may cost at most, and return it; None where it could pass the cap."""
        aside = math.ceil(most * self._over)
        if self.spent + self._reserved + aside > self.cap:
            return None
        self._reserved += aside
        return aside

    def settle(self, aside: int, most: int, cost: int) -> None:
        """Count what a request has cost, and give back what was put aside for it."""
        self._reserved -= aside
        self.spent += cost
        if most:
            self._over = max(self._over, cost / most)


def pico(usd: float) -> int:
    """Return an amount as pico-USD."""
    return round(usd * PICO)


def usd(pico_usd: int) -> float:
    """Return pico-USD as an amount."""
    return pico_usd / PICO
