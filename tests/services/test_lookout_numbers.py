"""What the watcher tells about itself: how far behind everything is, also when nothing goes on."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

import pytest

from services.config import Config
from services.run import Embedded
from store.errors import StoreUnavailable
from stream.errors import LogUnavailable
from tests.services.small_fleet import START, lines
from tests.stream.metered import Numbers, numbers


class Wall:
    """A clock that somebody sets."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def wall() -> Wall:
    """Return the clock of everything here."""
    return Wall(START + timedelta(days=1))


@contextmanager
def opened(directory: Path, config: Config, wall: Wall) -> Iterator[Embedded]:
    """Open all of it; the log goes by the clock too."""
    with Embedded(directory, config, wall, notify=timedelta(days=1)) as embedded:
        embedded.log._now_s = lambda: wall().timestamp()
        yield embedded


def told(embedded: Embedded) -> Numbers:
    """Return what Prometheus reads."""
    return numbers(embedded.meter.text())


def test_lag(tmp_path: Path, wall: Wall) -> None:
    """What waits is told by its age and topic; how far the watcher is behind, at any moment."""
    with opened(tmp_path, Config(), wall) as embedded:
        assert math.isnan(told(embedded)["fmwatch_watch_lag_seconds",])
        embedded.ingest(islice(lines(), 100))
        wall.now += timedelta(seconds=90)
        embedded.live()
        assert told(embedded)["fmwatch_oldest_unacknowledged_seconds", "llm.generations"] == 90
        assert told(embedded)["fmwatch_oldest_unacknowledged_seconds", "llm.changes"] == 0
        while embedded.score():
            pass
        embedded.live()
        found = told(embedded)
        assert found["fmwatch_oldest_unacknowledged_seconds", "llm.generations"] == 0
        assert found["fmwatch_events_total", "stored"] == 100
        assert 120 <= found["fmwatch_watch_lag_seconds",] < 181
        wall.now += timedelta(hours=1)
        assert told(embedded)["fmwatch_watch_lag_seconds",] == found["fmwatch_watch_lag_seconds",] + 3600
        assert found["fmwatch_rounds_total", "done"] == 2
        assert found["fmwatch_rounds_total", "failed"] == 0
        assert found["fmwatch_open_alerts", "page", "firing"] == 0
        assert found["fmwatch_deliveries", "waiting"] == 0
        embedded.numbers.quiet()
        assert math.isnan(told(embedded)["fmwatch_watch_lag_seconds",])
        assert not [name for name in told(embedded) if "unacknowledged" in name[0] or "alerts" in name[0]]


def test_away(tmp_path: Path, wall: Wall, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the store is away what waits is still told; while the log is, nothing is made up."""

    def away(*_: object) -> None:
        raise StoreUnavailable("it is full")

    def silent(*_: object) -> None:
        raise LogUnavailable("no broker")

    with opened(tmp_path, Config(), wall) as embedded:
        embedded.ingest(islice(lines(), 10))
        wall.now += timedelta(seconds=30)
        monkeypatch.setattr(embedded, "sum_up", away)
        with pytest.raises(StoreUnavailable):
            embedded.live()
        assert told(embedded)["fmwatch_oldest_unacknowledged_seconds", "llm.generations"] == 30
        monkeypatch.setattr(embedded.log, "waiting_since", silent)
        with pytest.raises(LogUnavailable):
            embedded.live()
        found = told(embedded)
        assert ("fmwatch_oldest_unacknowledged_seconds", "llm.generations") not in found
        assert found["fmwatch_rounds_total", "failed"] == 2


def test_found(tmp_path: Path, wall: Wall) -> None:
    """Signals, open alerts and what waits to be sent are counted."""
    config = Config.parse(
        {
            "receivers": {"hook": {"webhook": {"url": "http://127.0.0.1:9/"}}},
            "rules": [{"receivers": ["hook"]}],
        }
    )
    wall.now = START + timedelta(days=14, hours=12)
    with opened(tmp_path, config, wall) as embedded:
        embedded.ingest(lines(days=15))
        while embedded.score():
            pass
        embedded.live()
        found = told(embedded)
    assert found["fmwatch_signals_total", "error", "raised"] >= 1
    assert found["fmwatch_open_alerts", "page", "firing"] == 1
    assert found["fmwatch_deliveries", "waiting"] == 1
