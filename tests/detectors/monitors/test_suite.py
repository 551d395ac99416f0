"""Every monitor against the conformance suite, on one fleet with a bit of everything in it."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from detectors.monitors.all import monitors
from detectors.monitors.base import Later, Leaf, Maintenance, Monitor, Observations, Transit
from detectors.monitors.completeness import DELAY_MINUTES
from detectors.monitors.local_time import LocalTime
from detectors.monitors.suite import (
    Make,
    check_cut,
    check_foreign_snapshot,
    check_restore,
    check_signals,
    signals,
)
from detectors.monitors.testing import MONDAY, Shift, Stream, Weather, cut, simulate

NAMES = [monitor.name for monitor in monitors()]


def make(name: str) -> Make:
    """Return a way to make fresh monitors of this name."""

    def fresh() -> Monitor:
        every = monitors(reference_days=7, budgets={"support": 15.0, "law": 1000.0})
        return next(monitor for monitor in every if monitor.name == name)

    return fresh


def test_weekend() -> None:
    """The made-up traffic's week is the monitors' week: weekends fall on Saturdays and Sundays."""
    assert LocalTime().hour(np.array([MONDAY]))[0] % 168 == 0


@cache
def fleet() -> Observations:
    """Return ten days of five routes of two tenants with arranged changes from day seven on.

    Every tenth call names another team than its route's others.
    """
    outage = (Shift("error", 0.6, 8.5, 8.6),)
    streams = [
        Stream(Leaf("default", "openai", "support/answers", "gpt-5.4"), "support", 400, shifts=outage),
        Stream(Leaf("default", "openai", "shop/search", "gpt-5.4-mini"), "shop", 300, shifts=outage),
        Stream(
            Leaf("default", "anthropic", "shop/faq", "claude-opus-4-5"),
            "shop",
            400,
            shifts=(
                Shift("latency_ms", 2.5, 8.2),
                Shift("served", 1.0, 8.4),
                Shift("unpriced", 1.0, 8.3),
                Shift("residency", 1.0, 8.6, 8.7),
                Shift("prompt_topic", 0.7, 7.3),
                Shift("hallucinated", 0.5, 8.0),
            ),
        ),
        Stream(Leaf("other", "openai", "law/review", "gpt-5.4"), "law", 100),
        Stream(
            Leaf("default", "mistral", "ops/tickets", "mistral-large"),
            "ops",
            900,
            shifts=(Shift("volume", 0.0, 8.4, 8.8),),
        ),
    ]
    found = simulate(streams, days=10, seed=5, weather=Weather(retries=0.1))
    growth = np.random.default_rng(2).random(len(found)) < 0.1
    return replace(
        found,
        teams=[*found.teams, "growth"],
        team=np.where(growth, len(found.teams), found.team).astype(np.int32),
        transits=[*_transits(found.start, found.end)],
        maintenance=[Maintenance("default", MONDAY + 5 * 1440 + 7, MONDAY + 5 * 1440 + 99, "shop/faq")],
        detector_sets=['{"privacy":"1"}', '{"privacy":"2"}'],
        detectors=(found.minute >= MONDAY + 8.52 * 1440).astype(np.int32),
        later=[*_later(found)],
    )


def _transits(start: int, end: int) -> Iterator[Transit]:
    """Yield what gateways took in: of one team a tenth is lost for two hours of day eight."""
    for minute in range(start, end - DELAY_MINUTES):
        lost = minute % 1440 in range(600, 720) and (minute - start) // 1440 == 8
        yield Transit("default", "shop", minute, 40, 4 if lost else 0)
        yield Transit("other", "law", minute, 10, 0, 12, {"queue_full": 2} if lost else {})


def _later(found: Observations) -> Iterator[Later]:
    """Yield what a judge has scored: one call in four, until it stops on day eight."""
    minutes, counts = np.unique(found.minute[found.minute < MONDAY + 8.3 * 1440], return_counts=True)
    for minute, n in zip(minutes.tolist(), counts.tolist(), strict=True):
        if n >= 4 - minute % 4:
            yield Later("default", "judge", minute, (n + minute % 4) // 4)


EXPECTED = {
    "rate": {"error", "hallucination"},
    "level": {"latency"},
    "change": {"model_changed"},
    "drift": {"prompt_drift"},
    "unpriced": {"unpriced"},
    "completeness": {"completeness"},
    "residency": {"residency"},
    "silence": {"silence"},
    "budget": {"budget"},
    "detector_coverage": {"detector_changed", "detector_lag"},
}


@pytest.mark.parametrize("name", NAMES)
def test_cut(name: str) -> None:
    """A day at once gives the same signals as odd pieces of it, and they are those arranged."""
    found = check_cut(make(name), fleet(), step=97)
    check_signals(found)
    assert {signal.signal for signal in found} == EXPECTED[name]


@pytest.mark.parametrize("name", NAMES)
def test_minutes(name: str) -> None:
    """Two days minute by minute give the same signals as days at once."""
    monitor, live = make(name)(), make(name)()
    begin = MONDAY + 8 * 1440
    for one in (monitor, live):
        one.update(cut(fleet(), fleet().start, begin))
    whole = signals(monitor, fleet(), [begin, begin + 1440])
    assert whole == signals(live, fleet(), list(range(begin, begin + 1441)))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("day", [3.3, 8.51])
def test_restore(name: str, day: float) -> None:
    """A restored monitor goes on as if never interrupted, while learning and while an incident stands."""
    check_restore(make(name), fleet(), MONDAY + int(day * 1440))


@pytest.mark.parametrize("name", NAMES)
def test_foreign_snapshot(name: str) -> None:
    """A snapshot of something else is refused."""
    check_foreign_snapshot(make(name))
