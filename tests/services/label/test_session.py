from __future__ import annotations

from datetime import timedelta

import pytest

from services.label.session import Session, Word
from store.labels import BAD_LABEL

from .pairs import NOW, pairs, said


def judge(session: Session, word: Word) -> dict[str, bool]:
    """Judge what is shown, and return what that says of each answer."""
    place = session.next()
    assert place is not None
    events = session.labels(place.number, word, "default", lambda: NOW)
    session.take(place.number, events)
    return {event["event_id"]: event["value"] for event in events}


def test_which_is_bad() -> None:
    """What is said of the first answer shown is said of the call that it is, whichever stood first."""
    session = Session(pairs(40), [], "ana")
    turned = 0
    for _ in range(40):
        place = session.next()
        assert place is not None
        first = place.pair.second if place.turned else place.pair.first
        bad = judge(session, "first")
        assert [event_id for event_id, value in bad.items() if value] == [first]
        turned += place.turned
    assert 10 < turned < 30
    assert (session.next(), session.judged, session.left) == (None, 40, 0)


@pytest.mark.parametrize(("word", "bad"), [("neither", 0), ("first", 1), ("second", 1), ("both", 2)])
def test_words(word: Word, bad: int) -> None:
    """Each word says how many of the two are bad."""
    assert sum(judge(Session(pairs(1), [], "ana"), word).values()) == bad


def test_events() -> None:
    """A judgement is two labels as the advisor reads them, with who gave them."""
    events = Session(pairs(1), [], "ana").labels(0, "both", "t", lambda: NOW)
    assert {event["event_id"] for event in events} == {"call-0", "shadow-0"}
    assert {event["name"] for event in events} == {BAD_LABEL}
    assert events[0] == {
        "type": "feedback",
        "event_id": "call-0",
        "tenant": "t",
        "kind": "label",
        "name": "bad",
        "value": True,
        "by": "human",
        "at": NOW.isoformat(),
        "person": "ana",
    }


def test_back() -> None:
    """Who goes back and says something else replaces what was said: the label has the same time."""
    session = Session(pairs(3), [], "ana")
    first = session.next()
    judge(session, "both")
    session.back()
    assert session.next() == first
    again = session.labels(0, "neither", "t", lambda: NOW + timedelta(hours=1))
    assert {event["at"] for event in again} == {NOW.isoformat()}
    session.take(0, again)
    assert session.judged == 1
    after = session.next()
    assert after is not None
    assert after.number == 1
    session.skip(1)
    session.back()
    shown = session.next()
    assert shown is not None
    assert shown.number == 1


def test_skip() -> None:
    """What a person passes is not shown again, and nothing is said of it."""
    session = Session(pairs(2), [], "ana")
    session.skip(0)
    shown = session.next()
    assert shown is not None
    assert shown.number == 1
    assert (session.judged, session.left) == (0, 1)


def test_goes_on() -> None:
    """A later session goes on where the person ended; a pair with one label of two is still open."""
    labels = [said("call-0", 1, "ana"), said("shadow-0", 0, "ana"), said("call-1", 1, "ana")]
    shown = Session(pairs(3), labels, "ana").next()
    assert shown is not None
    assert shown.number == 1


def test_shared() -> None:
    """Of what others have judged, everybody sees one in five, so that agreement can be measured."""
    labels = [said(f"{kind}-{n}", 1, "ana") for n in range(500) for kind in ("call", "shadow")]
    session = Session(pairs(600), labels, "ben")
    assert 100 + 60 < session.left < 100 + 140
    assert session.agreement.answers == 0
    judge(session, "both")
    assert session.agreement.answers in {0, 2}


def test_agreement() -> None:
    """The newest word of each person counts."""
    labels = [
        said("call-0", 1, "ana"),
        said("call-0", 1, "ben"),
        said("shadow-0", 1, "ana"),
        said("shadow-0", 0, "ana", NOW + timedelta(hours=1)),
        said("shadow-0", 0, "ben"),
        said("call-1", 1, "ana"),
    ]
    assert Session(pairs(2), labels, "ana").agreement == (2, 2, 1.0)


def test_no_such_pair() -> None:
    """A number that is none is refused."""
    session = Session(pairs(1), [], "ana")
    for number in (-1, 1):
        with pytest.raises(IndexError):
            session.labels(number, "both", "t", lambda: NOW)
        with pytest.raises(IndexError):
            session.skip(number)
