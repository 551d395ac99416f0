"""The models that advice looked at, as they stand in its picture of cost and quality."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from services.advisor.evidence import ENOUGH_CALLS
from services.wording.frontier import Choice

if TYPE_CHECKING:
    from services.advisor.recommend import Recommendation


def choices(advice: Recommendation) -> list[Choice]:
    """Return the incumbent, then what may replace it, then what labels were given to though it may not.

    All costs are the incumbent's times a ratio, so that one basis is compared with itself.
    """
    usage = advice.usage
    now, basis = _now(advice)
    incumbent = f"{usage.platform}/{usage.model}"
    return [
        Choice(incumbent, now, basis, difference=0.0, pairs=0, incumbent=True),
        *_others(advice, now),
    ]


def _now(advice: Recommendation) -> tuple[float | None, str]:
    """Return what a call costs now: as measured, else as listed."""
    usage = advice.usage
    if usage.spend_usd and usage.n >= ENOUGH_CALLS:
        return usage.spend_usd / usage.n, "own_traffic"
    for costs in advice.spends.values():
        if costs.now_usd_per_call is not None:
            return costs.now_usd_per_call, "price_list"
    return None, "price_list"


def _others(advice: Recommendation, now: float | None) -> Iterator[Choice]:
    for option in advice.options:
        known = advice.qualities.get(option.name)
        if option.obstacles and known is None:
            continue
        costs = advice.spends.get(option.name)
        usd = None if costs is None else costs.usd_per_call
        if now is not None and costs and costs.ratio is not None:
            usd = now * (1 + costs.ratio)
        found = known.interval if known else None
        yield Choice(
            option.name,
            usd,
            costs.basis if costs else "price_list",
            difference=found.difference if found else None,
            low=found.low if found else 0.0,
            high=found.high if found else 0.0,
            pairs=found.pairs if found else known.pairs if known else 0,
        )
