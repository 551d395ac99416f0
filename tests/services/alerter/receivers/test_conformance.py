"""One retry table for every receiver: what each answer of a real server means."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from services.alerter.errors import AlerterError, Dropped, Rejected, Retryable
from services.alerter.receivers import mail, post
from services.alerter.receivers.base import Beat, Beating, Kind, Renewing
from tests.services.alerter.receivers.places import SILENT, Answer
from tests.services.alerter.receivers.ways import ALL, HTTP, NOW, Way, notification, opened
from tests.services.alerter.receivers.ways import alert as some_alert

# What a web server answers, what a mail server answers at which word, and what to do about it.
TABLE = {
    "busy": (Answer(503, "try later"), {"DATA": "451 try later"}, Retryable),
    "broken": (Answer(500, "oops"), {"MAIL": "452 no room"}, Retryable),
    "slow down": (Answer(429, "", {"Retry-After": "17"}), {"MAIL": "421 too many connections"}, Retryable),
    "too slow": (Answer(408), {"RCPT": "450 greylisted"}, Retryable),
    "malformed": (Answer(400, "invalid_payload"), {"DATA": "554 no"}, Rejected),
    "unauthorised": (Answer(401), {"AUTH": "535 5.7.8 no"}, Rejected),
    "forbidden": (Answer(403, "action_prohibited"), {"MAIL": "550 no"}, Rejected),
    "unknown": (Answer(404, "no_service"), {"RCPT": "550 no such user"}, Rejected),
    "gone": (Answer(410, "channel_is_archived"), {"RCPT": "551 moved"}, Rejected),
    "elsewhere": (Answer(307, "", {"Location": "http://127.0.0.1:9/"}), {"RCPT": "551 moved"}, Rejected),
}


@pytest.fixture(params=ALL)
def way(request: pytest.FixtureRequest) -> Iterator[Way]:
    """Each receiver with its place."""
    with opened(request.param) as found:
        yield found


@pytest.mark.parametrize("situation", TABLE)
def test_table(way: Way, situation: str) -> None:
    """Each answer is tried again or given up, by every receiver the same; the next attempt arrives."""
    answer, refusals, error = TABLE[situation]
    way.web.next(answer)
    way.post.refusals = refusals
    if way.name == "apprise":
        error = Retryable  # it does not say why
    with pytest.raises(AlerterError) as raised:
        way.receiver.notify(notification())
    assert type(raised.value) is error
    assert "hush" not in str(raised.value)
    way.post.refusals = {}
    way.receiver.notify(notification())


@pytest.mark.parametrize("way", [name for name in ALL if name != "apprise"], indirect=True)
@pytest.mark.parametrize(
    ("header", "after_s"),
    [
        ("17", 17.0),
        ((NOW + timedelta(seconds=90)).strftime("%a, %d %b %Y %H:%M:%S GMT"), 90.0),
        ((NOW - timedelta(seconds=90)).strftime("%a, %d %b %Y %H:%M:%S GMT"), 0.0),
        ("soon", None),
        ("", None),
    ],
)
def test_slow_down(way: Way, header: str, after_s: float | None) -> None:
    """Who asks to be left alone says for how long, in seconds or by a date; a mail server never does."""
    way.web.next(Answer(429, "", {"Retry-After": header}))
    way.post.refusals = {"MAIL": "421 later"}
    with pytest.raises(Retryable) as raised:
        way.receiver.notify(notification())
    assert raised.value.after_s == (None if way.name == "email" else after_s)


@pytest.mark.parametrize("name", ALL)
def test_silent(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who takes a connection and says nothing is left after a while, and tried again."""
    monkeypatch.setattr(post, "TIMEOUT_S", 0.3)
    monkeypatch.setattr(mail, "TIMEOUT_S", 0.3)
    with opened(name) as way:
        way.web.next(Answer(SILENT))
        way.post.refusals = {"SILENT": ""}
        with pytest.raises(Retryable, match=r"no answer from|apprise"):
            way.receiver.notify(notification())


def test_away(way: Way) -> None:
    """Where nobody listens, it is tried again."""
    with pytest.raises(Retryable, match=r"no answer from|apprise"):
        way.away.notify(notification())


@pytest.mark.parametrize("kind", ["fire", "renotify", "acknowledge", "resolve", "change"])
def test_kinds(way: Way, kind: Kind) -> None:
    """A receiver sends each kind or knowingly drops it; what it drops is not sent."""
    dropped = False
    try:
        way.receiver.notify(notification(kind))
    except Dropped:
        dropped = True
    assert dropped != bool(way.web.asked or way.post.envelopes)
    assert not dropped or kind in {"acknowledge", "change"}


@pytest.mark.parametrize("kind", ["fire", "resolve"])
def test_again(way: Way, kind: Kind) -> None:
    """The same notification sent twice is the same twice, so that the receiver can know it."""
    for _ in range(2):
        way.receiver.notify(notification(kind))
    if way.name == "email":
        first, second = way.post.mails
        assert first["Message-ID"] == second["Message-ID"]
    else:
        first_body, second_body = (one.body for one in way.web.asked)
        assert first_body == second_body


@pytest.mark.parametrize("way", HTTP, indirect=True)
def test_long_answer(way: Way) -> None:
    """An answer without end is not read to its end."""
    if way.name != "slack bot":  # which has to say how it calls the message
        way.web.next(Answer(202, "x" * 10_000_000))
    said = way.receiver.notify(notification())
    assert said is not None
    assert len(said.text) <= post.SHOWN


@pytest.mark.parametrize("way", ["alertmanager", "webhook"], indirect=True)
@pytest.mark.parametrize("situation", ["busy", "malformed"])
def test_beat(way: Way, situation: str) -> None:
    """Heartbeats and renewals go by the same table."""
    answer, _, error = TABLE[situation]
    assert isinstance(way.receiver, Beating)
    way.web.next(answer, answer)
    with pytest.raises(error):
        way.receiver.beat(Beat(NOW, NOW, 300))
    if isinstance(way.receiver, Renewing):
        with pytest.raises(error):
            way.receiver.renew([some_alert()])
