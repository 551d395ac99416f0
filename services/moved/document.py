"""A move as the JSON document that `--json` prints; the text is told from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.alert_json import stamp
from services.moved.advice import Advice, Stage
from services.moved.find import Move
from services.moved.guards import Guard, Window
from services.moved.latency import P95
from services.moved.promise import Promise, cost_kept, limit_kept
from services.moved.steps import LADDER, Step
from services.moved.traffic import Traffic

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a move; what to do follows from it.

    Attributes
    ----------
    course : its steps, the last one is where it stands
    latency : p95 by side
    """

    move: Move
    course: Sequence[Step]
    traffic: Traffic
    stage: Stage
    guards: Sequence[Guard]
    latency: Mapping[str, P95]
    promised: Promise | None


def document(facts: Facts, advice: Advice, window: Window, now: datetime) -> Document:
    """Return the document of a move with calls."""
    stage, last = facts.stage, facts.course[-1]
    return {
        **_named(facts.move),
        "as_of": stamp(now),
        "began_at": None if stage.older else stamp(stage.began),
        "followed_from": stamp(stage.began),
        "step": {
            "share": LADDER[stage.place],
            "observed_share": round(last.share, 4),
            "since": stamp(stage.since),
            "calls": stage.calls,
        },
        "course": [
            {"share": LADDER[one.place], "since": stamp(facts.traffic.moment(one.start)), "calls": one.calls}
            for one in facts.course
        ],
        "advice": {
            "action": advice.action,
            "reasons": list(advice.reasons),
            "until": stamp(advice.until),
            "next_share": advice.next_share,
        },
        "compared_with": window.against,
        "guards": [_guard(one) for one in facts.guards],
        "latency_p95_ms": {side: _p95(one) for side, one in facts.latency.items()},
        "promise": _promise(facts),
    }


def unseen(move: Move) -> Document:
    """Return the document of a move that was declared, and that no call has followed yet."""
    return {
        **_named(move),
        "as_of": None,
        "began_at": None,
        "followed_from": None,
        "step": None,
        "course": [],
        "advice": {
            "action": "wait",
            "reasons": ["it was declared, and the hours show no calls that moved"],
            "until": None,
            "next_share": None,
        },
        "compared_with": None,
        "guards": [],
        "latency_p95_ms": None,
        "promise": None,
    }


def _named(move: Move) -> Document:
    return {
        "tenant": move.tenant,
        "route": move.route,
        "incumbent": move.incumbent.name,
        "candidate": move.candidate.name,
        "declared_at": stamp(move.declared_at),
        "declared_by": move.by,
    }


def _guard(guard: Guard) -> Document:
    found = guard.found
    return {
        "name": guard.name,
        "state": guard.state,
        "limit": round(guard.limit, 6),
        "relative": guard.relative,
        "incumbent": _rounded(found.incumbent if found else None),
        "candidate": _rounded(found.candidate if found else None),
        "value": _rounded(found.value if found else None),
        "interval": [_rounded(found.low), _rounded(found.high)] if found and found.low is not None else None,
        "n_incumbent": found.n_incumbent if found else 0,
        "n": found.n_candidate if found else 0,
    }


def _promise(facts: Facts) -> Document:
    """Return what was promised beside what came; each with whether it was kept."""
    by_name = {guard.name: guard for guard in facts.guards}
    promised = facts.promised
    return {
        "made_at": stamp(promised.made_at) if promised else None,
        "state": promised.state if promised else None,
        "cost_ratio": _rounded(promised.cost) if promised else None,
        "cost_basis": promised.basis if promised else None,
        "bad_difference_interval": (
            [_rounded(promised.low), _rounded(promised.high)]
            if promised and promised.low is not None
            else None
        ),
        "pairs": promised.pairs if promised else 0,
        "cost": cost_kept(promised, by_name["cost"]),
        "latency": limit_kept(by_name["latency"]),
        "bad_answers": limit_kept(by_name["bad answers"]),
    }


def _p95(found: P95) -> Document:
    whole = found.low is not None and found.high is not None
    return {
        "n": found.n,
        "ms": _rounded(found.ms),
        "interval": [_rounded(found.low), _rounded(found.high)] if whole else None,
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(float(value), 9)
