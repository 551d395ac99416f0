"""What a gate says, as the JSON document that `--json` prints; everything else is told from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from services.advisor.compare.interval import Interval
from services.gate.golden import Answer
from services.gate.guards import LIMIT, Guard
from services.gate.judging import Judged
from services.gate.verdict import Terms, Verdict

Document = Mapping[str, Any]
_SHOWN = 300  # characters of an answer


class Asked(NamedTuple):
    """What was gated, and what asking cost.

    Attributes
    ----------
    spent_usd : None where nobody was asked; capped : the cap ended it
    """

    route: str
    incumbent: str
    candidate: str
    set: str
    spent_usd: float | None = None
    cap_usd: float | None = None
    capped: bool = False


def document(
    asked: Asked,
    terms: Terms,
    found: Verdict,
    judged: Sequence[Judged],
    *,
    of: int,
    notes: Sequence[str] = (),
) -> Document:
    """Return the document.

    Parameters
    ----------
    of : lines of the set
    notes : what a reader should know beside the verdict
    """
    return {
        **asked._asdict(),
        "outcome": found.outcome,
        "reasons": list(found.reasons),
        "lines": of,
        "judged": found.lines,
        "margin": round(found.margin, 6),
        "tried": terms.tried,
        "incumbent_bad_ratio": _rounded(found.incumbent),
        "candidate_bad_ratio": _rounded(found.candidate),
        "difference": _rounded(found.interval.difference if found.interval else None),
        "interval": _ends(found.interval),
        "lines_needed": found.needed,
        "guards": [_guard(one) for one in found.guards],
        "latency_p95_ms": {side: _p95(answers) for side, answers in _sides(judged).items()},
        "usd_per_answer": {side: _usd(answers) for side, answers in _sides(judged).items()},
        "worse": [_worse(one) for one in judged if one.worse],
        "better": [
            one.case.id
            for one in judged
            if one.paired and (one.candidate_bad or 0.0) < (one.incumbent_bad or 0.0)
        ],
        "notes": list(notes),
    }


def _guard(guard: Guard) -> Document:
    return {
        "name": guard.name,
        "n": guard.n,
        "incumbent_ratio": _rounded(guard.incumbent),
        "candidate_ratio": _rounded(guard.candidate),
        "interval": _ends(guard.interval),
        "limit": LIMIT if guard.decides else None,
        "failed": guard.failed,
    }


def _worse(one: Judged) -> Document:
    return {
        "id": one.case.id,
        "why": one.why or "is labelled worse than the incumbent's",
        "response": one.candidate.response[:_SHOWN] if one.candidate else "",
    }


def _sides(judged: Sequence[Judged]) -> Mapping[str, list[Answer]]:
    both = [one for one in judged if one.incumbent and one.candidate]
    return {
        "incumbent": [one.incumbent for one in both if one.incumbent],
        "candidate": [one.candidate for one in both if one.candidate],
    }


def _p95(answers: Sequence[Answer]) -> float | None:
    times = [one.latency_ms for one in answers if one.latency_ms is not None]
    return round(float(np.quantile(times, 0.95)), 1) if times else None


def _usd(answers: Sequence[Answer]) -> float | None:
    spent = [one.cost_usd for one in answers if one.cost_usd is not None]
    return round(sum(spent) / len(spent), 9) if spent else None


def _ends(interval: Interval | None) -> list[float] | None:
    return [round(interval.low, 6), round(interval.high, 6)] if interval else None


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 6)
