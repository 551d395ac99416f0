"""The embedded form: what is stored is watched once, in whatever steps, and gives the same alerts."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.alerter.alert import Alert
from services.config import Config, ConfigError
from services.console.source import StoreSource
from services.document import fired
from services.replay_command import take_in
from services.run import Embedded
from services.watcher.minute import CLOSE_AFTER_MINUTES
from services.wiring import check_embedded
from store.database import Database
from store.meta import MonitorState, load_monitors, save_monitors
from stream.sources import Memory
from tests.services.alerter.signals import ANSWER, DAY, signal
from tests.services.small_fleet import DAYS, OUTAGE, ROUTES, START, lines

END = START + timedelta(days=DAYS)
TEAMS = {"support": {"owner": "support-oncall"}}


@pytest.fixture(scope="module")
def traffic() -> list[bytes]:
    """Return sixteen days with one outage."""
    return list(lines())


def _alerts(directory: Path, traffic: list[bytes], until: Iterator[datetime] | None = None) -> list[Alert]:
    with Embedded(directory, Config.parse({"teams": TEAMS}), lambda: END) as embedded:
        if until is None:
            take_in(embedded, [Memory("traffic", traffic)])
        else:
            embedded.ingest(traffic)
            while embedded.score():
                pass
            for moment in until:
                embedded.watch(moment)
        return fired(embedded)


def test_one_page(tmp_path: Path, traffic: list[bytes]) -> None:
    """An outage of a platform is one page that names every route, its owner and when it began."""
    (page,) = [alert for alert in _alerts(tmp_path, traffic) if alert.severity == "page"]
    assert page.signal == "error"
    assert sorted(page.routes) == sorted(ROUTES)
    assert page.owner == "support-oncall"
    assert abs(page.began_at - OUTAGE) < timedelta(minutes=30)
    assert page.detected_at - OUTAGE <= timedelta(hours=1)
    assert page.resolved_at is not None
    assert page.resolved_at - OUTAGE < timedelta(hours=12)


def test_same_live(tmp_path: Path, traffic: list[bytes]) -> None:
    """Watching a day at a time, as a replay does, gives the very alerts of watching in small steps."""
    steps = (START + timedelta(minutes=minute) for minute in range(0, DAYS * 1440 + 1, 97))
    assert _alerts(tmp_path / "day", traffic) == _alerts(tmp_path / "steps", traffic, steps)


def test_restart(tmp_path: Path, traffic: list[bytes]) -> None:
    """Ending the process in the middle of an incident changes no alert and makes none twice."""
    whole = _alerts(tmp_path / "whole", traffic)
    parts = tmp_path / "parts"
    with Embedded(parts, Config.parse({"teams": TEAMS}), lambda: END) as embedded:
        embedded.ingest(traffic)
        while embedded.score():
            pass
        embedded.watch(OUTAGE + timedelta(hours=1))
    with Embedded(parts, Config.parse({"teams": TEAMS}), lambda: END) as embedded:
        embedded.watch(END)
        assert fired(embedded) == whole


def test_snapshots(tmp_path: Path, traffic: list[bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    """The monitors are kept every hour; weeks that are watched behind time cost one snapshot each."""
    kept: list[int] = []

    def save(database: Database, states: dict[str, MonitorState]) -> None:
        kept.extend({state.minute for state in states.values()})
        save_monitors(database, states)

    monkeypatch.setattr("services.watcher.minute.save_monitors", save)
    with Embedded(tmp_path, Config(), lambda: END) as embedded:
        embedded.ingest(traffic)
        while embedded.score():
            pass
        embedded.watch(END - timedelta(hours=2))
        behind = [START + timedelta(days=day) for day in (1, 8, 15)]
        assert kept == [*map(minute, behind), minute(END - timedelta(hours=2))]
        kept.clear()
        for minutes in range(-119, 8, 7):
            embedded.watch(END + timedelta(minutes=minutes))
        assert [at - minute(END) for at in kept] == [-56, 7]


def test_live_waits_for_the_worker(
    tmp_path: Path, traffic: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """However far scoring is behind, no minute is passed over; then live gives the alerts of a replay."""
    now = START
    with Embedded(tmp_path / "live", Config.parse({"teams": TEAMS}), lambda: now) as embedded:
        monkeypatch.setattr(embedded.log, "_now_s", lambda: now.timestamp())  # noqa: PLW0108 - `now` moves
        embedded.live()
        assert embedded.watcher.position is None
        cut = len(traffic) // 2
        now = START + timedelta(days=DAYS / 2)
        embedded.ingest(traffic[:cut])
        while embedded.score():
            pass
        embedded.ingest(traffic[cut:])
        now = END + timedelta(minutes=3)
        embedded.live()
        position = embedded.watcher.position
        assert position == int((START + timedelta(days=DAYS / 2, minutes=-2)).timestamp()) // 60
        while embedded.score():
            pass
        embedded.live()
        live = fired(embedded)
    assert live == _alerts(tmp_path / "replay", traffic)


def test_parts_wait_for_the_whole_live(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Live, too, a part's alert waits a minute of the events' time before anybody hears of it."""
    now = START + timedelta(minutes=30, seconds=30)
    with Embedded(tmp_path, Config(), lambda: now) as embedded:
        monkeypatch.setattr(type(embedded.watcher), "position", minute(now - timedelta(minutes=2)))
        embedded.publish([signal("error", ANSWER, minute(now) - 3 - DAY)])
        embedded.live()
        assert [alert.state for alert in embedded.alerter.grouping.open] == ["pending"]
        now += timedelta(minutes=1)
        monkeypatch.setattr(type(embedded.watcher), "position", minute(now - timedelta(minutes=2)))
        embedded.live()
        assert [alert.state for alert in embedded.alerter.grouping.open] == ["firing"]


