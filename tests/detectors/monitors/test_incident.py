"""When an incident is over: soon after it is, and not while it goes on."""

import numpy as np

from detectors.monitors.base import Series
from detectors.monitors.bets import shifted
from detectors.monitors.incident import GONE_MINUTES, Incident
from detectors.monitors.localise import Counts

HOURS = 24 * 100
REFERENCE, ODDS = 0.02, 3.0


def counts(rate: float, seed: int) -> Counts:
    """Return a hundred days of one leaf, twelve calls an hour."""
    n = np.full(HOURS, 12.0)
    bad = np.random.default_rng(seed).binomial(12, rate, HOURS).astype(np.float64)
    return Counts(np.arange(HOURS) * 60, np.zeros(HOURS, np.int64), n, bad, np.full(HOURS, REFERENCE))


def over(rate: float, seed: int) -> int | None:
    """Return the minute at which an incident of three times the odds is declared over."""
    incident = Incident("error", [Series("fleet", "t")], frozenset({0}), 0, ODDS, 0, 0)
    return incident.recovered(counts(rate, seed), HOURS * 60)


def test_goes_on() -> None:
    """What stays at the least effect believed is declared over once in ten years, not every few months."""
    rate = float(shifted(np.array(REFERENCE), ODDS))
    assert sum(over(rate, seed) is not None for seed in range(36)) <= 3


def test_over() -> None:
    """What is back at its reference is declared over within days."""
    minutes = [over(REFERENCE, seed) for seed in range(20)]
    assert all(minute is not None and minute < 5 * 1440 for minute in minutes)
    assert np.median([minute or 0 for minute in minutes]) < 2 * 1440


def test_gone() -> None:
    """Where calls have stopped nobody can prove recovery: after a week without one it is over."""
    incident = Incident("error", [Series("fleet", "t")], frozenset({0}), 0, ODDS, 0, 0)
    none = counts(REFERENCE, 1)[np.zeros(HOURS, dtype=bool)]
    assert incident.recovered(none, GONE_MINUTES - 1) is None
    assert incident.recovered(none, GONE_MINUTES) == GONE_MINUTES - 1
    assert incident.recovered(none, 2 * GONE_MINUTES) == GONE_MINUTES - 1
