"""What a move promised when it began: the advice that named the candidate last before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from detectors.identity import l1
from services.moved.guards import Guard
from services.moved.traffic import Model
from store.database import utc

NEAR = 0.10  # of the incumbent's cost per call, by which a saving may miss
Kept = Literal["kept", "broken", "open", "unknown", "not promised"]


@dataclass(frozen=True, slots=True)
class Promise:
    """Advice as it stood before the candidate's first call.

    Attributes
    ----------
    cost : candidate over incumbent per call, less 1; None where no price was known
    low, high : of the candidate's bad share minus the incumbent's; None without labels
    """

    made_at: datetime
    state: str
    cost: float | None
    basis: str
    low: float | None
    high: float | None
    pairs: int


def promise(rows: Sequence[Mapping[str, Any]], candidate: Model, began: datetime) -> Promise | None:
    """Return what was promised, by rows of `store.moves.advised`; the newest is first."""
    for row in rows:
        platform, _, model = row["candidate"].partition("/")
        same = platform == candidate.platform and l1(model) == l1(candidate.model)
        if same and utc(row["made_at"]) <= began:
            labelled = row["quality_low"] is not None
            return Promise(
                utc(row["made_at"]),
                row["state"],
                row["spend_difference_ratio"],
                row["spend_basis"],
                row["quality_low"],
                row["quality_high"],
                row["n"] if labelled else 0,
            )
    return None


def cost_kept(promised: Promise | None, guard: Guard) -> Kept:
    """Whether the candidate costs what was promised, within a tenth of the incumbent's cost."""
    if promised is None or promised.cost is None:
        return "not promised"
    found = guard.found
    if found is None or found.low is None or found.high is None:
        return "unknown"
    most = 1 + promised.cost + NEAR
    return "kept" if found.high <= most else "broken" if found.low > most else "open"


def limit_kept(guard: Guard) -> Kept:
    """Whether what every move promises holds: latency within 1.2 times, bad answers within the margin."""
    state = guard.state
    if state in {"kept", "broken", "unknown"}:
        return state
    return "open"
