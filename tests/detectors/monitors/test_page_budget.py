"""The page budget is shared by all monitors, and never overdrawn, however series come and go."""

import numpy as np
import pytest

from detectors.monitors.base import Leaf, SignalName
from detectors.monitors.page_budget import (
    DETERMINISTIC,
    MEAN_SHARE,
    SEVERITY,
    PageBudget,
    page_budget,
    shares,
)
from detectors.monitors.series import watched

LEAVES = [Leaf("acme", platform, f"r/{n}", "gpt") for platform in ("azure", "openai") for n in range(5)]
TEAMS = dict.fromkeys(LEAVES, "support")


def spent(budget: PageBudget, leaves: list[Leaf]) -> dict[str, float]:
    """Return the false findings a month that are promised at most, of series and of their means."""
    total = {"page": 0.0, "ticket": 0.0}
    for signal in SEVERITY:
        if signal in DETERMINISTIC:
            continue
        found = shares(budget, signal, watched(leaves), TEAMS)
        for severity, months in zip(found.severity, found.months.tolist(), strict=True):
            if severity in total:
                total[severity] += (1 + MEAN_SHARE / (1 - MEAN_SHARE)) / months
    return total


def test_pages() -> None:
    """Twice the budget halves the promise, twice the series doubles it."""
    assert page_budget(pages_per_month=2)("latency", 20) == page_budget(pages_per_month=1)("latency", 10)
    assert page_budget()("error", 40) == 2 * page_budget()("error", 20)


@pytest.mark.parametrize("n", range(1, 11))
def test_sum(n: int) -> None:
    """However many series there are, all of them and the means together are promised the budgets."""
    found = spent(page_budget(1.0, 4.0), LEAVES[:n])
    assert found["page"] <= 1.0 + 1e-9
    assert found["ticket"] <= 4.0 + 1e-9
    assert found["page"] == pytest.approx(1.0)


def test_most_loud() -> None:
    """However large the budget, no series may cry more than once a month."""
    assert min(shares(page_budget(900, 900), "error", watched(LEAVES), TEAMS).months) == 1.0


def test_information() -> None:
    """Information spends nothing of the budget."""
    assert page_budget()("prompt_drift", 1) == page_budget()("prompt_drift", 1000)
    found = shares(page_budget(), "prompt_drift", watched(LEAVES), TEAMS)
    assert set(found.pool.tolist()) == {-1}


def test_plain_function() -> None:
    """A function instead of a budget promises every series the same, and has no mean."""

    def months(signal: SignalName, series: int) -> float:
        return 300.0 if signal == "error" else float(series)

    found = shares(months, "error", watched(LEAVES), TEAMS)
    np.testing.assert_array_equal(found.months, 300.0)
    np.testing.assert_array_equal(found.pool, -1)
