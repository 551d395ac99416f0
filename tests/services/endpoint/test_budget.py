from __future__ import annotations

from services.endpoint.budget import Budget


def test_reserved() -> None:
    """What is in hand is as good as spent, until it is known to have cost less."""
    budget = Budget(100, 10)
    assert budget.reserve(50) == 50
    assert budget.reserve(40) == 40
    assert budget.reserve(1) is None
    budget.settle(50, 50, 20)
    assert budget.reserve(30) == 30
    assert budget.reserve(1) is None
    assert budget.spent == 30


def test_dearer_than_most() -> None:
    """Where an endpoint counts more than it was asked for, as much more is put aside from then on."""
    budget = Budget(100)
    assert budget.reserve(10) == 10
    budget.settle(10, 10, 25)
    assert budget.reserve(10) == 25
