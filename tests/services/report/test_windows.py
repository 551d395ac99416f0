"""Which calls an alert's report is about."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest

from services.report.errors import ReportError
from services.report.windows import Asked, of_alert, spans
from tests.services.report.days import BAD, NOW, alert

BERLIN = ZoneInfo("Europe/Berlin")


def test_announced() -> None:
    """An alert about a model's last day compares the last week with the one before, not a year."""
    asked = of_alert(replace(alert(), unit="days", began_at=BAD - timedelta(days=300)), BERLIN, NOW)
    assert (asked.until - asked.since, asked.before_until) == (timedelta(days=7), asked.since)


def test_lasts() -> None:
    """An alert that is not over is about its calls until now, or its first 28 days."""
    one = replace(alert(), state="acknowledged", resolved_at=None)
    assert of_alert(one, BERLIN, NOW).until == NOW
    assert of_alert(one, BERLIN, BAD + timedelta(days=12)).until == BAD + timedelta(days=12)
    asked = of_alert(one, BERLIN, BAD + timedelta(days=90))
    assert asked.until == BAD + timedelta(days=28)
    assert asked.before_until == one.began_low
    assert of_alert(alert(), BERLIN, BAD + timedelta(days=12)).until == alert().resolved_at


def test_seconds() -> None:
    """What is refused says the seconds that it is refused for."""
    late = BAD + timedelta(seconds=20)
    with pytest.raises(ReportError, match=r"2026-08-14 00:00:20 UTC to 2026-08-14 00:00 UTC; turn them"):
        spans(Asked(route="r", since=late, until=BAD), BERLIN)


def test_sudden() -> None:
    """An alert that is over in no time still has a minute."""
    one = replace(alert(), detected_at=BAD, resolved_at=BAD)
    assert of_alert(one, BERLIN, NOW).until == BAD + timedelta(minutes=1)


def test_fleet() -> None:
    """An alert of the whole fleet is about every route."""
    one = alert()
    whole = replace(one, series=replace(one.series, level="fleet", route=""))
    assert of_alert(whole, BERLIN, NOW).routes == ()


def test_clocks() -> None:
    """In the night in which clocks go back, an hour of the day is there twice and named once."""
    since = datetime(2026, 10, 25, 0, 0, tzinfo=UTC)  # 2:00, then again 2:00
    asked = Asked(
        route="r", since=since, until=since + timedelta(hours=2),
        before_since=since - timedelta(days=7), before_until=since,
    )  # fmt: skip
    assert spans(asked, BERLIN).hours == (2,)


def test_half_hours() -> None:
    """Where clocks stand half an hour apart from UTC, a window's hours are those of the clocks there."""
    since = datetime(2026, 8, 14, 0, 0, tzinfo=UTC)  # 5:30
    asked = Asked(
        route="r", since=since, until=since + timedelta(hours=1),
        before_since=since - timedelta(days=7), before_until=since,
    )  # fmt: skip
    assert spans(asked, ZoneInfo("Asia/Kolkata")).hours == (5, 6)


def test_touching() -> None:
    """Windows that touch have no call in common."""
    asked = Asked(route="r", since=BAD, until=BAD + timedelta(days=1))
    assert spans(asked, BERLIN).before_until == BAD
    with pytest.raises(ReportError, match="overlap"):
        spans(msgspec.structs.replace(asked, before_since=BAD, before_until=BAD + timedelta(days=3)), BERLIN)
