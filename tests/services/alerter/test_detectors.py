"""What detectors do not judge, are or keep up with: one alert each, however alike their series are."""

from dataclasses import replace

import numpy as np
import pytest

from detectors.monitors.base import Leaf, Observations, Signal
from detectors.monitors.coverage import CoverageMonitor
from detectors.monitors.testing import cut
from detectors.monitors.testing_volume import START, Line, traffic
from services.alerter.alert import at
from services.alerter.grouping import Grouping
from services.alerter.rules import Rules

DAY = 1440
LINES = [
    Line(Leaf("default", "openai", "support/answers", "gpt-5.4"), "support", 800),
    Line(Leaf("default", "azure", "shop/search", "gpt-5.4-mini"), "shop", 800),
]


@pytest.fixture(scope="module")
def signals() -> list[Signal]:
    """Return what is said when nobody looks for refusals any more, and a day later others for privacy."""
    observations = traffic(LINES, 18, 11)
    minute = observations.minute - START
    observations = replace(
        observations,
        refused=np.where(minute >= 15.4 * DAY, -2, 0).astype(np.int8),
        detectors=(minute >= 16.4 * DAY).astype(np.int32),
        detector_sets=['{"privacy":"1"}', '{"privacy":"2"}'],
    )
    return _told(observations)


def _told(observations: Observations) -> list[Signal]:
    monitor = CoverageMonitor()
    days = range(observations.start, observations.end, DAY)
    return [signal for day in days for signal in monitor.update(cut(observations, day, day + DAY))]


def test_two_alerts(signals: list[Signal]) -> None:
    """Another version is another alert than a share that is not judged, and its end leaves that one open."""
    grouping = Grouping(Rules())
    alerts = {one.signal: one for one in grouping.take(signals, at(START + 18 * DAY))}
    assert {one.series.level for one in alerts.values()} == {"fleet"}
    changed, share = alerts["detector_changed"], alerts["detector_coverage"]
    assert changed.resolved_at is not None
    assert [one.id for one in grouping.open] == [share.id]
    assert changed.fingerprint != share.fingerprint
    assert "refusal" in share.title
