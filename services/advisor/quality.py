"""How a candidate's answers compare with the incumbent's on one route, as labels have it so far."""

from __future__ import annotations

from dataclasses import dataclass

from services.advisor.compare.decision import Verdict, decide, usable_margin
from services.advisor.compare.estimate import estimate
from services.advisor.compare.interval import ENOUGH, Interval
from services.advisor.compare.pairs import Pairs
from services.advisor.compare.sequence import Sequence
from services.advisor.compare.settling import Undecidable, settle
from services.advisor.evidence import Experiment


@dataclass(frozen=True, slots=True)
class Quality:
    """What labelled pairs say, and what more would settle it.

    Attributes
    ----------
    pairs : labelled on both sides
    interval : of the candidate's bad share minus the incumbent's; None while there is too little
    margin : that the candidate may be worse by, after rare bad answers are heeded
    plan : the experiment that would settle what is open; None where it is settled or nothing is known yet
    """

    pairs: int
    interval: Interval | None
    verdict: Verdict
    margin: float
    plan: Experiment | Undecidable | None


def quality(
    pairs: Pairs, margin: float, *, candidates: int, per_day: float, usd_per_pair: float | None
) -> Quality:
    """Return what is known today; advice is asked for every day, so the interval is a sequence's.

    Parameters
    ----------
    candidates : compared with the same incumbent on the route; each gets its share of the error
    per_day : calls of the route; usd_per_pair : the candidate's answer
    """
    seen = Sequence(candidates=candidates).intervals(pairs, every=max(pairs.n, 1))
    interval = seen[-1] if seen else None
    # Four imagined labels, two of them bad: that nobody found a bad answer yet does not mean there is none.
    accepted = usable_margin(margin, float(pairs.incumbent.sum() + 2) / (pairs.n + 4))
    verdict = decide(interval, accepted)
    known = estimate(pairs)
    plan = None
    if verdict == "abstain" and known and known.conversations >= ENOUGH:
        plan = settle(known, accepted, per_day=per_day, usd_per_pair=usd_per_pair)
    return Quality(pairs.n, interval, verdict, accepted, plan)
