"""Read a dead letter anew: what this version makes of it, and which line is to be handed in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from fmwatch.event import Event

from services.dead_letters.letter import Letter
from stream.border import KINDS, Admitted, Border
from stream.decode import decode
from stream.errors import InvalidEvent
from stream.json_object import encode, parse

SENT_AS = "restamped_from"  # unknown to the contract, so it is kept in `extra`
_TIMES = ("occurred_at", "at")


@dataclass(frozen=True, slots=True)
class Judged:
    """What becomes of one letter.

    Attributes
    ----------
    admitted : its line as the border lets it through
    event : what is read of it; None where it is refused
    refusal : why it is refused
    restamped : its clock was replaced
    """

    admitted: Admitted
    event: Event | None = None
    refusal: InvalidEvent | None = None
    restamped: bool = False


def judged(letter: Letter, border: Border, *, restamp: bool) -> Judged:
    """Read a letter whose original is whole.

    Parameters
    ----------
    restamp : give an event that is refused for its clock the time at which it was refused
    """
    found = _read(letter, letter.raw, border)
    field = _wrong_clock(found)
    if not restamp or not field:
        return found
    return replace(_read(letter, restamped(letter.raw, field, letter.at), border), restamped=True)


def restamped(line: bytes, field: str, at: datetime) -> bytes:
    """Return an event that happened when it was refused, and says what its own clock had said.

    A function of the letter alone, so that doing it twice gives the same identity. The event's id stays.

    >>> restamped(b'{"event_id":"a","at":0}', "at", datetime(2026, 11, 2, 12))
    b'{"event_id":"a","at":"2026-11-02T12:00:00","restamped_from":0}'
    """
    fields = parse(line)
    fields.setdefault(SENT_AS, fields[field])
    fields[field] = at.isoformat()
    return encode(fields)


def _read(letter: Letter, line: bytes, border: Border) -> Judged:
    admitted = border.admit(line, kind=KINDS.get(letter.topic, "generation"))
    try:
        # At its own time, as the step will: else every letter of an old file would be too old by now.
        return Judged(admitted, decode(admitted.line, lambda: letter.at))
    except InvalidEvent as error:
        return Judged(admitted, refusal=error)


def _wrong_clock(found: Judged) -> str:
    """Return the field of an event's own time where it is what was refused."""
    error = found.refusal
    wrong = error is not None and error.reason == "clock_out_of_range" and error.field in _TIMES
    return error.field if error is not None and wrong else ""
