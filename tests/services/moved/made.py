"""Calls of a route that moves from one model to another."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
from fmwatch.event import Generation, Usage

from bench.moves_made import START
from detectors.testing import generation
from services.advisor.compare.pairs import Floats


def calls(
    share: Floats, per_hour: int, random: np.random.Generator, *, errors: float = 0.0
) -> Sequence[tuple[Generation, bool]]:
    """Return calls of a route with whether each is the candidate's; it fails in a share `errors` more."""
    found = []
    for hour, moved in enumerate(share):
        for n in range(per_hour):
            at = START + timedelta(hours=hour, seconds=3600 * (n + 0.5) / per_hour)
            candidate = bool(random.random() < moved)
            failed = bool(random.random() < 0.01 + errors * candidate)
            found.append((_call(f"{hour}-{n}", at, candidate, failed, random), candidate))
    return found


def _call(name: str, at: datetime, candidate: bool, failed: bool, random: np.random.Generator) -> Generation:
    return generation(
        event_id=f"call-{name}",
        occurred_at=at,
        app="support/answer",
        request_model="gpt-5.4-mini" if candidate else "gpt-4o",
        prompt=f"question {name}",
        response="" if failed else "It takes five days.",
        error_type="timeout" if failed else "",
        latency_ms=float(random.lognormal(6.5, 0.4)),
        usage=Usage(input=100, output=20),
    )