def test_advice_is_withdrawn(tmp_path: Path) -> None:
    """What no longer holds is no advice any more, however far its expiry."""
    now = datetime(2026, 8, 20, 12, tzinfo=UTC)
    call = {"provider": "openai", "request_model": "gpt-3.5-turbo-1106", "route": "support/answer"}
    with Embedded(tmp_path, Config(), lambda: now) as embedded:
        asked = [{**call, "event_id": str(i), "occurred_at": now.isoformat()} for i in range(9)]
        embedded.ingest([json.dumps(one).encode() for one in asked])
        while embedded.score():
            pass
        (advice,) = embedded.advise(now.date())
        source = StoreSource(embedded.database)
        assert [one.id for one in source.advice(now)] == [advice.id]
        now += timedelta(days=20)
        assert advice.expires_at > now
        assert embedded.advise(now.date()) == []
        assert source.advice(now) == []


def minute(moment: datetime) -> int:
    """Return the minute since the epoch."""
    return int(moment.timestamp()) // 60


def test_unbuilt(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that nothing obeys here is refused with what to do instead, not silently ignored."""
    monkeypatch.setattr("services.alerter.receivers.elsewhere.installed", lambda: False)
    config = Config.parse(
        {"log": {"kafka": "broker:9092"}, "receivers": {"rest": {"apprise": {"url": "json://h"}}}}
    )
    with pytest.raises(ConfigError) as refused:
        check_embedded(config)
    assert "log.kafka" in str(refused.value)
    assert "receivers.rest.apprise: needs the extra: pip install" in str(refused.value)


def test_retention() -> None:
    """How long texts of a route stay can be said, but not for longer than the calls themselves."""
    check_embedded(Config.parse({"routes": {"law/*": {"risk": "high", "retention_days": 30}}}))
    with pytest.raises(ConfigError, match="kept for 400 days"):
        check_embedded(Config.parse({"routes": {"law/*": {"retention_days": 401}}}))


def test_content_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once a day it is looked for content whose days are over, by what the first matching route says."""
    asked: list[dict[str, int]] = []

    def empty(_: Database, days_of: Callable[[str], int]) -> int:
        asked.append({route: days_of(route) for route in ("law/a", "shop")})
        return 0

    monkeypatch.setattr("services.lookout.empty_content", empty)
    now = END
    with Embedded(
        tmp_path, Config.parse({"routes": {"law/*": {"retention_days": 30}}}), lambda: now
    ) as embedded:
        embedded.daily()
        embedded.daily()
        now = END + timedelta(days=1)
        embedded.daily()
    assert asked == [{"law/a": 30, "shop": 400}] * 2


def test_log_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Advice that fails keeps nothing in the log that every reader has had."""
    pruned: list[int] = []
    with Embedded(tmp_path, Config(), lambda: END) as embedded:
        monkeypatch.setattr(embedded, "advise", lambda _: 1 / 0)
        monkeypatch.setattr(embedded.log, "prune", lambda: pruned.append(1))
        with pytest.raises(ZeroDivisionError):
            embedded.daily()
        embedded.daily(looked=False)  # no advice is tried, what else is due is done
    assert pruned == [1, 1]


def test_upgrade(tmp_path: Path, traffic: list[bytes]) -> None:
    """A store whose monitors were of another version is watched afresh, and gives the same alerts."""
    before = _alerts(tmp_path, traffic)
    with Embedded(tmp_path, Config.parse({"teams": TEAMS}), lambda: END) as embedded:
        states = load_monitors(embedded.database)
        name = min(states)
        save_monitors(embedded.database, {**states, name: MonitorState(states[name].minute, b"older")})
    with Embedded(tmp_path, Config.parse({"teams": TEAMS}), lambda: END) as embedded:
        embedded.watch(END)
        assert fired(embedded) == before


def test_far_behind(tmp_path: Path) -> None:
    """A watcher that is days behind lets others in after each of them, and says that it is behind."""
    now = START + timedelta(days=6)
    with Embedded(tmp_path, Config(), lambda: now) as embedded:
        embedded.ingest(lines(days=1))
        while embedded.score():
            pass
        positions = []
        for _ in range(3):
            assert embedded.live(at_most_s=0.0)
            positions.append(embedded.watcher.position)
        assert positions == [minute(START) + days * 1440 for days in (1, 2, 3)]
        assert not embedded.live()
        assert embedded.watcher.position == minute(now) - CLOSE_AFTER_MINUTES
