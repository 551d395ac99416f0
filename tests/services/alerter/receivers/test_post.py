"""Posting once: every status has one meaning, and nothing secret of an address is said."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx2
import pytest

from services.alerter.errors import Rejected, Retryable
from services.alerter.receivers import post
from services.alerter.receivers.post import READ, Post
from tests.services.alerter.receivers.ways import clock

URL = "https://user:hush@example.invalid/hush?key=hush"


def posting(answer: Callable[[httpx2.Request], httpx2.Response]) -> Post:
    """Return a post whose network is a function."""
    return Post(clock, httpx2.MockTransport(answer))


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (200, None),
        (202, None),
        (204, None),
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
        (501, Retryable),
        (503, Retryable),
    ],
)
def test_statuses(status: int, error: type[Exception] | None) -> None:
    """Each status is taken, retried or given up."""
    to = posting(
        lambda _: httpx2.Response(status, headers={"Location": "http://127.0.0.1/"}, text="why\x1b[31m")
    )
    if error is None:
        to.send(URL, b"{}")
        return
    with pytest.raises(error, match=rf"example\.invalid .*{status}") as raised:
        to.send(URL, b"{}")
    assert "hush" not in str(raised.value)
    assert str(raised.value).isprintable()


@pytest.mark.parametrize("error", [httpx2.ConnectError, httpx2.ReadTimeout, httpx2.RemoteProtocolError])
def test_network(error: type[httpx2.TransportError]) -> None:
    """A network that fails is worth another try."""

    def fail(request: httpx2.Request) -> httpx2.Response:
        raise error("gone", request=request)

    with pytest.raises(Retryable, match=r"no answer from example\.invalid"):
        posting(fail).send(URL, b"{}")


@pytest.mark.parametrize(
    "url", ["ftp://example.invalid/hush", "hush", "http://[::1/hush", "http://a" + "b" * 300]
)
def test_bad_url(url: str) -> None:
    """An address that cannot be posted to is a mistake in the configuration."""
    with pytest.raises(Rejected, match="no URL to post to") as raised:
        Post(clock).send(url, b"{}")
    assert "hush" not in str(raised.value)


def test_trickle(monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that comes in drops is left when it takes too long; what counts is the status."""
    monkeypatch.setattr(post, "LONGEST_S", 0.0)
    read = 0

    def drops() -> Iterator[bytes]:
        nonlocal read
        for _ in range(1000):
            read += 1
            yield b"x" * READ

    to = posting(lambda _: httpx2.Response(200, content=drops()))
    assert to.send(URL, b"{}").text.startswith("xxx")
    assert read < 10
