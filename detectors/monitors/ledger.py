"""What calls cost before their monitor watched them: asked where a budget is set in the middle of a month."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from detectors.monitors.base import Leaf

SLOT_MINUTES = 15  # local hours begin at such a minute, wherever one is


@dataclass(frozen=True, slots=True)
class Spent:
    """What one team's calls on one leaf were and cost in a quarter of an hour.

    Attributes
    ----------
    minute : the first one of it, since the epoch
    calls : all of them
    priced, tokens, nano : those with a price, their tokens, and what they cost in 1e-9 USD
    unpriced : those that should have a price and have none
    """

    leaf: Leaf
    team: str
    minute: int
    calls: int
    priced: int
    tokens: int
    nano: int
    unpriced: int


class Ledger(Protocol):
    """Knows the calls of the past. It may block, and raises what whoever made it says."""

    def spent(self, teams: Collection[str], since: int, until: int) -> Sequence[Spent]:
        """Return what these teams spent in the minutes [since, until), whatever tenant has them."""

    def calls(self, since: int, until: int) -> Mapping[str, int]:
        """Return how many calls each tenant had in the minutes [since, until)."""
