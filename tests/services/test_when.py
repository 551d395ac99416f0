"""A point in time as a person types it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import click
import pytest

from services.when import When, when

NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("2h", NOW - timedelta(hours=2)),
        (" 30m", NOW - timedelta(minutes=30)),
        ("3d", NOW - timedelta(days=3)),
        ("1w", NOW - timedelta(weeks=1)),
        ("2026-11-01T08:30:00Z", datetime(2026, 11, 1, 8, 30, tzinfo=UTC)),
        ("2026-11-01T08:30:00.5+02:00", datetime(2026, 11, 1, 6, 30, 0, 500_000, tzinfo=UTC)),
    ],
)
def test_means(text: str, means: datetime) -> None:
    """RFC 3339 in any zone, or how long ago."""
    assert when(text, NOW) == means


@pytest.mark.parametrize("text", ["999999999w", "9999w"])
def test_long_ago(text: str) -> None:
    """However long ago is before everything that is stored."""
    assert when(text, NOW) == datetime(1900, 1, 2, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "yesterday", "2", "-2h", "2026-11-01", "2026-11-01T08:30:00", "٣d x"])
def test_no_time(text: str) -> None:
    """What is no time is refused with the ways to write one."""
    with pytest.raises(ValueError, match="2h, 3d"):
        when(text, NOW)


def test_option() -> None:
    """An option takes both, by the clock it is given, and refuses the rest as usage."""
    option = When(lambda: NOW)
    assert option.convert("1h", None, None) == option.convert(NOW - timedelta(hours=1), None, None)
    with pytest.raises(click.BadParameter, match="such as"):
        option.convert("soon", None, None)
