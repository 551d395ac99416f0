"""Deadlines as an iCalendar stream (RFC 5545) that calendars subscribe to.

The same deadlines give the same bytes. There is no METHOD: this is a published calendar and no invitation,
so DTSTAMP is the time of the last change.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from uuid import NAMESPACE_URL, uuid5

from icalendar import Alarm, Calendar, Event

from services.deadlines.deadline import Deadline, State
from services.wording.links import Addresses
from services.wording.numbers import portion
from services.wording.words import clip, listed

PRODUCT = "-//fmwatch//retirement dates//EN"
BEFORE = timedelta(days=14)  # how long before its day a calendar reminds people
AGAIN = timedelta(hours=12)  # how often a calendar may ask
MOST_NAMES = 12
_URL = re.compile(r"https?://[!-~]{1,500}")

STATUS: Mapping[State, str] = {"announced": "CONFIRMED", "promised": "TENTATIVE", "gone": "CANCELLED"}
_SAYS: Mapping[State, str] = {
    "announced": "stops",
    "promised": "may stop from here on",
    "gone": "has no last day any more",
}


def calendar(deadlines: Iterable[Deadline], at: Addresses, *, tenants: bool = False) -> bytes:
    """Return the stream, lines folded at 75 octets.

    Parameters
    ----------
    at : where people reach the console
    tenants : whether events name theirs
    """
    stream = Calendar()
    stream.add("prodid", PRODUCT)
    stream.add("version", "2.0")
    stream.add("calscale", "GREGORIAN")
    stream.add("name", "Models that stop")
    stream.add("x-wr-calname", "Models that stop")
    stream.add("refresh-interval", AGAIN, parameters={"VALUE": "DURATION"})
    stream.add("x-published-ttl", "PT12H")
    for one in sorted(deadlines, key=lambda each: (each.day, each.key)):
        stream.add_component(_event(one, at, tenants=tenants))
    content: bytes = stream.to_ical()
    return content


def uid(deadline: Deadline) -> str:
    """Return what a calendar knows the event by, wherever its day moves."""
    return str(uuid5(NAMESPACE_URL, "\x1f".join(("fmwatch:deadline", *deadline.key))))


def _event(one: Deadline, at: Addresses, *, tenants: bool) -> Event:
    event = Event()
    event.add("uid", uid(one))
    event.add("sequence", one.sequence)
    event.add("created", one.made_at.replace(microsecond=0))
    event.add("last-modified", one.changed_at.replace(microsecond=0))
    event.add("dtstamp", one.changed_at.replace(microsecond=0))
    event.add("dtstart", one.day)
    event.add("dtend", one.day + timedelta(days=1))
    event.add("status", STATUS[one.state])
    event.add("transp", "TRANSPARENT")  # nobody is busy on that day
    event.add("summary", summary(one))
    event.add("description", "\n".join(_lines(one, at, tenants=tenants)))
    if one.about.owners:
        event.add("categories", [clip(owner) for owner in one.about.owners[:MOST_NAMES]])
    if _URL.fullmatch(one.about.url):
        event.add("url", one.about.url)
    if one.state != "gone":
        event.add_component(_alarm(one))
    return event


def summary(one: Deadline) -> str:
    """Return what stands in the calendar's day."""
    return f"{clip(one.name)} {_SAYS[one.state]}"


def _alarm(one: Deadline) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("trigger", -BEFORE)
    alarm.add("description", f"In {BEFORE.days} days: {summary(one)}")
    return alarm


def _lines(one: Deadline, at: Addresses, *, tenants: bool) -> Iterator[str]:
    about = one.about
    yield _says(one)
    if tenants:
        yield f"Tenant: {clip(one.tenant)}"
    routes = listed(about.routes, MOST_NAMES)
    yield f"Traffic: {portion(about.share)} of the calls of 14 days; routes {routes}"
    yield f"Owners: {listed(about.owners, MOST_NAMES) or 'nobody is named'}"
    if about.source:
        read = f", read {about.as_of}" if about.as_of else ""
        yield f"Source: {clip(about.url or about.source)}{read}, confidence {about.confidence}"
    yield f"What to do: {at.console}/runbooks/lifecycle" if at.console else "What to do: fmwatch advise"


def _says(one: Deadline) -> str:
    via = f" It answers as {clip(one.about.via)}, whose day this is." if one.about.via else ""
    if one.state == "gone":
        return one.about.why_gone
    if one.state == "promised":
        return f"No end is announced. The model is promised or listed to live until this day.{via}"
    return f"The provider stops this model on {one.day}: calls fail from then on.{via}"
