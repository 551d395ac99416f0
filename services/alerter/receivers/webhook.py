"""Alerts as signed JSON to any URL."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import datetime

import httpx2

from services import alert_json
from services.alerter.errors import Rejected, Retryable
from services.alerter.receivers.base import Notification

TIMEOUT_S = 5.0
AGAIN = frozenset({408, 425, 429})  # the client errors that pass with time


class Webhook:
    """Posts each notification to one URL, signed, without following redirects.

    The body is `{schema_version, id, kind, alert}`. `X-Fmwatch-Signature` is `sha256=` and the hex
    HMAC-SHA256 of timestamp, a dot and the body under the shared secret; `X-Fmwatch-Timestamp` is that
    timestamp in seconds, so that a receiver can refuse old copies. `Idempotency-Key` is the same for every
    attempt.

    Parameters
    ----------
    url : where to post
    secret : shared with the receiver; without one the post is unsigned
    clock : aware UTC now
    transport : instead of the network, for tests
    """

    def __init__(
        self,
        url: str,
        secret: bytes = b"",
        *,
        clock: Callable[[], datetime],
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        self.url = url
        self.secret = secret
        self.clock = clock
        # A redirect could point into the receiver's own network: the final URL belongs in the configuration.
        self._client = httpx2.Client(
            timeout=TIMEOUT_S, follow_redirects=False, trust_env=False, transport=transport
        )

    def notify(self, notification: Notification) -> None:
        """Post it once; the outbox decides about another time."""
        body = encode(notification)
        try:
            answer = self._client.post(self.url, content=body, headers=self._headers(notification, body))
        except (httpx2.InvalidURL, httpx2.UnsupportedProtocol) as error:
            raise Rejected(f"{self.url} is no URL to post to: {error}") from error
        except httpx2.TransportError as error:
            raise Retryable(f"no answer from {self.url}: {type(error).__name__}") from error
        _judge(self.url, answer)

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def _headers(self, notification: Notification, body: bytes) -> dict[str, str]:
        timestamp = str(int(self.clock().timestamp()))
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": notification.id,
            "X-Fmwatch-Timestamp": timestamp,
        }
        if self.secret:
            headers["X-Fmwatch-Signature"] = signature(self.secret, timestamp, body)
        return headers


def encode(notification: Notification) -> bytes:
    """Return the body of a notification."""
    document = {
        "schema_version": 1,
        "id": notification.id,
        "kind": notification.kind,
        "alert": alert_json.document(notification.alert),
    }
    return json.dumps(document, allow_nan=False, separators=(",", ":")).encode()


def signature(secret: bytes, timestamp: str, body: bytes) -> str:
    """Return the header that proves who sent this body, and when."""
    return "sha256=" + hmac.new(secret, timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def _judge(url: str, answer: httpx2.Response) -> None:
    status = answer.status_code
    if answer.is_success:
        return
    if answer.is_redirect:
        raise Rejected(f"{url} redirects ({status}); redirects are not followed: configure the final URL")
    if status in AGAIN or answer.is_server_error:
        raise Retryable(f"{url} answered {status}", _retry_after(answer))
    raise Rejected(f"{url} refuses the notification ({status}); check its URL and secret")


def _retry_after(answer: httpx2.Response) -> float | None:
    # A date is also allowed there; then our own schedule is good enough.
    value = answer.headers.get("Retry-After", "")
    return float(value) if value.isdecimal() else None
