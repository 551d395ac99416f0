"""Alerts as signed JSON to any URL."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping

import httpx2

from services import alert_json
from services.alerter.receivers.base import Beat, Notification, Said
from services.alerter.receivers.letter import Letter
from services.alerter.receivers.post import Clock, Post
from services.wording.links import Addresses

SCHEMA_VERSION = 1


class Webhook:
    """Posts each notification to one URL, signed.

    The body is `{schema_version, id, kind, alert}`, of a heartbeat `{schema_version, id, kind, at,
    watched_until, every_s}`, and of a digest `{schema_version, id, kind, digest}`. `X-Fmwatch-Signature` is
    `sha256=` and the hex HMAC-SHA256 of timestamp, a dot and the body under the shared secret;
    `X-Fmwatch-Timestamp` is that timestamp in seconds, so that a receiver can refuse old copies.
    `Idempotency-Key` is the same for every attempt.

    Parameters
    ----------
    url : where to post
    secret : shared with the receiver; without one the post is unsigned
    clock : aware UTC now
    at : where the alert's links lead
    transport : instead of the network, for tests
    """

    def __init__(
        self,
        url: str,
        secret: bytes = b"",
        *,
        clock: Clock,
        at: Addresses | None = None,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        self.url = url
        self.secret = secret
        self.clock = clock
        self.at = at
        self._post = Post(clock, transport)

    def notify(self, notification: Notification) -> Said:
        """Post it once; the outbox decides about another time."""
        return self._send(notification.id, encode(notification, self.at))

    def beat(self, beat: Beat) -> None:
        """Post a heartbeat; each has an id of its own."""
        at = alert_json.stamp(beat.at)
        until = alert_json.stamp(beat.watched_until)
        more = {"at": at, "watched_until": until, "every_s": beat.every_s}
        self._send(f"heartbeat-{at}", _encoded(f"heartbeat-{at}", "heartbeat", more))

    def post(self, letter: Letter) -> Said:
        """Post a letter's document, under the name of its kind."""
        body = _encoded(letter.id, letter.kind, {letter.kind: letter.document})
        return self._send(letter.id, body)

    def _send(self, id_: str, body: bytes) -> Said:
        timestamp = str(int(self.clock().timestamp()))
        headers = {"Idempotency-Key": id_, "X-Fmwatch-Timestamp": timestamp}
        if self.secret:
            headers["X-Fmwatch-Signature"] = signature(self.secret, timestamp, body)
        return Said(self._post.send(self.url, body, headers).text)


def encode(notification: Notification, at: Addresses | None = None) -> bytes:
    """Return the body of a notification."""
    alert = {"alert": alert_json.document(notification.alert, at)}
    return _encoded(notification.id, notification.kind, alert)


def signature(secret: bytes, timestamp: str, body: bytes) -> str:
    """Return the header that proves who sent this body, and when."""
    return "sha256=" + hmac.new(secret, timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def _encoded(id_: str, kind: str, more: Mapping[str, object]) -> bytes:
    document = {"schema_version": SCHEMA_VERSION, "id": id_, "kind": kind, **more}
    # A lone surrogate has no bytes: a strict reader would refuse the whole body for it.
    text = json.dumps(document, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace")
