"""Every monitor of a fleet, sharing one page budget."""

from __future__ import annotations

from collections.abc import Mapping

from detectors.monitors.base import Monitor, SignalName
from detectors.monitors.budget import BudgetMonitor
from detectors.monitors.change import ChangeMonitor
from detectors.monitors.completeness import CompletenessMonitor
from detectors.monitors.coverage import CoverageMonitor
from detectors.monitors.drift import DriftMonitor
from detectors.monitors.ledger import Ledger
from detectors.monitors.level import LevelMonitor
from detectors.monitors.page_budget import Judge, page_budget
from detectors.monitors.rate import RateMonitor
from detectors.monitors.residency import ResidencyMonitor
from detectors.monitors.silence import SilenceMonitor
from detectors.monitors.unpriced import UnpricedMonitor


def monitors(
    *,
    pages_per_month: float = 1.0,
    tickets_per_month: float = 4.0,
    reference_days: int = 14,
    timezone: str = "UTC",
    at_least: Mapping[SignalName, float] | None = None,
    encoder: str = "",
    budgets: Mapping[str, float] | None = None,
    judge: Judge | None = None,
    ledger: Ledger | None = None,
) -> list[Monitor]:
    """Return a fresh set of monitors.

    Parameters
    ----------
    pages_per_month, tickets_per_month : false ones the whole fleet may cause
    reference_days : days of learning before a series is compared with its past
    timezone : of the daily and weekly rhythm
    at_least : least change that matters, by signal: odds ratio of rates, ratio of values for latency,
        ttft, tokens and spend
    encoder : version of the embeddings that come
    budgets : USD a month, by team
    ledger : knows what teams spent before they had a budget
    judge : how urgent findings are under the user's rules, which decides whose budget false ones spend
    """
    months = page_budget(pages_per_month, tickets_per_month, judge)
    return [
        RateMonitor(months, reference_days, timezone, at_least),
        LevelMonitor(months, reference_days, timezone, at_least),
        ChangeMonitor(months, reference_days, timezone, at_least),
        DriftMonitor(months, reference_days, timezone, encoder),
        UnpricedMonitor(),
        CompletenessMonitor(),
        ResidencyMonitor(),
        SilenceMonitor(months, reference_days, timezone),
        BudgetMonitor(budgets, months, timezone, ledger),
        CoverageMonitor(months, reference_days, timezone, at_least),
    ]
