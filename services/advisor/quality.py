"""How a candidate's answers compare with the incumbent's on one route, as labels have it so far."""

from __future__ import annotations

from collections.abc import Sequence as Several
from dataclasses import dataclass

from services.advisor.compare.decision import Verdict, decide, first_decision, usable_margin
from services.advisor.compare.estimate import estimate
from services.advisor.compare.helped import helped
from services.advisor.compare.interval import ALPHA, ENOUGH, Interval
from services.advisor.compare.looks import Experiment as Looks
from services.advisor.compare.pairs import Pairs
from services.advisor.compare.sequence import Sequence
from services.advisor.compare.settling import Undecidable, settle
from services.advisor.declared import Declared
from services.advisor.evidence import Experiment

# Of the error, where sisters help: three sisters that agree, five points from the route, mislead it in 2.4 %.
_HELP = 0.25


@dataclass(frozen=True, slots=True)
class Quality:
    """What labelled pairs say, and what more would settle it.

    Attributes
    ----------
    pairs : labelled on both sides
    interval : of the candidate's bad share minus the incumbent's; None while there is too little
    margin : that the candidate may be worse by, after rare bad answers are heeded
    plan : the experiment that would settle what is open; None where it is settled or nothing is known yet, or
        where a declared one still runs
    declared : the experiment that somebody declared, None where the comparison is merely watched
    """

    pairs: int
    interval: Interval | None
    verdict: Verdict
    margin: float
    plan: Experiment | Undecidable | None
    declared: Declared | None = None

    @property
    def missing(self) -> int:
        """How many labelled pairs a declared experiment that is still open lacks; 0 without one."""
        if self.declared is None or self.verdict != "abstain":
            return 0
        return max(0, self.declared.pairs - self.pairs)


def quality(
    pairs: Pairs,
    margin: float,
    *,
    candidates: int,
    per_day: float,
    usd_per_pair: float | None,
    sisters: Several[Pairs] = (),
    declared: Declared | None = None,
) -> Quality:
    """Return what is known today.

    Parameters
    ----------
    candidates : compared with the same incumbent on the route; each gets its share of the error
    per_day : calls of the route; usd_per_pair : the candidate's answer
    sisters : pairs of the same two models on other routes of this kind
    declared : the experiment that these pairs are of; then its looks count, and no sister
    """
    # Four imagined labels, two of them bad: that nobody found a bad answer yet does not mean there is none.
    accepted = usable_margin(margin, float(pairs.incumbent.sum() + 2) / (pairs.n + 4))
    if declared:
        verdict, interval = first_decision(Looks(declared.pairs, candidates).intervals(pairs), accepted)
    else:
        interval = _watched(pairs, sisters, candidates)
        verdict = decide(interval, accepted)
    known = estimate(pairs)
    open_ = verdict == "abstain" and not (declared and pairs.n < declared.pairs)
    plan = None
    if open_ and known and known.conversations >= ENOUGH:
        plan = settle(known, accepted, per_day=per_day, usd_per_pair=usd_per_pair)
    return Quality(pairs.n, interval, verdict, accepted, plan, declared)


def _watched(pairs: Pairs, sisters: Several[Pairs], candidates: int) -> Interval | None:
    """Return an interval that may be looked at every day: the narrower of a sequence's and a helped one."""
    alone = ALPHA * (1 - _HELP) if sisters else ALPHA
    seen = Sequence(candidates=candidates, alpha=alone).intervals(pairs, every=max(pairs.n, 1))
    found = seen[-1:]
    if sisters and (shared := helped(pairs, sisters, candidates=candidates, alpha=ALPHA * _HELP)):
        found.append(shared)
    return min(found, key=lambda one: one.high - one.low, default=None)
