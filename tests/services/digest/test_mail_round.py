"""The digest is sent once a week, over restarts too, and until it has arrived."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from services.alerter.errors import Rejected, Retryable
from services.alerter.receivers.base import Notification, Said
from services.alerter.receivers.letter import Letter
from services.digest.mail_round import SENT, MailRound
from store.database import Database
from store.errors import StoreError
from store.meta import remember

MONDAY = datetime.fromisoformat("2026-08-17T08:00:00+00:00")


@pytest.fixture(scope="module")
def store(three_weeks: Path) -> Iterator[Database]:
    """The store of three weeks."""
    with Database.open(three_weeks) as database:
        yield database


@pytest.fixture(autouse=True)
def _fresh(store: Database) -> None:
    """Forget what was sent."""
    remember(store, SENT, "{}")


class Reader:
    """Takes letters, or fails as often as it is told to."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.letters: list[Letter] = []

    def notify(self, notification: Notification) -> None:
        raise AssertionError(notification)

    def post(self, letter: Letter) -> Said:
        if self.failures:
            raise self.failures.pop(0)
        self.letters.append(letter)
        return Said("taken")


def _round(store: Database, zone: str = "UTC", **readers: Reader) -> MailRound:
    return MailRound(store, readers, tuple(readers), ZoneInfo(zone))


def test_once(store: Database) -> None:
    """From eight o'clock on Monday a reader gets it once, over restarts, and the next one a week later."""
    chat = Reader()
    for moment in (
        MONDAY - timedelta(minutes=1),
        MONDAY,
        MONDAY + timedelta(hours=1),
        MONDAY + timedelta(days=6),
    ):
        _round(store, chat=chat).send(moment)
    assert [letter.document["week"] for letter in chat.letters] == ["2026-W33"]
    _round(store, chat=chat).send(MONDAY + timedelta(days=7))
    assert [letter.document["week"] for letter in chat.letters] == ["2026-W33", "2026-W34"]


def test_late(store: Database) -> None:
    """Nobody watched on Monday: it is sent when somebody does again."""
    chat = Reader()
    _round(store, chat=chat).send(MONDAY + timedelta(days=3))
    assert len(chat.letters) == 1


def test_until_it_arrives(store: Database) -> None:
    """Who was away or refused is tried again, a defect too, and who had it gets no second one."""
    chat, mail = Reader(), Reader(Retryable("away"), Rejected("no"), RuntimeError("defect"))
    for hour in range(5):
        _round(store, chat=chat, mail=mail).send(MONDAY + timedelta(hours=hour))
    assert (len(chat.letters), len(mail.letters)) == (1, 1)
    assert chat.letters[0].id == mail.letters[0].id


def test_crash(store: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ended between sending and writing that down, the same letter comes again under the same id."""
    chat = Reader()
    with monkeypatch.context() as patched:
        patched.setattr("services.digest.mail_round.remember", _killed)
        with pytest.raises(KeyboardInterrupt):
            _round(store, chat=chat).send(MONDAY)
    _round(store, chat=chat).send(MONDAY)
    first, second = chat.letters
    assert first.id == second.id


def test_store_away(
    store: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Where the store does not answer, the watching goes on, and the next time it is sent."""
    chat = Reader()
    with monkeypatch.context() as patched:
        patched.setattr("services.digest.mail_round.first_hour", _refused)
        _round(store, chat=chat).send(MONDAY)
    assert "no digest this time: too much" in caplog.text
    _round(store, chat=chat).send(MONDAY)
    assert len(chat.letters) == 1


def _refused(*_: object) -> None:
    raise StoreError("too much")


def _killed(*_: object) -> None:
    raise KeyboardInterrupt


def test_zone(store: Database) -> None:
    """Eight o'clock is the zone's."""
    chat = Reader()
    _round(store, "America/New_York", chat=chat).send(MONDAY)
    assert chat.letters == []
    _round(store, "America/New_York", chat=chat).send(MONDAY + timedelta(hours=4))
    assert len(chat.letters) == 1


def test_before_all(store: Database) -> None:
    """A week before the first call has no digest, nor is anything made where nobody wants one."""
    chat = Reader()
    _round(store, chat=chat).send(MONDAY - timedelta(days=14))
    _round(store).send(MONDAY)
    assert chat.letters == []
