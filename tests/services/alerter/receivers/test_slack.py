"""Slack shows an alert as one message: posted, and with a bot's token rewritten as the alert lives on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from services.alerter.errors import Rejected, Retryable
from services.alerter.message import Message
from services.alerter.receivers import slack
from services.alerter.receivers.base import Kind, Notification
from services.alerter.receivers.slack import SlackBot, SlackWebhook
from tests.services.alerter.receivers.places import Answer, Web
from tests.services.alerter.receivers.ways import POSTED, clock, notification


@pytest.fixture
def web() -> Iterator[Web]:
    """Slack, as it answers."""
    with Web().open() as found:
        yield found


def bot(web: Web) -> SlackBot:
    """Return a bot that writes there."""
    web.usual = POSTED
    return SlackBot("xoxb-hush", "general", api=web.url, clock=clock)


def told(notification: Notification, reference: str) -> Notification:
    """Return a notification of an alert whose message Slack called so."""
    return replace(notification, reference=reference)


def error(name: str) -> Answer:
    """Return how the Web API says that something is wrong."""
    return Answer(body=json.dumps({"ok": False, "error": name}))


def test_rewritten(web: Web) -> None:
    """A bot posts once, then rewrites that message; that it has grown the channel hears anew."""
    writer = bot(web)
    posted = writer.notify(notification("fire"))
    assert posted.reference == "C1:1700000000.000100"
    later: tuple[Kind, ...] = ("renotify", "acknowledge", "resolve")
    for kind in later:
        assert writer.notify(told(notification(kind), posted.reference)).reference == posted.reference
    paths = [asked.path.lstrip("/") for asked in web.asked]
    assert paths == ["chat.postMessage", "chat.update", "chat.postMessage", "chat.update", "chat.update"]
    bodies = [asked.json for asked in web.asked]
    assert bodies[0]["channel"] == "general"
    assert {(body["channel"], body["ts"]) for body in bodies if "ts" in body} == {("C1", "1700000000.000100")}
    assert (bodies[2]["thread_ts"], bodies[2]["reply_broadcast"]) == ("1700000000.000100", True)
    assert bodies[4]["text"].startswith("Over: support/answer")
    assert {asked.headers["authorization"] for asked in web.asked} == {"Bearer xoxb-hush"}


@pytest.mark.parametrize("name", ["message_not_found", "cant_update_message", "edit_window_closed"])
def test_message_gone(web: Web, name: str) -> None:
    """Where the message is gone, what there is to say is posted anew and known by its new name."""
    writer = bot(web)
    web.next(error(name))
    said = writer.notify(told(notification("resolve"), "C1:1.2"))
    assert said.reference == "C1:1700000000.000100"
    assert web.asked[-1].path.endswith("chat.postMessage")


@pytest.mark.parametrize(
    ("name", "raised"),
    [
        ("ratelimited", Retryable),
        ("internal_error", Retryable),
        ("fatal_error", Retryable),
        ("service_unavailable", Retryable),
        ("invalid_auth", Rejected),
        ("channel_not_found", Rejected),
        ("not_in_channel", Rejected),
        ("missing_scope", Rejected),
        ("a name of the future", Rejected),
    ],
)
def test_errors(web: Web, name: str, raised: type[Exception]) -> None:
    """With a good status Slack may still say that something is wrong, and what."""
    web.next(error(name))
    with pytest.raises(raised, match=name):
        bot(web).notify(notification())


def test_webhook(web: Web) -> None:
    """An incoming webhook gets a message for each notification."""
    writer = SlackWebhook(f"{web.url}/services/T0/B0/x", clock=clock)
    kinds: tuple[Kind, ...] = ("fire", "acknowledge", "resolve")
    for kind in kinds:
        assert writer.notify(notification(kind)).text == "ok"
    texts = [asked.json["text"] for asked in web.asked]
    assert [text.split("support")[0] for text in texts] == ["", "acknowledged: ", "Over: "]


def test_links() -> None:
    """Links of our own making are links, and their words are words."""
    words: dict[str, Any] = slack._words(
        Message("x", (), (("see <here>", "https://fm.example/a?b=1&c=2|<!channel>"),))
    )
    section = words["blocks"][-1]
    assert section["text"]["text"] == ("<https://fm.example/a?b=1&amp;c=2%7C%3C!channel%3E|see &lt;here&gt;>")
