"""What watching costs: many series, one minute after the other, as the watcher feeds them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import fields, replace

import numpy as np

from detectors.monitors.base import Leaf, Observations
from detectors.monitors.board import Board
from detectors.monitors.level import LevelMonitor
from detectors.monitors.rate import RateMonitor
from detectors.monitors.testing import MONDAY, Stream, cut, simulate
from detectors.monitors.watch import Watch

Row = dict[str, object]

LEARNT_DAYS = 15
MINUTES = 20
SEED = 7500


def rows(full: bool) -> list[Row]:
    """Return the processor time of a minute in which every route calls."""
    routes = 10_000 if full else 1_000
    return [
        _row("rate and level", (RateMonitor(), LevelMonitor()), routes),
        _row("rate", (RateMonitor(),), routes),
    ]


def _row(name: str, monitors: Sequence[RateMonitor | LevelMonitor], routes: int) -> Row:
    learnt = simulate([Stream(Leaf("default", "openai", "learnt", "gpt-5.4"), "", 2_000)], LEARNT_DAYS, SEED)
    minutes = _minutes(learnt, routes)
    spent = 0.0
    for monitor in monitors:
        for day in range(LEARNT_DAYS):
            monitor.update(cut(learnt, MONDAY + day * 1440, MONDAY + (day + 1) * 1440))
        monitor.update(minutes[0])
        _share_yardstick(monitor.watch, minutes[0].start)
        monitor.update(minutes[1])
        began = time.process_time()
        for minute in minutes[2:]:
            monitor.update(minute)
        spent += time.process_time() - began
    series = len(monitors[0].watch.board.series)
    return {
        "part": "cost",
        "case": name,
        "us_a_series_minute": round(spent / MINUTES / series * 1e6, 2),
        "s_a_minute": round(spent / MINUTES, 3),
        "reach": "<= 20 us",
        "n": MINUTES,
        "series": series,
        "seed": SEED,
    }


def _share_yardstick(watch: Watch, minute: int) -> None:
    """Measure every route by what one has learnt: learning thousands is not what is timed."""
    roster = watch.roster
    state = roster.state()
    learnt = next(stick for stick in state["yardsticks"] if stick is not None)
    roster.load({**state, "yardsticks": [learnt] * len(roster.leaves), "learning": {}})
    watch.board = Board(watch.desk.plan, watch.months, roster, minute)


def _minutes(learnt: Observations, routes: int) -> list[Observations]:
    """Return minutes in which every route has one of the calls that were learnt from."""
    random = np.random.default_rng(SEED)
    leaves = [Leaf("default", f"p{i % 4}", f"route{i:05d}", f"model{i % 20}") for i in range(routes)]
    found = []
    for minute in range(learnt.end, learnt.end + MINUTES + 2):
        rows = random.integers(0, len(learnt), routes)
        columns = {
            column.name: getattr(learnt, column.name)[rows]
            for column in fields(learnt)
            if isinstance(getattr(learnt, column.name), np.ndarray)
        }
        columns["minute"] = np.full(routes, minute)
        columns["leaf"] = np.arange(routes, dtype=np.int32)
        columns["first"] = np.ones(routes, dtype=np.bool_)
        ids = [f"e{minute}-{route}" for route in range(routes)]
        teams = [""] * routes
        found.append(
            replace(learnt, start=minute, end=minute + 1, leaves=leaves, teams=teams, event_id=ids, **columns)
        )
    return found
