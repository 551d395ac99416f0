"""Whether notifications find their way: the hosts that receivers name are there; nothing is sent."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from services.config import Config, ReceiverConfig
from services.doctor.check import AWAY, CONFIGURATION, Check, Finding, fail, ok
from services.doctor.reach import resolved

_HOSTED = {"pagerduty": "https://events.pagerduty.com"}
_URLS = ("url", "webhook_url")


def receivers(config: Config) -> list[Check]:
    """Return a check for each receiver: names may take their time to resolve."""
    return [_check(name, receiver) for name, receiver in config.receivers.items()]


def _check(name: str, receiver: ReceiverConfig) -> Check:
    return Check(f"receiver {name}", lambda: _resolves(name, receiver))


def _resolves(name: str, receiver: ReceiverConfig) -> Iterator[Finding]:
    line = f"receiver {name}"
    for kind, url in _urls(receiver):
        try:
            host = urlsplit(url).hostname or ""
        except ValueError:
            host = ""
        if not host:
            # Not quoted: the address of a channel is its secret.
            what = f"{kind}: its address names no host"
            yield fail(line, what, f"correct receivers.{name}.{kind}; https://host/path", CONFIGURATION)
        elif why := resolved(host):
            what = f"{kind}: {host} does not resolve: {why}"
            yield fail(line, what, f"correct receivers.{name}.{kind}, or this machine's DNS", AWAY)
        else:
            yield ok(line, f"{kind}: {host} resolves; nothing was sent")


def _urls(receiver: ReceiverConfig) -> Iterator[tuple[str, str]]:
    for kind, section in receiver:
        if section is None:
            continue
        if kind in _HOSTED:
            yield kind, _HOSTED[kind]
        else:
            yield from ((kind, value) for key in _URLS if (value := getattr(section, key, None)))
