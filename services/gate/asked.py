"""Gets the answers that a set lacks, in an order of chance, and stops at the first look that settles it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from services.advisor.compare.looks import Experiment
from services.gate.golden import Answer, Case
from services.gate.graders import Check
from services.gate.judging import Judged, judge
from services.gate.model import Model, in_turn
from services.gate.verdict import Terms, settled

SIDES = ("incumbent", "candidate")


@dataclass
class Sides:
    """The answers of both sides by the id of their line, and who may be asked for more."""

    known: Mapping[str, dict[str, Answer]]
    models: Mapping[str, Model] = field(default_factory=dict)

    @classmethod
    def of(cls, cases: Sequence[Case], given: Mapping[str, Answer], models: Mapping[str, Model]) -> Sides:
        """Return what stands in the set, with answers of the candidate from elsewhere before them."""
        known = {
            side: {case.id: answer for case in cases if (answer := case.known(side)) is not None}
            for side in SIDES
        }
        known["candidate"] |= given
        return cls(known, models)

    def judged(self, cases: Sequence[Case], checks: Mapping[str, Check | None]) -> list[Judged]:
        """Return the lines as they are now."""
        before, after = (self.known[side] for side in SIDES)
        return [judge(case, checks[case.id], before.get(case.id), after.get(case.id)) for case in cases]

    def comes(self, case: Case, side: str) -> bool:
        """Whether a side's answer to a line is known or can be asked for."""
        return case.id in self.known[side] or side in self.models


def asked(
    sides: Sides,
    cases: Sequence[Case],
    checks: Mapping[str, Check | None],
    terms: Terms,
    told: Callable[[], None] = lambda: None,
) -> tuple[list[Judged], int, bool]:
    """Return the lines with their answers, how many can be judged at most, and whether the cap ended it.

    Where nobody is to be asked every line counts at once. Else the set is a declared experiment: looked at
    after 1/16, 1/8, 1/4, 1/2 and all of its lines.
    """
    if not sides.models:
        judged = sides.judged(cases, checks)
        return judged, sum(one.paired for one in judged), False
    order = by_chance([case for case in cases if all(sides.comes(case, side) for side in SIDES)])
    looks = [0, *(pairs for pairs, _ in Experiment(max(len(order), 1)).looks)]
    for start, end in pairwise(looks):
        some = order[start:end]
        capped = not all(
            in_turn(model, some, sides.known[side], told) for side, model in sides.models.items()
        )
        judged = sides.judged(order, checks)
        if capped or settled(judged, len(order), terms):
            return judged, len(order), capped
    return sides.judged(order, checks), len(order), False


def by_chance(cases: Sequence[Case]) -> list[Case]:
    """Return lines in an order that says nothing of them, the same each time."""
    return sorted(cases, key=lambda case: hashlib.sha256(case.id.encode()).digest())
