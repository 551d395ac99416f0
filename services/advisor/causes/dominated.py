"""Another model is no worse on this route by labels, costs less here, and is not slower."""

from __future__ import annotations

from services.advisor.evidence import Spend
from services.advisor.quality import Quality

CAUSE = "dominated"
SLOWER = 1.1  # p95 against the incumbent's that is still accepted


def dominates(quality: Quality | None, costs: Spend | None, latency_ratio: float) -> bool:
    """Whether labels, both ledgers and both latencies on this route say so; a price list is not enough."""
    if quality is None or quality.verdict != "switch" or costs is None or costs.ratio is None:
        return False
    cheaper = costs.basis == "own_traffic" and costs.ratio < 0
    return cheaper and latency_ratio <= SLOWER


def evidence(name: str, quality: Quality, costs: Spend, latency_ratio: float) -> str:
    """Return what on-call reads about the better one."""
    return (
        f"{name} within {quality.margin * 100:.3g} pt by {quality.pairs:,} labelled pairs, "
        f"spend {costs.ratio:+.0%}, p95 {latency_ratio - 1:+.0%}"
    )
