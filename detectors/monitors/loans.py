"""What leaves too new for a reference of their own have borrowed from their siblings, and when they may."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from detectors.monitors.base import Leaf
from detectors.monitors.cold import Lenders
from detectors.monitors.question import Plan
from detectors.monitors.snapshot import State
from detectors.monitors.yardstick import OWN, Yardstick

Ints = NDArray[np.int64]

HOUR = 60


class Loans:
    """What siblings have lent to leaves that learn, and who has joined lately, by the numbers of the leaves.

    Attributes
    ----------
    lent : what each has that borrowed
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.lent: dict[int, Yardstick] = {}
        self._arrived: dict[int, int] = {}  # the full hour at which a new leaf may borrow

    def join(self, number: int, minute: int) -> None:
        """Let a leaf that joins in this minute wait for its first full hour."""
        self._arrived[number] = _full_hour(minute)

    def hours(self, joining: Iterable[int]) -> set[int]:
        """Return the full hours at which leaves may borrow: who waits, and who joins in these minutes."""
        return {*self._arrived.values(), *map(_full_hour, joining)}

    def due(self, minute: int) -> list[int]:
        """Return who may borrow by a full hour; they wait no longer."""
        due = [number for number, at in self._arrived.items() if at <= minute]
        for number in due:
            del self._arrived[number]
        return due

    def midnight(self) -> None:
        """Let nobody wait any more: at midnight everybody borrows who learns and has not."""
        self._arrived.clear()

    def borrow(
        self,
        numbers: Iterable[int],
        leaves: Sequence[Leaf],
        lenders: Mapping[int, Yardstick],
        since: Sequence[int],
        minute: int,
    ) -> Mapping[int, Yardstick]:
        """Let leaves have what siblings of their tenant lend them, for good measure; return the new loans.

        Parameters
        ----------
        leaves, since : all there are, and the minute from which each one learns
        lenders : the references of those that have one of their own
        """
        wanted, found = list(numbers) if len(self.plan.lent) else [], dict[int, Yardstick]()
        for tenant in sorted({leaves[number].tenant for number in wanted}):
            own = [i for i in lenders if leaves[i].tenant == tenant]
            lending = Lenders(self.plan, [leaves[i] for i in own], [lenders[i] for i in own])
            for number in wanted:
                if leaves[number].tenant != tenant:
                    continue
                loan = lending.lend(leaves[number], (since[number], minute))
                if loan is not None:
                    found[number] = loan
        self.lent |= found
        return found

    def give_back(self, number: int, asked: Ints, stick: Yardstick | None) -> Yardstick | None:
        """Ask siblings no more about these questions; return the leaf's yardstick without what they lent."""
        self.lent[number] = self.lent[number].without(asked)
        return stick.without(asked[stick.lent[asked] != OWN]) if stick is not None else None

    def renumber(self, new: Mapping[int, int]) -> None:
        """Go on with the new numbers of the leaves that stay."""
        self.lent = {new[i]: loan for i, loan in self.lent.items() if i in new}
        self._arrived = {new[i]: at for i, at in self._arrived.items() if i in new}

    def state(self) -> State:
        """Return plain data for a snapshot."""
        return {
            "loans": {str(number): stick.state() for number, stick in self.lent.items()},
            "arrived": {str(number): at for number, at in self._arrived.items()},
        }

    def load(self, state: State) -> None:
        """Continue from a `state`."""
        self.lent = {int(number): Yardstick(**stick) for number, stick in state["loans"].items()}
        self._arrived = {int(number): at for number, at in state["arrived"].items()}


def _full_hour(minute: int) -> int:
    return minute // HOUR * HOUR + HOUR
