"""How long each monitor must stay silent by mistake, so that the whole fleet keeps its page budget."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

from detectors.monitors.base import SignalName

Severity = Literal["page", "ticket", "info"]

SEVERITY: Mapping[SignalName, Severity] = {
    "error": "page",
    "latency": "page",
    "hallucination": "page",
    "toxicity": "page",
    "lifecycle": "page",
    "model_changed": "ticket",
    "unpriced": "ticket",
    "residency": "ticket",
    "spend": "ticket",
    "tokens": "ticket",
    "ttft": "ticket",
    "refusal": "ticket",
    "privacy": "ticket",
    "prompt_drift": "info",
    "response_drift": "info",
}
DETERMINISTIC: frozenset[SignalName] = frozenset(
    {"lifecycle", "residency", "unpriced"}
)  # never false by chance
INFORMATION_MONTHS = 12.0  # between false informations of one series

Months = Callable[[SignalName, int], float]


def page_budget(pages_per_month: float = 1.0, tickets_per_month: float = 4.0) -> Months:
    """Return months(signal, watched series): the mean time to a false signal each monitor must promise.

    The budget is shared equally (Bonferroni in time): monitors of the class / signals a month.

    >>> page_budget(pages_per_month=1)("error", 20)
    80.0
    >>> page_budget(tickets_per_month=4)("spend", 20)
    30.0
    """
    budget = {"page": pages_per_month, "ticket": tickets_per_month}

    def months(signal: SignalName, series: int) -> float:
        severity = SEVERITY[signal]
        if severity == "info":
            return INFORMATION_MONTHS
        kinds = sum(SEVERITY[name] == severity and name not in DETERMINISTIC for name in SEVERITY)
        return max(kinds * series / budget[severity], 1.0)

    return months
