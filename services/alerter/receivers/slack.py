"""Alerts in a Slack channel: https://docs.slack.dev/messaging.

An incoming webhook can only post. With a bot's token the message of an alert is rewritten as the alert lives
on, and what must be heard again is a reply in its thread that the channel sees too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import httpx2

from services.alerter.errors import Dropped, Rejected, Retryable
from services.alerter.message import Message, message
from services.alerter.receivers.base import Notification, Said
from services.alerter.receivers.letter import Letter
from services.alerter.receivers.post import Answer, Clock, Post
from services.alerter.receivers.text import escaped

API = "https://slack.com/api"
HEADER, TEXT, FIELD, FIELDS = 150, 3000, 2000, 10  # Slack's limits: characters, and fields of a section
LINE, BLOCKS = 600, 40  # characters of a letter's line; parts of it, of the 50 blocks that a message may have
SHOWN = 500  # characters of a field that help somebody who has just woken up
# What passes with time; every other error of the Web API is somebody's to correct.
BUSY = frozenset(
    {"ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable", "request_timeout"}
)
# The message is not ours to change any more: say it anew.
GONE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed", "thread_not_found"})


_UNTOUCHED = {"mrkdwn": False, "unfurl_links": False, "unfurl_media": False}


class SlackWebhook:
    """Posts one message for each notification to the channel of an incoming webhook.

    Parameters
    ----------
    url : the webhook's, which is its secret
    clock : aware UTC now
    transport : instead of the network, for tests
    """

    def __init__(self, url: str, *, clock: Clock, transport: httpx2.BaseTransport | None = None) -> None:
        self.url = url
        self._post = Post(clock, transport)

    def notify(self, notification: Notification) -> Said:
        """Post it once."""
        return self._sent(_posted(_said(notification)))

    def post(self, letter: Letter) -> Said:
        """Post a letter as one message."""
        return self._sent(_lettered(letter))

    def _sent(self, body: Mapping[str, object]) -> Said:
        answer = self._post.send(self.url, _json(body))
        _judged(answer)
        return Said(answer.text)


class SlackBot:
    """Posts one message for each alert and rewrites it when the alert changes.

    Parameters
    ----------
    token : of a bot that may write in the channel (scope chat:write)
    channel : its id
    api : where the Web API is
    clock : aware UTC now
    transport : instead of the network, for tests
    """

    def __init__(
        self,
        token: str,
        channel: str,
        *,
        api: str = API,
        clock: Clock,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        self.token = token
        self.channel = channel
        self.api = api.rstrip("/")
        self._post = Post(clock, transport)

    def notify(self, notification: Notification) -> Said:
        """Post the alert's message, or rewrite it; where it is gone, post what there is to say."""
        said = _said(notification)
        channel, _, moment = notification.reference.partition(":")
        if not moment:
            return self._new(said)
        try:
            self._call("chat.update", {"channel": channel, "ts": moment, **_words(said)})
        except _Gone:
            return self._new(said)
        if notification.kind == "renotify":
            reply = {"thread_ts": moment, "reply_broadcast": True}
            self._call("chat.postMessage", {"channel": channel, **_posted(said), **reply})
        return Said(f"rewrote {moment}", notification.reference)

    def post(self, letter: Letter) -> Said:
        """Post a letter as one message."""
        answer = self._call("chat.postMessage", {"channel": self.channel, **_lettered(letter)})
        return Said(f"posted {answer.get('ts', '')}")

    def _new(self, said: Message) -> Said:
        answer = self._call("chat.postMessage", {"channel": self.channel, **_posted(said)})
        # The answer's channel is an id also where ours is a name, and only that can be rewritten.
        place = f"{answer.get('channel') or self.channel}:{answer.get('ts', '')}"
        return Said(f"posted {answer.get('ts', '')}", place)

    def _call(self, method: str, body: Mapping[str, object]) -> Mapping[str, Any]:
        headers = {"Authorization": f"Bearer {self.token}"}
        return _judged(self._post.send(f"{self.api}/{method}", _json(body), headers))


class _Gone(Rejected):
    """The message to be rewritten is not there any more."""


def _said(notification: Notification) -> Message:
    if notification.kind == "change":
        raise Dropped("a change is told in the alert's own message")
    return message(notification)


def _words(said: Message) -> dict[str, object]:
    """Return a message's text and blocks; what strangers wrote is plain text, where nothing is markup."""
    fields = [_plain(f"{name}\n", value, min(SHOWN, FIELD)) for name, value in said.fields]
    blocks: list[dict[str, object]] = [{"type": "header", "text": _plain("", said.headline, HEADER)}]
    blocks += [
        {"type": "section", "fields": fields[start : start + FIELDS]}
        for start in range(0, len(fields), FIELDS)
    ]
    if said.links:
        links = " · ".join(f"<{_address(url)}|{escaped(text, HEADER)}>" for text, url in said.links)
        blocks.append({"type": "section", "text": {"type": "mrkdwn", "text": links[:TEXT], "verbatim": True}})
    # `text` is what a phone shows of it.
    return {"text": escaped(said.headline, TEXT), "blocks": blocks, "parse": "none", "link_names": False}


def _posted(said: Message) -> dict[str, object]:
    return {**_words(said), **_UNTOUCHED}


def _lettered(letter: Letter) -> dict[str, object]:
    """Return a letter as blocks of plain text; a part longer than a block is cut at a line."""
    blocks: list[dict[str, object]] = [{"type": "header", "text": _plain("", letter.subject, HEADER)}]
    for number, (heading, lines) in enumerate(letter.parts[:BLOCKS]):
        rows = [
            *([escaped(heading, HEADER)] if number else []),
            *(f"• {escaped(one, LINE)}" for one in lines),
        ]
        while len("\n".join(rows)) > TEXT:
            rows.pop()
        text = {"type": "plain_text", "text": "\n".join(rows), "emoji": False}
        blocks.append({"type": "section", "text": text})
    said = {"text": escaped(letter.subject, TEXT), "blocks": blocks, "parse": "none", "link_names": False}
    return {**said, **_UNTOUCHED}


def _plain(before: str, text: str, limit: int) -> dict[str, object]:
    return {"type": "plain_text", "text": before + escaped(text, limit - len(before)), "emoji": False}


def _address(url: str) -> str:
    return str(httpx2.URL(url)).replace("&", "&amp;").replace("|", "%7C").replace(">", "%3E")


def _json(body: Mapping[str, object]) -> bytes:
    return json.dumps(body, allow_nan=False).encode()


def _judged(answer: Answer) -> Mapping[str, Any]:
    """Return what Slack says in a good answer; with a good status it still may be an error."""
    try:
        found = json.loads(answer.body)
    except ValueError:
        return {}  # a webhook answers "ok"
    if not isinstance(found, dict) or found.get("ok", True):
        return found if isinstance(found, dict) else {}
    error = str(found.get("error", "no reason"))[:80]
    if error in BUSY:
        raise Retryable(f"Slack answered {error}")
    if error in GONE:
        raise _Gone(f"Slack answered {error}")
    raise Rejected(f"Slack refuses it: {error}; check the token, its scope chat:write, and the channel")
