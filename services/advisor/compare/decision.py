"""Switch, stay or abstain: what an interval from labels allows at a margin.

Only an `Interval` can carry a decision, and only labels make one. Detector scores without labels, public
boards and providers' recommendations have none, so they always abstain.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from services.advisor.compare.interval import Interval

Verdict = Literal["switch", "stay", "abstain"]
_RARE = 0.04  # bad share below which two points would be half of all bad answers, or more


def decide(interval: Interval | None, margin: float) -> Verdict:
    """Return what to do if the candidate may be worse by `margin`, the price of its saving in answers.

    >>> decide(Interval(-0.01, -0.03, 0.01, 900, "look"), 0.02), decide(None, 0.02)
    ('switch', 'abstain')
    """
    if interval is None:
        return "abstain"
    if interval.high <= margin:
        return "switch"
    return "stay" if interval.low > margin else "abstain"


def first_decision(intervals: Iterable[Interval], margin: float) -> tuple[Verdict, Interval | None]:
    """Return the first decision that intervals in order of time allow, and the one it rests on.

    An experiment ends there. Where none decides, the last one and `abstain`.
    """
    last = None
    for last in intervals:
        verdict = decide(last, margin)
        if verdict != "abstain":
            return verdict, last
    return "abstain", last


def usable_margin(margin: float, bad_ratio: float) -> float:
    """Return the margin, or half the incumbent's bad share where bad answers are rare.

    >>> usable_margin(0.02, 0.10), usable_margin(0.02, 0.01)
    (0.02, 0.005)
    """
    return min(margin, bad_ratio / 2) if bad_ratio < _RARE else margin
