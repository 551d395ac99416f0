"""Where notifications go, as `fmwatch.yaml` says it: docs/receivers.md has an example of each."""

from __future__ import annotations

from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, StrictInt, StrictStr, model_validator

from services.config_section import Section

Minutes = Annotated[StrictInt, Field(ge=1, le=60)]


def _url(text: str) -> str:
    # Not quoted: the address of a receiver may be its secret.
    try:
        parts = urlsplit(text)
        good = parts.scheme in {"http", "https"} and bool(parts.hostname) and text.isprintable()
        good = good and parts.port != 0
    except ValueError:
        good = False
    if not good or " " in text:
        raise ValueError("must be an address such as https://host/path")
    return text


def _secret(text: str) -> str:
    if not text or not text.isprintable() or " " in text:
        raise ValueError("must be one word without spaces")
    return text


def _address(text: str) -> str:
    name, at, domain = text.rpartition("@")
    if (
        not (at and name and domain)
        or not text.isascii()
        or any(char in text for char in ' \t\r\n<>,;:"()[]\\')
    ):
        raise ValueError("must be a plain address such as oncall@example.org, without a name")
    return text


def _host(text: str) -> str:
    if not text or not text.isascii() or not all(char.isalnum() or char in ".:-" for char in text):
        raise ValueError(
            "must be the name of a machine, such as mail.example.org; the port has a key of its own"
        )
    return text


Url = Annotated[StrictStr, AfterValidator(_url)]
Secret = Annotated[StrictStr, AfterValidator(_secret)]
MailAddress = Annotated[StrictStr, AfterValidator(_address)]


class Webhook(Section):
    """Any URL, signed."""

    url: Url
    secret: StrictStr = ""


class Slack(Section):
    """An incoming webhook of a channel, or a bot that may write in it."""

    webhook_url: Url | None = None
    token: Secret | None = None
    channel: StrictStr = ""
    api_url: Url = "https://slack.com/api"

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.webhook_url is None) == (self.token is None):
            raise ValueError("needs either webhook_url, or token and channel")
        if bool(self.token) != bool(self.channel):
            raise ValueError("token and channel belong together: the bot writes in that channel")
        return self


class PagerDuty(Section):
    """An Events API v2 integration of a service; `url` is another for accounts in the EU."""

    routing_key: Secret
    url: Url = "https://events.pagerduty.com"


class Alertmanager(Section):
    """An Alertmanager that takes over routing; user and password may stand in the address."""

    url: Url


class Email(Section):
    """Mails over a server that takes them from us."""

    host: Annotated[StrictStr, AfterValidator(_host)]
    port: Annotated[StrictInt, Field(ge=1, le=65_535)] = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: StrictStr = ""
    password: StrictStr = ""
    from_: Annotated[MailAddress, Field(alias="from")]
    to: tuple[MailAddress, ...]

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if not self.to:
            raise ValueError("to must name at least one address")
        if bool(self.user) != bool(self.password):
            raise ValueError(
                "user and password belong together; leave both out where the server asks for none"
            )
        if self.user and self.security == "none":
            raise ValueError("a password needs security: starttls or tls")
        return self


class Apprise(Section):
    """One address of apprise, for what is not built in."""

    url: Secret


class ReceiverConfig(Section):
    """Where notifications go: exactly one of these."""

    webhook: Webhook | None = None
    slack: Slack | None = None
    pagerduty: PagerDuty | None = None
    alertmanager: Alertmanager | None = None
    email: Email | None = None
    apprise: Apprise | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(value is not None for value in self.__dict__.values()) != 1:
            raise ValueError(f"must be exactly one of {', '.join(type(self).model_fields)}")
        return self

    @property
    def beats(self) -> bool:
        """It notices when heartbeats stay out."""
        return self.webhook is not None or self.alertmanager is not None

    @property
    def reads(self) -> bool:
        """It takes letters: the digest of a week."""
        return self.pagerduty is None and self.alertmanager is None


class DigestConfig(Section):
    """Who gets the digest of each week, on the Monday after it."""

    receivers: tuple[StrictStr, ...] = ()


class HeartbeatConfig(Section):
    """Who gets a sign of life, and how often: a dead man's switch, and receivers that miss it."""

    webhook: Webhook | None = None
    receivers: tuple[StrictStr, ...] = ()
    every_minutes: Minutes = 5

    @property
    def wanted(self) -> bool:
        """Somebody waits for it."""
        return bool(self.webhook or self.receivers)
