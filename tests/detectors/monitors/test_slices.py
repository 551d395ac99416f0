"""Where a change sits: found at the promised rate, and never claimed of a rise everywhere."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from detectors.monitors.slices import Group, by_mix, concentrated, expected, ranked

SLICES = 28
BEFORE = 20_000
SHARES = np.full(SLICES, 1 / SLICES)


def fleet(n: int, times: float, everywhere: float, seed: int) -> tuple[list[Group], str]:
    """Return 28 slices of unequal base rates, of which one has risen by `times`; and which."""
    random = np.random.default_rng(seed)
    rates = np.clip(0.06 * np.exp(0.5 * random.standard_normal(SLICES)), 0.005, 0.15)
    risen = int(random.integers(SLICES))
    now = rates * everywhere
    now[risen] = min(now[risen] * times, 0.95)
    n_now, n_before = random.multinomial(n, SHARES), random.multinomial(BEFORE, SHARES)
    bad, before_bad = random.binomial(n_now, now), random.binomial(n_before, rates)
    return [
        Group("language", f"{i:02}", *(int(each[i]) for each in (n_now, bad, n_before, before_bad)))
        for i in range(SLICES)
    ], f"{risen:02}"


@pytest.mark.parametrize(("times", "n", "least"), [(6.0, 1000, 0.9), (3.0, 3000, 0.9)])
def test_top(times: float, n: int, least: float) -> None:
    """The slice that has risen is ranked first in nine of ten fleets."""
    hits = [
        ranked(groups)[0][1].value == risen for groups, risen in (fleet(n, times, 1.0, s) for s in range(200))
    ]
    assert np.mean(hits) >= least


def test_everywhere() -> None:
    """A rise everywhere is said to sit nowhere."""
    claims = [concentrated(fleet(1000, 1.0, 3.0, seed)[0]) for seed in range(200)]
    assert sum(claim is not None for claim in claims) <= 2


def test_nothing_happened() -> None:
    """Where no slice has risen, one of 28 is hardly ever named, however many there are to look at."""
    claims = [concentrated(fleet(1000, 1.0, 1.0, seed)[0]) for seed in range(300)]
    assert sum(claim is not None for claim in claims) <= 15


def test_rest_has_risen() -> None:
    """A slice that has risen more is not where the change is, when the rest surely has risen too."""
    worst, rest = Group("region", "eu", 500, 150, 5000, 100), Group("region", "us", 500, 90, 5000, 100)
    assert concentrated([worst, rest]) is None
    assert concentrated([worst, Group("region", "us", 500, 12, 5000, 100)]) == worst


def test_on_top() -> None:
    """Where the same share of all calls turns bad, the slice that had next to no bad ones is not it."""
    clean, usual = Group("region", "eu", 500, 25, 5000, 5), Group("region", "us", 500, 49, 5000, 250)
    assert concentrated([clean, usual]) is None


def test_without_value() -> None:
    """Calls without a value are the rest of which a slice is told apart, and are never named."""
    none, named = Group("region", "", 500, 60, 5000, 100), Group("region", "eu", 500, 10, 5000, 100)
    assert concentrated([none, named]) is None
    assert concentrated([replace(none, bad=10), replace(named, bad=60)]) == replace(named, bad=60)


def test_one_slice_only() -> None:
    """Where all calls are of one slice, that says nothing."""
    assert concentrated([Group("region", "eu", 900, 90, 9000, 90)]) is None


def test_new() -> None:
    """A slice without a past is judged by the reference of all."""
    old, new = (
        Group("prompt version", "v13", 500, 10, 9000, 180),
        Group("prompt version", "v14", 500, 60, 0, 0),
    )
    assert expected(new, [old, new]) == pytest.approx(10.0)
    assert concentrated([old, new]) == new


def test_mix() -> None:
    """More calls of a slice that always was bad are a change of mix, not of any slice."""
    mixed = [Group("route", "a", 200, 2, 900, 9), Group("route", "b", 800, 80, 100, 10)]
    risen = [Group("route", "a", 900, 90, 900, 9), Group("route", "b", 100, 10, 100, 10)]
    assert by_mix(mixed) == pytest.approx(1.0, abs=0.01)
    assert by_mix(risen) == pytest.approx(0.0, abs=0.01)
    assert by_mix([]) == by_mix([Group("route", "a", 5, 0, 5, 5)]) == 0.0
