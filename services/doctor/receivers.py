"""Whether notifications find their way: the hosts that receivers name are there; nothing is sent."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from services.config import Config
from services.config_receivers import ReceiverConfig
from services.doctor.check import AWAY, Check, Finding, fail, ok
from services.doctor.reach import resolved


def receivers(config: Config) -> list[Check]:
    """Return a check for each receiver: names may take their time to resolve."""
    named = {f"receivers.{name}": receiver for name, receiver in config.receivers.items()}
    if config.heartbeat.webhook:
        named["heartbeat"] = ReceiverConfig(webhook=config.heartbeat.webhook)
    return [_check(key, receiver) for key, receiver in named.items()]


def _check(key: str, receiver: ReceiverConfig) -> Check:
    return Check(_line(key), lambda: _resolves(key, receiver))


def _line(key: str) -> str:
    return f"receiver {key.removeprefix('receivers.')}"


def _resolves(key: str, receiver: ReceiverConfig) -> Iterator[Finding]:
    line = _line(key)
    if receiver.apprise:
        yield ok(line, "apprise: knows itself where it sends; nothing was sent")
        return
    kind, host = _place(receiver)
    if why := resolved(host):
        what = f"{kind}: {host} does not resolve: {why}"
        yield fail(line, what, f"correct {key}.{kind}, or this machine's DNS", AWAY)
    else:
        yield ok(line, f"{kind}: {host} resolves; nothing was sent")


def _place(receiver: ReceiverConfig) -> tuple[str, str]:
    """Return the kind and the host that is sent to; a host is no secret, the rest of an address may be."""
    if receiver.email:
        return "email", receiver.email.host
    places = {
        "webhook": receiver.webhook and receiver.webhook.url,
        "slack": receiver.slack and (receiver.slack.webhook_url or receiver.slack.api_url),
        "pagerduty": receiver.pagerduty and receiver.pagerduty.url,
        "alertmanager": receiver.alertmanager and receiver.alertmanager.url,
    }
    kind, url = next((kind, url) for kind, url in places.items() if url)
    return kind, urlsplit(url).hostname or ""
