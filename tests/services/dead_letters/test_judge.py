"""A letter is read anew at its own time; a wrong clock is replaced by when it was refused."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest
from fmwatch.event import Change, Feedback, Generation

from services.dead_letters.judge import judged, restamped
from services.dead_letters.letter import Letter
from store.queries import identity
from stream.border import Border
from tests.services.dead_letters.letters import LONG_AGO, NOON, letter, line

THUMB = {"event_id": "a", "kind": "thumb", "value": True}


def _read(one: Letter, *, restamp: bool = False) -> object:
    return judged(one, Border(), restamp=restamp).event


def _stamped(one: Letter) -> Generation:
    event = _read(one, restamp=True)
    assert isinstance(event, Generation)
    return event


def test_own_time() -> None:
    """However long after, what is judged is the line, by the clock of the day it was refused."""
    old = letter(line(occurred_at=LONG_AGO), at=datetime.fromisoformat("2020-01-02T00:00:00Z"))
    assert isinstance(_read(old), Generation)
    ahead = judged(letter(line(occurred_at="2026-11-02T15:00:00Z")), Border(), restamp=False)
    assert ahead.refusal is not None
    assert ahead.refusal.reason == "clock_out_of_range"


@pytest.mark.parametrize("sent", [LONG_AGO, "2026-11-02T15:00:00Z", "1850-01-01T00:00:00Z", 1_577_836_800])
def test_restamped(sent: object) -> None:
    """An event whose clock was wrong happened when it was refused; its id stays, and what it had said."""
    event = _stamped(letter(line(occurred_at=sent)))
    assert (event.event_id, event.occurred_at) == ("a", NOON)
    assert event.extra == {"restamped_from": sent}


def test_same_identity() -> None:
    """Restamped any number of times, at any time, a letter is the same event."""
    one = letter(line(occurred_at=LONG_AGO))
    assert identity(_stamped(one)) == identity(_stamped(one))


def test_sense_is_left_alone() -> None:
    """A clock that makes sense is not touched, and neither is one that is wrong for another reason."""
    good = judged(letter(line()), Border(), restamp=True)
    assert (good.restamped, good.event is not None) == (False, True)
    no_zone = judged(letter(line(occurred_at="2026-11-02T11:00:00")), Border(), restamp=True)
    assert no_zone.refusal is not None
    assert (no_zone.restamped, no_zone.refusal.reason) == (False, "wrong_type")


def test_feedback() -> None:
    """Feedback and changes have a time of their own; the topic says what an event does not say itself."""
    raw = json.dumps({**THUMB, "at": LONG_AGO}).encode()
    found = _read(letter(raw, topic="llm.feedback"), restamp=True)
    assert isinstance(found, Feedback)
    assert found.at == NOON
    change = json.dumps({"type": "change", "kind": "deploy", "at": "1850-01-01T00:00:00Z"}).encode()
    assert isinstance(_read(letter(change, topic="llm.changes"), restamp=True), Change)


def test_end_of_maintenance() -> None:
    """A senseless end of a maintenance is no clock: it stays refused."""
    change = {"kind": "maintenance", "at": "2026-11-02T11:00:00Z", "until": "3000-01-01T00:00:00Z"}
    found = judged(letter(json.dumps(change).encode(), topic="llm.changes"), Border(), restamp=True)
    assert found.refusal is not None
    assert (found.refusal.field, found.restamped) == ("until", False)


def test_both_wrong() -> None:
    """One that is refused for another reason as well is refused for that."""
    both = letter(line(occurred_at=LONG_AGO, latency_ms=-1))
    found = judged(both, Border(), restamp=True)
    assert found.refusal is not None
    assert found.refusal.reason == "wrong_type"


def test_first_claim_stays() -> None:
    """What a sender has put under that name is not overwritten."""
    raw = restamped(b'{"at":1,"restamped_from":"mine"}', "at", NOON + timedelta(hours=1))
    assert json.loads(raw) == {"at": "2026-11-02T13:00:00.250000+00:00", "restamped_from": "mine"}


def test_border() -> None:
    """What is handed in goes over the border: nothing personal passes it."""
    raw = line(prompt="I am " + "ana" + "@example.org")
    assert b"ana@" not in judged(letter(raw), Border(), restamp=False).admitted.line
