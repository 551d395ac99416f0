"""The webhook posts signed JSON once, and says what every answer means."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable

import httpx2
import pytest

from services.alerter.alert import at
from services.alerter.errors import Rejected, Retryable
from services.alerter.grouping import Grouping
from services.alerter.receivers.base import Notification
from services.alerter.receivers.webhook import Webhook
from services.alerter.rules import Rules
from tests.services.alerter.signals import ANSWER, DAY, signal

SECRET = b"shared"
Answer = Callable[[httpx2.Request], httpx2.Response]


def notification() -> Notification:
    """Return the notification of a firing alert."""
    (alert,) = Grouping(Rules()).take([signal("error", ANSWER, note="<script>")], at(DAY + 5))
    return Notification("n1", "fire", alert)


def webhook(answer: Answer, url: str = "https://example.invalid/hook") -> Webhook:
    """Return a webhook whose network is a function."""
    return Webhook(url, SECRET, clock=lambda: at(DAY + 6), transport=httpx2.MockTransport(answer))


def test_signed() -> None:
    """The signature covers timestamp and body; the key is the same for every attempt."""
    seen: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(204)

    webhook(answer).notify(notification())
    (request,) = seen
    stamped = request.headers["X-Fmwatch-Timestamp"].encode() + b"." + request.content
    expected = "sha256=" + hmac.new(SECRET, stamped, hashlib.sha256).hexdigest()
    assert request.headers["X-Fmwatch-Signature"] == expected
    assert request.headers["Idempotency-Key"] == "n1"
    body = json.loads(request.content)
    assert (body["schema_version"], body["kind"], body["alert"]["signal"]) == (1, "fire", "error")


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (200, None),
        (202, None),
        (301, Rejected),  # it might lead into the receiver's own network
        (307, Rejected),
        (400, Rejected),
        (401, Rejected),
        (404, Rejected),
        (408, Retryable),
        (410, Rejected),
        (425, Retryable),
        (429, Retryable),
        (500, Retryable),
        (503, Retryable),
    ],
)
def test_answers(status: int, error: type[Exception] | None) -> None:
    """Each answer is taken, retried or given up."""
    hook = webhook(lambda _: httpx2.Response(status, headers={"Location": "http://127.0.0.1/"}))
    if error is None:
        hook.notify(notification())
    else:
        with pytest.raises(error, match=str(status)):
            hook.notify(notification())


@pytest.mark.parametrize(("header", "after_s"), [("17", 17.0), ("Wed, 21 Oct 2026 07:28:00 GMT", None)])
def test_retry_after(header: str, after_s: float | None) -> None:
    """A receiver may say in seconds when to come back."""
    hook = webhook(lambda _: httpx2.Response(429, headers={"Retry-After": header}))
    with pytest.raises(Retryable) as raised:
        hook.notify(notification())
    assert raised.value.after_s == after_s


@pytest.mark.parametrize("error", [httpx2.ConnectError, httpx2.ReadTimeout, httpx2.RemoteProtocolError])
def test_network(error: type[httpx2.TransportError]) -> None:
    """A network that fails is worth another try."""

    def fail(request: httpx2.Request) -> httpx2.Response:
        raise error("gone", request=request)

    with pytest.raises(Retryable, match="no answer"):
        webhook(fail).notify(notification())


def test_bad_url() -> None:
    """A URL that cannot be posted to is a mistake in the configuration."""
    hook = Webhook("ftp://example.invalid", SECRET, clock=lambda: at(DAY))
    with pytest.raises(Rejected, match="URL"):
        hook.notify(notification())
    hook.close()
