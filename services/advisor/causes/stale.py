"""The questions of this route have moved past what the model knows, and its answers to them show it."""

from __future__ import annotations

from services.advisor.staleness import Late

CAUSE = "stale"


def evidence(late: Late | None) -> str | None:
    """Return what on-call reads about questions past the model's knowledge, or None where nothing says so."""
    if late is None:
        return None
    there = (
        f"{late.bad / late.others_bad:.1f}x as often as elsewhere"
        if late.others_bad
        else f"in {late.bad:.0%}, elsewhere never"
    )
    return (
        f"{late.now:.0%} of questions without retrieval are about after {late.cutoff:%Y-%m} "
        f"(was {late.then:.0%}); refused or bad there {there}, n {late.n:,}"
    )
