"""A letter arrives at every receiver that people read, once as what it is, whatever strangers wrote in it."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from services.alerter.errors import AlerterError, Rejected, Retryable
from services.alerter.receivers.letter import Letter, Reader
from services.alerter.receivers.webhook import signature
from tests.services.alerter.receivers.places import Answer
from tests.services.alerter.receivers.test_hostile import PAYLOADS
from tests.services.alerter.receivers.ways import ALL, SECRET, Way, opened

READERS = ("webhook", "slack webhook", "slack bot", "email", "apprise")
PARTS = (("Week 2026-W47", ("Spent 3 USD (n 12)", "One page")), ("What changed", ("prompt, v13 -> v14",)))
LETTER = Letter("d-1", "digest", PARTS, {"week": "2026-W47"})


@pytest.fixture(params=READERS)
def way(request: pytest.FixtureRequest) -> Iterator[Way]:
    """Each receiver that takes letters, with its place."""
    with opened(request.param) as found:
        yield found


def _post(way: Way, letter: Letter = LETTER) -> None:
    assert isinstance(way.receiver, Reader)
    way.receiver.post(letter)


def test_who_reads() -> None:
    """Who pages people takes no letters."""
    for name in ALL:
        with opened(name) as way:
            assert isinstance(way.receiver, Reader) == (name in READERS)


def test_arrives(way: Way) -> None:
    """All of it arrives, and a program has the document, signed."""
    _post(way)
    if way.name == "webhook":
        (asked,) = way.web.asked
        assert asked.json == {
            "schema_version": 1,
            "id": "d-1",
            "kind": "digest",
            "digest": {"week": "2026-W47"},
        }
        assert asked.headers["idempotency-key"] == "d-1"
        sent = signature(SECRET, asked.headers["x-fmwatch-timestamp"], asked.body)
        assert asked.headers["x-fmwatch-signature"] == sent
        return
    if way.name == "email":
        (mail,) = way.post.mails
        assert (mail["Subject"], mail["Message-ID"]) == ("Week 2026-W47", "<d-1@example.org>")
        text = mail.get_content()
    else:
        text = json.dumps(way.sent()[0], ensure_ascii=False)
        assert "Week 2026-W47" in text
    for said in ("Spent 3 USD (n 12)", "What changed", "prompt, v13 -"):
        assert said in text


@pytest.mark.parametrize(
    ("answer", "word", "error"),
    [(Answer(503), "451 later", Retryable), (Answer(404, "no_service"), "554 no", Rejected)],
)
def test_fails(way: Way, answer: Answer, word: str, error: type[AlerterError]) -> None:
    """What a receiver answers means what it means for an alert."""
    way.web.next(answer)
    way.post.refusals = {"DATA": word}
    with pytest.raises(Retryable if way.name == "apprise" else error):
        _post(way)


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize("way", ["slack webhook", "email", "apprise"], indirect=True)
def test_strangers(way: Way, payload: str) -> None:
    """A stranger's words become no mention, no link, no markup and no header, and break no limit."""
    said = PAYLOADS[payload]
    _post(way, Letter("d-2", "digest", ((said, (said, said)), (said, (said,) * 100)), {}))
    if way.name == "email":
        (mail,) = way.post.mails
        assert mail["Bcc"] is None
        assert mail.get_content_type() == "text/plain"
        text = mail.get_content()
    else:
        (body,) = way.sent()
        text = json.dumps(body, ensure_ascii=False)
        if way.name == "slack webhook":
            texts = [block["text"] for block in body["blocks"]]
            assert {one["type"] for one in texts} == {"plain_text"}
            assert max(len(one["text"]) for one in texts) <= 3000
            assert len(texts[0]["text"]) <= 150
            text = text.replace("&lt;", "").replace("&amp;", "")
            assert "<" not in text
    for word in ("@here", "https://evil", "www.evil", "mailto:", "\x07", "\u202e"):
        assert word not in text
