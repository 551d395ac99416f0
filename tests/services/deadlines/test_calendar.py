"""The calendar as another library reads it back."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import msgspec
import pytest
from ical.calendar import Calendar
from ical.calendar_stream import IcsCalendarStream
from ical.event import Event

from services.deadlines.calendar import calendar
from services.deadlines.deadline import Deadline
from services.wording.links import Addresses
from tests.services.deadlines.days import ABOUT, NOW, deadline

CONSOLE = Addresses("https://fmwatch.example.org")
HOSTILE = 'evil\r\nBEGIN:VEVENT\r\nSUMMARY:x;,\\"\x00\u202e ' + "ü€😀" * 60


def _read(*deadlines: Deadline, at: Addresses = CONSOLE) -> Calendar:
    return IcsCalendarStream.calendar_from_ics(calendar(deadlines, at).decode())


def _one(given: Deadline) -> Event:
    (event,) = _read(given).events
    return event


def test_whole_day() -> None:
    """An announced end is a whole day, confirmed, on which nobody is busy."""
    event = _one(deadline())
    assert (event.dtstart, event.dtend) == (date(2026, 12, 1), date(2026, 12, 2))
    assert event.status == "CONFIRMED"
    assert event.transparency == "TRANSPARENT"
    assert event.summary == "openai/gpt-4o stops"
    assert (event.created, event.last_modified, event.dtstamp) == (NOW, NOW, NOW)


def test_says() -> None:
    """The description has share of traffic, routes, owners, and who says so since when."""
    said = _one(deadline()).description
    assert said is not None
    assert "74 % of the calls of 14 days; routes support/answer, search/rank" in said
    assert "Owners: support-oncall, search-team" in said
    assert "Source: https://example.org/deprecations, read 2026-08-20, confidence high" in said
    assert "https://fmwatch.example.org/runbooks/lifecycle" in said
    assert "DTSTART" not in said


def test_reminds() -> None:
    """Two weeks before the day the calendar reminds people."""
    (alarm,) = _one(deadline()).alarm
    assert alarm.action == "DISPLAY"
    assert alarm.trigger == timedelta(days=-14)


def test_states() -> None:
    """A promised day is tentative; one that does not hold any more is cancelled and reminds nobody."""
    assert _one(deadline(state="promised")).status == "TENTATIVE"
    gone = _one(deadline(state="gone", about=msgspec.structs.replace(ABOUT, why_gone="No call names it.")))
    assert gone.status == "CANCELLED"
    assert not gone.alarm
    assert gone.description is not None
    assert gone.description.startswith("No call names it.")


def test_same_event() -> None:
    """A day that moves is the same event in its next version; another model or tenant is another event."""
    first, moved = deadline(), deadline(day=date(2027, 1, 1), sequence=1, changed_at=NOW + timedelta(days=1))
    assert _one(first).uid == _one(moved).uid
    assert (_one(first).sequence, _one(moved).sequence) == (0, 1)
    assert _one(moved).last_modified == NOW + timedelta(days=1)
    others = {_one(one).uid for one in (first, deadline("gpt-4.1"), deadline(tenant="b"))}
    assert len(others) == 3


@pytest.mark.parametrize("field", ["model", "platform", "owner", "route", "source", "via"])
def test_strangers(field: str) -> None:
    """Whatever is in a name stays in its text: one event, no line over 75 octets, no character cut in two."""
    about: dict[str, dict[str, Any]] = {
        "owner": {"owners": (HOSTILE,)},
        "route": {"routes": (HOSTILE,)},
        "source": {"url": f"https://{HOSTILE}"},
        "via": {"via": HOSTILE},
    }
    named: dict[str, Any] = {field: HOSTILE} if field in {"model", "platform"} else {}
    given = deadline(**named, about=msgspec.structs.replace(ABOUT, **about.get(field, {})))
    content = calendar([given], CONSOLE)
    assert content.count(b"\r\nBEGIN:VEVENT") == 1
    assert max(map(len, content.split(b"\r\n"))) <= 75
    assert b"\x00" not in content
    assert content.replace(b"\r\n", b"").find(b"\n") == -1
    for line in content.split(b"\r\n"):
        line.decode()
    assert "BEGIN:VEVENT" in str(_one(given).summary) + str(_one(given).description)


def test_same_bytes() -> None:
    """The same deadlines give the same bytes, in whatever order they come."""
    many = [deadline(), deadline("gpt-4.1"), deadline("o3", day=date(2026, 9, 1))]
    assert calendar(many, CONSOLE) == calendar(reversed(many), CONSOLE)


def test_empty() -> None:
    """A calendar without any day is one all the same."""
    assert _read().events == []


def test_without_console() -> None:
    """Where nobody says where the console is, the command is named."""
    said = _read(deadline(), at=Addresses()).events[0].description
    assert said is not None
    assert "What to do: fmwatch advise" in said


def test_times() -> None:
    """Moments are whole seconds of UTC, as the standard has them."""
    given = deadline(changed_at=datetime.fromisoformat("2026-08-21T12:00:00.250+00:00"))
    assert b"LAST-MODIFIED:20260821T120000Z" in calendar([given], CONSOLE)
