"""The webhook posts signed JSON, which whoever gets it can check as docs/receivers.md says."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from services.alerter.receivers.base import Beat
from services.alerter.receivers.webhook import Webhook, encode
from services.wording.links import Addresses
from tests.services.alerter.receivers.places import Web
from tests.services.alerter.receivers.ways import NOW, SECRET, notification

PAGE = Path(__file__).parents[4] / "docs" / "receivers.md"


@pytest.fixture
def web() -> Iterator[Web]:
    """A web server."""
    with Web().open() as found:
        yield found


def test_signed(web: Web) -> None:
    """The signature covers timestamp and body; the key is the same for every attempt."""
    Webhook(web.url, SECRET, clock=lambda: NOW).notify(notification(note="<script>"))
    (asked,) = web.asked
    stamped = asked.headers["x-fmwatch-timestamp"].encode() + b"." + asked.body
    expected = "sha256=" + hmac.new(SECRET, stamped, hashlib.sha256).hexdigest()
    assert asked.headers["x-fmwatch-signature"] == expected
    assert asked.headers["idempotency-key"] == "n-fire"
    body = asked.json
    assert (body["schema_version"], body["kind"], body["alert"]["signal"]) == (1, "fire", "error")
    assert body["alert"]["note"] == "<script>"


def test_contract(web: Web) -> None:
    """The alert has the fields of the contract, without those that make a record of llm.alerts of it."""
    contract = json.loads((PAGE.parent / "contract" / "alert.schema.json").read_text())["properties"]
    Webhook(web.url, SECRET, clock=lambda: NOW).notify(notification())
    assert set(web.asked[0].json["alert"]) == set(contract) - {"schema_version", "record_id", "updated_at"}


def test_links() -> None:
    """The alert's links lead to the console that the configuration names."""
    body = json.loads(encode(notification(), Addresses("https://fmwatch.example.org")))
    assert [link["name"] for link in body["alert"]["links"]] == ["Look", "Runbook"]
    assert body["alert"]["links"][0]["url"].startswith("https://fmwatch.example.org/alerts/")


def test_unsigned(web: Web) -> None:
    """Without a secret there is no signature."""
    Webhook(web.url, clock=lambda: NOW).notify(notification())
    assert "x-fmwatch-signature" not in web.asked[0].headers


def test_beat(web: Web) -> None:
    """A heartbeat says up to when is watched and when the next is due; each has an id of its own."""
    hook = Webhook(web.url, SECRET, clock=lambda: NOW)
    hook.beat(Beat(NOW, None, 300))
    hook.beat(Beat(NOW.replace(second=30), NOW, 300))
    first, second = (json.loads(asked.body) for asked in web.asked)
    assert (first["kind"], first["watched_until"], first["every_s"]) == ("heartbeat", None, 300)
    assert second["watched_until"]
    assert first["id"] != second["id"]


def documented() -> Callable[..., bool]:
    """Return the function of the page by which a receiver checks what it gets."""
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    found: dict[str, Any] = {}
    exec(code, found)  # noqa: S102 -- what the page says, as a reader would run it
    genuine: Callable[..., bool] = found["genuine"]
    return genuine


def test_documented(web: Web) -> None:
    """What the page says to do takes what we send, and nothing else: not changed, not old, not another's."""
    genuine = documented()
    Webhook(web.url, SECRET, clock=lambda: datetime.now(UTC)).notify(notification())
    (asked,) = web.asked
    old = {**asked.headers, "x-fmwatch-timestamp": str(int(time.time()) - 301)}
    assert genuine(SECRET, asked.headers, asked.body)
    assert not genuine(SECRET, asked.headers, asked.body + b" ")
    assert not genuine(b"other", asked.headers, asked.body)
    assert not genuine(SECRET, old, asked.body)
    assert not genuine(SECRET, {}, asked.body)
