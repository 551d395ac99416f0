"""A recommendation, and the sentence that says it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.wording.frontier import Choice, choices_of
from services.wording.numbers import count

# The order of causes: what forces a move, what has gone wrong, what is merely better.
CAUSES = ("retired", "retiring", "degraded", "changed", "stale", "dominated", "superseded")


@dataclass(frozen=True, slots=True)
class Advice:
    """A recommendation for one route and model."""

    id: str
    tenant: str
    route: str
    platform: str
    incumbent: str
    state: str
    candidate: str = ""
    causes: tuple[str, ...] = ()
    spend_difference_ratio: float | None = None
    spend_basis: str = ""
    quality_difference: float | None = None
    quality_low: float | None = None
    quality_high: float | None = None
    n: int = 0
    evidence: str = ""
    expires_at: datetime | None = None
    text: str = ""
    rests_on: str = ""
    choices: tuple[Choice, ...] = ()


def ranked(advice: Iterable[Advice]) -> list[Advice]:
    """Return the most pressing first: by cause, then those that name a goal."""
    return sorted(advice, key=_rank)


def sentence(advice: Advice | None) -> str:
    """Return advice as a sentence: where to, what it saves, and what the claim rests on."""
    if advice is None:
        return "no advice yet"
    if not advice.candidate:
        return f"{advice.incumbent}: {advice.text or 'not enough evidence for a replacement'}"
    parts = [f"{advice.incumbent} -> {advice.candidate}"]
    if advice.spend_difference_ratio is not None:
        basis = "price list, own token mix" if advice.spend_basis == "price_list" else "own traffic"
        parts.append(f"spend {100 * advice.spend_difference_ratio:+.0f} % ({basis})")
    parts.append(
        "no claim about quality"
        if advice.quality_difference is None
        else f"bad answers {100 * advice.quality_difference:+.1f} points ({count(advice.n)} labelled pairs)"
    )
    if advice.state == "experiment":
        parts.append("worth an experiment, not a switch yet")
    return ", ".join(parts)


def advice_of(row: Mapping[str, Any]) -> Advice:
    """Return a recommendation from its row."""
    plain = {name: row[name] for name in row if name not in {"body", "causes"}}
    body = _object(row["body"])
    return Advice(
        **plain,
        causes=tuple(row["causes"]),
        text=_said(body, "reason"),
        rests_on=_said(body, "text"),
        choices=choices_of(row["body"]),
    )


def _rank(advice: Advice) -> tuple[object, ...]:
    pressing = min((CAUSES.index(one) for one in advice.causes if one in CAUSES), default=len(CAUSES))
    return pressing, not advice.candidate, advice.route, advice.incumbent, advice.tenant, advice.id


def _object(body: str) -> Mapping[str, object]:
    """Return a JSON object, empty where the text is none."""
    try:
        found = json.loads(body) if body else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _said(body: Mapping[str, object], name: str) -> str:
    said = body.get(name)
    return said if isinstance(said, str) else ""
