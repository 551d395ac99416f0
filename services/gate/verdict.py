"""Pass, fail or insufficient: what a golden set allows to say about a candidate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from services.advisor.compare.decision import decide, usable_margin
from services.advisor.compare.estimate import estimate
from services.advisor.compare.interval import ENOUGH, Interval
from services.advisor.compare.looks import Experiment
from services.advisor.compare.pairs import Pairs
from services.advisor.compare.settling import pairs_to_settle
from services.gate.guards import LIMIT, Guard, guards
from services.gate.judging import Judged, pairs

Outcome = Literal["pass", "fail", "insufficient"]
_NEVER = 10**6  # lines; no set has so many


@dataclass(frozen=True, slots=True)
class Terms:
    """What the candidate is held to.

    Attributes
    ----------
    margin : share of answers by which it may be worse
    fixed : the margin was said for this gate, so it holds also where the incumbent is hardly ever wrong
    tried : candidates tried on this set; each gets its share of the error
    obstacles : why it may not serve the route, whatever it answers
    """

    margin: float
    fixed: bool = False
    tried: int = 1
    obstacles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate says.

    Attributes
    ----------
    reasons : one sentence each
    interval : of the candidate's bad share minus the incumbent's
    margin : that it was held to; lines : judged on both sides
    incumbent, candidate : shares of bad answers on them; None where there are none
    needed : lines of this kind that would settle it with 80 % chance; None where it is settled or unknown
    """

    outcome: Outcome
    reasons: tuple[str, ...]
    interval: Interval | None
    margin: float
    lines: int
    incumbent: float | None
    candidate: float | None
    needed: int | None
    guards: tuple[Guard, ...]


def look(known: Pairs, planned: int, terms: Terms) -> Interval | None:
    """Return the interval of the last look reached of an experiment of `planned` lines; None before."""
    reached = Experiment(max(planned, 1), candidates=terms.tried).intervals(known)
    return reached[-1] if reached else None


def margin_of(known: Pairs, terms: Terms) -> float:
    """Return the margin that holds: half the incumbent's bad share where that is rare, unless it is fixed.

    Four imagined labels, two of them bad: that no answer was bad yet does not mean that none is.
    """
    if terms.fixed:
        return terms.margin
    return usable_margin(terms.margin, float(known.incumbent.sum() + 2) / (known.n + 4))


def settled(judged: Sequence[Judged], planned: int, terms: Terms) -> bool:
    """Whether no further answer is needed."""
    known = pairs(judged)
    return decide(look(known, planned, terms), margin_of(known, terms)) != "abstain"


def verdict(judged: Sequence[Judged], planned: int, terms: Terms) -> Verdict:
    """Return what the lines say.

    Parameters
    ----------
    planned : lines of the set that both sides could be judged on
    """
    known = pairs(judged)
    margin = margin_of(known, terms)
    interval = look(known, planned, terms)
    found = tuple(guards(judged, terms.tried))
    said = decide(interval, margin)
    needed = _needed(known, margin) if said == "abstain" else None
    against = [*terms.obstacles, *(_broken(guard) for guard in found if guard.failed)]
    if said == "stay":
        against.append(f"more bad answers than the margin of {_points(margin)} pt allows")
    n = known.n
    held = Verdict(
        "fail" if against else "pass" if said == "switch" else "insufficient",
        tuple(against) or (f"within the margin of {_points(margin)} pt",),
        interval,
        margin,
        n,
        float(known.incumbent.mean()) if n else None,
        float(known.candidate.mean()) if n else None,
        needed,
        found,
    )
    return (
        replace(held, reasons=tuple(_open(held, judged, terms))) if held.outcome == "insufficient" else held
    )


def _open(held: Verdict, judged: Sequence[Judged], terms: Terms) -> Iterator[str]:
    """Say why nothing can be said, and what would help."""
    if held.interval is None:
        yield f"{held.lines} lines judged on both sides are too few: {ENOUGH} conversations at least"
    else:
        yield f"the interval reaches across the margin of {_points(held.margin)} pt"
    yield from _lacking(judged)
    if held.needed is not None and held.needed < _NEVER:
        yield f"about {held.needed:,} such lines would settle it"
    elif held.needed is not None:
        yield "no number of lines settles a difference so near to the margin"
    if held.margin < terms.margin:
        yield (
            f"the incumbent is hardly ever wrong here, so {_points(terms.margin)} pt became "
            f"{_points(held.margin)}; --margin says what you accept"
        )


def _lacking(judged: Sequence[Judged]) -> Iterator[str]:
    """Say which side lacks answers or labels, where that is what is missing."""
    sides = {
        "incumbent": sum(one.incumbent_bad is None for one in judged),
        "candidate": sum(one.candidate_bad is None for one in judged),
    }
    found = [f"{n} without a judged answer of the {side}" for side, n in sides.items() if n]
    if found:
        yield f"of {len(judged)} lines {', '.join(found)}"


def _needed(known: Pairs, margin: float) -> int | None:
    found = estimate(known) if known.n else None
    if found is None or found.conversations < ENOUGH:
        return None
    return pairs_to_settle(found, margin)


def _broken(guard: Guard) -> str:
    return (
        f"{guard.name}: {100 * (guard.candidate or 0):.1f} % of its answers, "
        f"{100 * (guard.incumbent or 0):.1f} % of the incumbent's, surely over {_points(LIMIT)} pt more"
    )


def _points(share: float) -> str:
    return f"{100 * share:.3g}"
