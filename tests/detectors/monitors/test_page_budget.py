"""The page budget is shared by all monitors of a class."""

import pytest

from detectors.monitors.base import SignalName
from detectors.monitors.page_budget import page_budget


def test_pages() -> None:
    """Twice the budget halves the promise, twice the series doubles it."""
    assert page_budget(pages_per_month=2)("latency", 20) == page_budget(pages_per_month=1)("latency", 10)
    assert page_budget()("error", 40) == 2 * page_budget()("error", 20)


def test_sum() -> None:
    """The false pages of all monitors together are the budget."""
    months = page_budget(pages_per_month=1.0)
    signals: tuple[SignalName, ...] = ("error", "latency", "hallucination", "toxicity")
    total = sum(50 / months(signal, 50) for signal in signals)
    assert total == pytest.approx(1.0)


def test_information() -> None:
    """Information spends nothing of the budget."""
    assert page_budget()("prompt_drift", 1) == page_budget()("prompt_drift", 1000)
