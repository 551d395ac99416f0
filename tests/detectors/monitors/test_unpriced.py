"""Calls without a price: over also where the route has gone to another model."""

from collections.abc import Sequence

import pytest

from detectors.monitors.base import Leaf
from detectors.monitors.suite import signals
from detectors.monitors.testing import MONDAY, Shift, Stream, simulate
from detectors.monitors.unpriced import UnpricedMonitor

DAY = 1440
OLD, NEW = Leaf("default", "openai", "a", "old"), Leaf("default", "openai", "a", "new")


@pytest.mark.parametrize("edges", [range(MONDAY, MONDAY + 13 * DAY, DAY), [MONDAY, MONDAY + 12 * DAY]])
def test_gone(edges: Sequence[int]) -> None:
    """A week after the last call it is over, with a note that says so, however time is cut."""
    streams = [
        Stream(OLD, "t", 200, shifts=(Shift("unpriced", 1.0, 2.0), Shift("volume", 0.0, 3.0))),
        Stream(NEW, "t", 200, shifts=(Shift("volume", 0.0, 0, 3.0),)),
    ]
    observations = simulate(streams, days=12, seed=1)
    raised, over = signals(UnpricedMonitor(), observations, edges)
    assert (raised.state, over.state) == ("raised", "cleared")
    assert 9.9 * DAY < over.minute - MONDAY <= 10 * DAY
    assert "for want of calls" in over.facts["ended"] == over.note
    assert over.share_of_traffic == pytest.approx(1 / 7.5, abs=0.02)  # one day of eight, two of them weekend
