"""The whole embedded form: a receiver that is away is an alert at the other one, and there is a heartbeat."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import pytest

from services.config import Config
from services.run import Embedded
from store.meta import recall
from tests.services.alerter.receivers.places import Web, closed
from tests.services.alerter.signals import ANSWER, signal
from tests.services.small_fleet import START, lines
from tests.stream.metered import numbers

MINUTE = timedelta(minutes=1)


class Wall:
    """A clock that somebody sets."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def web() -> Iterator[Web]:
    """What takes notifications and heartbeats."""
    with Web().open() as found:
        yield found


def test_delivery(tmp_path: Path, web: Web) -> None:
    """A pager where nobody answers is told at the chat, once; heartbeats come, and the numbers say both."""
    pager = f"http://127.0.0.1:{closed()}"
    config = Config.parse(
        {
            "receivers": {
                "pager": {"pagerduty": {"routing_key": "k", "url": pager}},
                "chat": {"webhook": {"url": f"{web.url}/chat"}},
            },
            "heartbeat": {"webhook": {"url": f"{web.url}/switch"}},
        }
    )
    wall = Wall(START + timedelta(days=1))
    with Embedded(tmp_path, config, wall, notify=timedelta(days=1)) as embedded:
        embedded.log._now_s = lambda: wall().timestamp()
        embedded.ingest(islice(lines(), 100))
        while embedded.score():
            pass
        embedded.live()
        embedded.alerter.take([signal("error", ANSWER)], wall())
        for _ in range(12):
            embedded.live()
            wall.now += MINUTE
        told = [asked.json for asked in web.asked if asked.path == "/chat"]
        beats = [asked.json for asked in web.asked if asked.path == "/switch"]
        assert [(body["kind"], body["alert"]["signal"]) for body in told] == [
            ("fire", "error"),
            ("fire", "delivery"),
        ]
        assert told[1]["alert"]["title"] == "Notifications do not reach pager"
        assert told[1]["alert"]["severity"] == "page"
        assert "127.0.0.1" in told[1]["alert"]["note"]
        assert [beat["kind"] for beat in beats] == ["heartbeat"] * 3
        last = recall(embedded.database, "heartbeat")
        assert last is not None
        assert datetime.fromisoformat(last).tzinfo == UTC
        found = numbers(embedded.meter.text())
        assert found["fmwatch_failing_receivers",] == 1
        assert found["fmwatch_oldest_undelivered_seconds",] == 11 * 60
        assert found["fmwatch_heartbeat_age_seconds",] == 2 * 60
