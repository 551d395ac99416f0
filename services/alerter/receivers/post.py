"""Posting over HTTP once, and what every answer means: the one table of all receivers that speak HTTP.

| answer | what to do |
|---|---|
| 2xx | it is delivered |
| 3xx | reject: redirects are not followed, the final address belongs in the configuration |
| 408, 425, 429 and 5xx | retry; after the seconds or at the date of `Retry-After`, where that is said |
| any other | reject: somebody must correct something |
| no connection, no answer in time, no HTTP | retry |
| an address that cannot be posted to | reject |
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import httpx2

from services.alerter.errors import Rejected, Retryable
from services.alerter.receivers.text import plain

TIMEOUT_S = 5.0  # to connect, and between two pieces of the answer
LONGEST_S = 10.0  # for all of an answer; what came by then is enough
READ = 16_384  # bytes of an answer that are looked at
SHOWN = 200  # characters of an answer that are said
AGAIN = frozenset({408, 425, 429})  # the client errors that pass with time

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back with a good status.

    Attributes
    ----------
    body : its beginning, as sent
    """

    body: str

    @property
    def text(self) -> str:
        """What a person may be shown of it."""
        return plain(self.body.strip(), SHOWN)


class Post:
    """Posts JSON to any address, without following redirects and without a proxy of the environment.

    Parameters
    ----------
    clock : aware UTC now
    transport : instead of the network, for tests
    """

    def __init__(self, clock: Clock, transport: httpx2.BaseTransport | None = None) -> None:
        self._clock = clock
        # A redirect could point into the receiver's own network. Notifications are rare: a connection kept
        # open would be one that the other side has dropped since.
        self._client = httpx2.Client(
            timeout=TIMEOUT_S,
            follow_redirects=False,
            trust_env=False,
            transport=transport,
            limits=httpx2.Limits(max_keepalive_connections=0),
        )

    def send(self, url: str, body: bytes, headers: Mapping[str, str] | None = None) -> Answer:
        """Post it once; return what was answered, or raise `Retryable` or `Rejected`.

        Messages name the host only: path and user of an address may be its secret.
        """
        place = host(url)
        sent = {"Content-Type": "application/json; charset=utf-8", "Accept-Encoding": "identity"}
        try:
            with self._client.stream("POST", url, content=body, headers=sent | dict(headers or {})) as answer:
                text = _beginning(answer)
        except (httpx2.InvalidURL, httpx2.UnsupportedProtocol, UnicodeError) as error:
            raise Rejected(f"its address is no URL to post to: {type(error).__name__}") from error
        except httpx2.RequestError as error:
            raise Retryable(f"no answer from {place}: {type(error).__name__}") from error
        self._judge(place, answer, text)
        return Answer(text)

    def _judge(self, place: str, answer: httpx2.Response, text: str) -> None:
        status = answer.status_code
        if answer.is_success:
            return
        if answer.is_redirect:
            raise Rejected(
                f"{place} redirects ({status}); redirects are not followed: configure the final URL"
            )
        said = f": {plain(text.strip(), SHOWN)}" if text.strip() else ""
        if status in AGAIN or answer.is_server_error:
            raise Retryable(f"{place} answered {status}{said}", self._after_s(answer))
        raise Rejected(f"{place} refuses it ({status}){said}; check its address and secret")

    def _after_s(self, answer: httpx2.Response) -> float | None:
        value = answer.headers.get("Retry-After", "").strip()
        if value.isascii() and value.isdecimal():
            return float(value[:9])
        try:
            moment = parsedate_to_datetime(value)
        except ValueError:
            return None
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return max(0.0, (moment - self._clock()).total_seconds())


def host(url: str) -> str:
    """Return the part of an address that is no secret."""
    try:
        return urlsplit(url).hostname or "the receiver"
    except ValueError:
        return "the receiver"


def _beginning(answer: httpx2.Response) -> str:
    """Read as much as is looked at; an answer that trickles or never ends does not hold up the rest."""
    end = time.monotonic() + LONGEST_S
    found = b""
    try:
        for piece in answer.iter_bytes(READ):
            found += piece
            if len(found) >= READ or time.monotonic() > end:
                break
    except httpx2.RequestError:
        pass  # the status is known: that counts
    return found[:READ].decode("utf-8", "replace")
