"""Whether `changed` is told where nothing changed: two snapshots share the load, a third answers astray.

Beside: a name that did not answer in the first 14 days.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from detectors.monitors.base import Leaf
from detectors.monitors.change import ChangeMonitor
from detectors.monitors.testing import MONDAY, Stream, Weather, cut, simulate

LEARNT, WATCHED, PER_DAY = 14, 30, 60  # days, days, calls
STRAY = 0.0005  # of the calls are answered by a model that nobody has seen there
_DAY = 1_440
_SERVED = ["gpt-5.4-2026-03-05", "gpt-5.4-2026-06-01", "gpt-5.4-canary"]
Row = Mapping[str, object]


def changed(times: int, seed: int) -> list[Row]:
    """Return how many alarms so many unchanged series raise in 30 days."""
    random = np.random.default_rng(seed)
    leaves = [Leaf(f"t{number}", "openai", "support/answer", "gpt-5.4") for number in range(times)]
    made = simulate(
        [Stream(leaf, "", PER_DAY) for leaf in leaves], LEARNT + WATCHED, seed, Weather(), only={"error"}
    )
    day = (made.minute - MONDAY) // _DAY
    # How the load is shared wanders from day to day, and on half of the series one snapshot has all of it.
    usual = np.where(np.arange(times) % 2, random.uniform(0.1, 0.9, times), 0.0)
    share = np.clip(usual + 0.1 * (usual > 0) * random.standard_normal((LEARNT + WATCHED, times)), 0, 1)
    served = (random.random(len(made)) < share[day, made.leaf]).astype(np.int32)
    stray = (day >= LEARNT) & (random.random(len(made)) < STRAY)
    calls = replace(made, served=np.where(stray, 2, served).astype(np.int32), served_models=_SERVED)
    monitor, alarms = ChangeMonitor(), 0
    for number in range(LEARNT + WATCHED):
        since = MONDAY + number * _DAY
        alarms += sum(one.state == "raised" for one in monitor.update(cut(calls, since, since + _DAY)))
    return [
        {
            "cause": "changed",
            "series": times,
            "calls": len(made),
            "alarms": alarms,
            "a_new_name": len(np.unique(made.leaf[stray])),
        }
    ]
