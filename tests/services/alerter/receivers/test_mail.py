"""Mails go over a closed line with a password, and those of one alert are one conversation."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from dataclasses import replace

import pytest

from services.alerter.errors import Rejected, Retryable
from services.alerter.receivers.base import Kind
from services.alerter.receivers.mail import Mail, Server
from tests.services.alerter.receivers.places import PASSWORD, USER, Post
from tests.services.alerter.receivers.ways import FROM, TO, alert, clock, notification


@pytest.fixture(scope="module")
def served() -> Iterator[Post]:
    """A mail server."""
    with Post().open() as found:
        yield found


@pytest.fixture
def post(served: Post) -> Post:
    """It, without what other tests left."""
    served.refusals.clear()
    served.envelopes.clear()
    return served


def mail(post: Post, **more: str) -> Mail:
    """Return a sender of mails over it."""
    server = replace(Server("localhost", post.port, "starttls", USER, PASSWORD), **more)  # type: ignore[arg-type]
    return Mail(server, FROM, TO, clock=clock, trust=post.trust)


def test_conversation(post: Post) -> None:
    """Each mail has its own id and refers to the alert; nothing answers it by itself."""
    kinds: tuple[Kind, ...] = ("fire", "renotify", "resolve")
    for kind in kinds:
        assert mail(post).notify(notification(kind)).text == "taken for 2 of 2 addresses"
    fire, wider, over = post.mails
    assert post.users[-1] == USER
    assert fire["Subject"].strip().startswith("[page] support/answer: 8.1 % of calls fail")
    assert over["Subject"].strip().startswith("[page] Over: support/answer")
    assert {one["References"] for one in (fire, wider, over)} == {f"<{alert().id}@example.org>"}
    assert len({one["Message-ID"] for one in (fire, wider, over)}) == 3
    assert fire["Auto-Submitted"] == "auto-generated"
    text = fire.get_content()
    assert "How bad: 8.1 % of calls (95 %: 7.2-9.1, n = 3,412), usually 2.7 %" in text
    assert "For whom: 25 % of traffic; support/answer; team support" in text


def test_one_refused(post: Post) -> None:
    """Where one of two addresses is refused the other has its mail, and the answer says so."""
    post.refusals[TO[1]] = "550 5.1.1 no such user"
    assert mail(post).notify(notification()).text == (
        "taken for 1 of 2 addresses; refused: 550 5.1.1 no such user"
    )
    assert post.envelopes[0].rcpt_tos == [TO[0]]


def test_wrong_password(post: Post) -> None:
    """A wrong password is somebody's to correct, and is not said."""
    with pytest.raises(Rejected, match=r"answered 535.*correct the addresses, user and password") as raised:
        mail(post, password="wrong-hush").notify(notification())  # noqa: S106 -- of the test
    assert "hush" not in str(raised.value)


def test_foreign_certificate(post: Post) -> None:
    """A server that cannot prove who it is gets neither password nor mail."""
    doubtful = Mail(mail(post).server, FROM, TO, clock=clock, trust=ssl.create_default_context())
    with pytest.raises(Retryable, match="SSLCertVerificationError"):
        doubtful.notify(notification())
    assert post.envelopes == []


def test_open_line(post: Post) -> None:
    """A server that asks for a closed line refuses an open one."""
    with pytest.raises(Rejected, match="answered 530"):
        mail(post, security="none", user="", password="").notify(notification())


def test_wrong_security(post: Post) -> None:
    """TLS from the first byte where the server begins in the open is no answer."""
    with pytest.raises(Retryable, match="no answer from localhost"):
        mail(post, security="tls").notify(notification())
