"""Leaves become series of five levels, each set of leaves once."""

from detectors.monitors.base import Leaf, Series
from detectors.monitors.series import members, narrowest, watched

A = Leaf("default", "openai", "support", "gpt-5.4")
B = Leaf("default", "openai", "search", "gpt-5.4")
C = Leaf("default", "azure", "support", "gpt-5.4")
D = Leaf("other", "openai", "law", "gpt-5.4")


def test_one_leaf() -> None:
    """A tenant with one leaf is watched once, as its route."""
    assert list(watched([D])) == [Series("route", "other", route="law")]


def test_distinct_sets() -> None:
    """No two watched series have the same leaves, and every leaf is in one of its own."""
    found = watched([A, B, C, D])
    assert len(set(found.values())) == len(found)
    assert {frozenset({leaf}) for leaf in (A, B, C, D)} <= set(found.values())


def test_tenants_apart() -> None:
    """A series never mixes tenants."""
    assert all(len({leaf.tenant for leaf in group}) == 1 for group in watched([A, B, C, D]).values())


def test_narrowest() -> None:
    """Leaves of one platform are named by it, leaves of one route by the route, others by the fleet."""
    everything = members([A, B, C])
    assert narrowest(frozenset({A, B}), everything).level == "platform_model"
    assert narrowest(frozenset({A, C}), everything) == Series("route", "default", route="support")
    assert narrowest(frozenset({B, C}), everything).level == "fleet"
