"""Weeks by their names, in their zones."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from services.digest.week import Week

UTC_ZONE, BERLIN, KOLKATA = ZoneInfo("UTC"), ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Kolkata")


def test_named() -> None:
    """A week begins on its Monday and ends with the next; its name is the calendar's, over years too."""
    week = Week.named("2026-W47", UTC_ZONE)
    assert (week.since, week.until) == (
        datetime(2026, 11, 16, tzinfo=UTC),
        datetime(2026, 11, 23, tzinfo=UTC),
    )
    assert week.before.name == "2026-W46"
    assert Week.named("2026-W01", UTC_ZONE).before.name == "2025-W52"


@pytest.mark.parametrize("text", ["2026-47", "2026-W54", "W47", "", "0000-W01", "2026-W00"])
def test_no_week(text: str) -> None:
    """What is no week is refused with an example."""
    with pytest.raises(ValueError, match="for instance 2026-W47"):
        Week.named(text, UTC_ZONE)


@pytest.mark.parametrize(
    ("now", "name"),
    [("2026-11-22T23:59", "2026-W46"), ("2026-11-23T00:00", "2026-W47"), ("2026-11-29T12:00", "2026-W47")],
)
def test_last(now: str, name: str) -> None:
    """The last week is the newest that is over."""
    assert Week.last(datetime.fromisoformat(f"{now}+00:00"), UTC_ZONE).name == name


def test_zone() -> None:
    """Midnight is the zone's, also where the clock was changed within the week; half hours go to the hour."""
    assert Week.named("2026-W43", BERLIN).since == datetime(2026, 10, 18, 22, tzinfo=UTC)
    assert Week.named("2026-W43", BERLIN).until == datetime(2026, 10, 25, 23, tzinfo=UTC)
    assert Week.named("2026-W47", KOLKATA).since == datetime(2026, 11, 15, 18, tzinfo=UTC)
