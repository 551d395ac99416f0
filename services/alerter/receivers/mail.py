"""Alerts by e-mail, as plain text: there is no markup that a stranger's words could become."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Literal

from services.alerter.errors import Dropped, Rejected, Retryable
from services.alerter.message import Message, message
from services.alerter.receivers.base import Notification, Said
from services.alerter.receivers.letter import Letter
from services.alerter.receivers.post import Clock
from services.alerter.receivers.text import JOINER, inert, plain

Security = Literal["starttls", "tls", "none"]

TIMEOUT_S = 10.0
SUBJECT, LINE = 180, 900  # characters; a line of a mail holds 998 at most
ANSWER = 200
PASSES = range(400, 500)  # answers of a mail server that pass with time; from 500 on somebody must correct it


@dataclass(frozen=True, slots=True)
class Server:
    """The mail server that takes mails from us.

    Attributes
    ----------
    security : starttls, tls from the first byte, or none for a server on this machine
    user, password : empty where it asks for none
    """

    host: str
    port: int
    security: Security = "starttls"
    user: str = ""
    password: str = ""


class Mail:
    """Sends one mail for each notification; those of one alert are one conversation.

    Parameters
    ----------
    server : takes the mails
    from_, to : addresses without names
    clock : aware UTC now
    trust : whose certificates count; those of this machine's authorities by default
    """

    def __init__(
        self,
        server: Server,
        from_: str,
        to: Sequence[str],
        *,
        clock: Clock,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self.server = server
        self.from_ = from_
        self.to = tuple(to)
        self.clock = clock
        self._trust = trust or ssl.create_default_context()

    def notify(self, notification: Notification) -> Said:
        """Send it once; where one of several addresses is refused, the others have it all the same."""
        if notification.kind in {"acknowledge", "change"}:
            raise Dropped("a mail is sent when an alert fires, grows and is over")
        return self._sent(self._mail(notification))

    def post(self, letter: Letter) -> Said:
        """Send a letter as one mail."""
        mail = self._begun(letter.subject, letter.id)
        mail.set_content("".join(f"{inert(line, LINE)}\n" for line in letter.lines))
        return self._sent(mail)

    def _sent(self, mail: EmailMessage) -> Said:
        with _judged(self.server.host), self._connected() as connection:
            refused = connection.send_message(mail, self.from_, self.to)
        return Said(_taken(len(self.to), refused))

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        server = self.server
        if server.security == "tls":
            connection: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, timeout=TIMEOUT_S, context=self._trust
            )
        else:
            connection = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_S)
        try:
            if server.security == "starttls":
                connection.starttls(context=self._trust)
            if server.user:
                connection.login(server.user, server.password)
            yield connection
            with suppress(smtplib.SMTPException, OSError):
                connection.quit()  # the mail is taken already
        finally:
            connection.close()

    def _mail(self, notification: Notification) -> EmailMessage:
        alert = notification.alert
        said = message(notification)
        mail = self._begun(f"[{alert.severity}] {said.headline}", notification.id)
        mail["References"] = f"<{alert.id}@{self._domain}>"
        mail.set_content("".join(f"{line}\n" for line in _lines(said)))
        return mail

    def _begun(self, subject: str, id_: str) -> EmailMessage:
        mail = EmailMessage()
        mail["From"] = self.from_
        mail["To"] = ", ".join(self.to)
        mail["Subject"] = _subject(subject)
        mail["Date"] = format_datetime(self.clock())
        mail["Message-ID"] = f"<{id_}@{self._domain}>"
        mail["Auto-Submitted"] = "auto-generated"
        return mail

    @property
    def _domain(self) -> str:
        return self.from_.rpartition("@")[2]


def _subject(text: str) -> str:
    """Return one line that no mail reader decodes into anything else."""
    return plain(text, SUBJECT).replace("=?", f"={JOINER}?")


def _lines(said: Message) -> Iterator[str]:
    yield inert(said.headline, LINE)
    yield ""
    yield from (f"{name}: {inert(value, LINE)}" for name, value in said.fields)
    if said.links:
        yield ""
        yield from (f"{text}: {url}" for text, url in said.links)


@contextmanager
def _judged(host: str) -> Iterator[None]:
    """Say by what a mail server answers whether to try again: its own distinction of 4xx and 5xx."""
    try:
        yield
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        raise _error(host, min(codes), next(iter(error.recipients.values()))[1]) from error
    except smtplib.SMTPResponseException as error:
        raise _error(host, error.smtp_code, error.smtp_error) from error
    except smtplib.SMTPNotSupportedError as error:
        raise Rejected(
            f"{host} offers no such thing: {error}; correct security, user and password"
        ) from error
    except UnicodeError as error:
        raise Rejected("its host is no name of a machine") from error
    except (smtplib.SMTPException, OSError) as error:
        raise Retryable(f"no answer from {host}: {type(error).__name__}") from error


def _error(host: str, code: int, answer: bytes | str) -> Rejected | Retryable:
    words = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    said = f"{host} answered {code} {plain(words, ANSWER)}"
    if code in PASSES or code < PASSES.start:  # -1: the connection ended in the middle of an answer
        return Retryable(said)
    return Rejected(f"{said}; correct the addresses, user and password")


def _taken(addresses: int, refused: dict[str, tuple[int, bytes]]) -> str:
    if not refused:
        return f"taken for {addresses} of {addresses} addresses"
    code, answer = next(iter(refused.values()))
    words = plain(answer.decode("utf-8", "replace"), ANSWER)
    return f"taken for {addresses - len(refused)} of {addresses} addresses; refused: {code} {words}"
