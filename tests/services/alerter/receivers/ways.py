"""Every receiver, each with a real place of this machine, for the suites that run over all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from services.alerter.alert import Alert, at
from services.alerter.grouping import Grouping
from services.alerter.receivers.alertmanager import Alertmanager
from services.alerter.receivers.base import Kind, Notification, Receiver
from services.alerter.receivers.elsewhere import Elsewhere
from services.alerter.receivers.mail import Mail, Server
from services.alerter.receivers.pagerduty import PagerDuty
from services.alerter.receivers.slack import SlackBot, SlackWebhook
from services.alerter.receivers.webhook import Webhook
from services.alerter.rules import Rules
from tests.services.alerter.receivers.places import PASSWORD, USER, Answer, Post, Web, closed
from tests.services.alerter.signals import ANSWER, DAY, signal

NOW = at(DAY + 6)
SECRET = b"shared"
FROM, TO = "fmwatch@example.org", ("oncall@example.org", "second@example.org")
POSTED = Answer(body='{"ok": true, "channel": "C1", "ts": "1700000000.000100"}')
HTTP = ("webhook", "pagerduty", "slack webhook", "slack bot", "alertmanager")
ALL = (*HTTP, "email", "apprise")

Made = Callable[[str], Receiver]


@dataclass(slots=True)
class Way:
    """A receiver and the place it sends to.

    Attributes
    ----------
    away : the same receiver where nobody listens
    """

    name: str
    receiver: Receiver
    away: Receiver
    web: Web
    post: Post

    def sent(self) -> list[Any]:
        """Return the bodies that arrived at the web server, oldest first."""
        return [one.json for one in self.web.asked]


def clock() -> datetime:
    """Return the time of every test here."""
    return NOW


def alert(**more: Any) -> Alert:
    """Return a firing alert."""
    (found,) = Grouping(Rules()).take([signal("error", ANSWER)], at(DAY + 5))
    return replace(found, **more)


def notification(kind: Kind = "fire", **more: Any) -> Notification:
    """Return a notification of it."""
    return Notification(f"n-{kind}", kind, alert(**more))


@contextmanager
def opened(name: str) -> Iterator[Way]:
    """Open a receiver and its place."""
    web, post = Web(), Post()
    with ExitStack() as stack:
        if name == "email":
            stack.enter_context(post.open())
            yield Way(name, _mail(post, post.port), _mail(post, closed()), web, post)
            return
        stack.enter_context(web.open())
        web.usual = POSTED if name == "slack bot" else Answer(202 if name == "pagerduty" else 200)
        yield Way(name, MADE[name](web.url), MADE[name](f"http://127.0.0.1:{closed()}"), web, post)


def _mail(post: Post, port: int) -> Mail:
    server = Server("localhost", port, "starttls", USER, PASSWORD)
    return Mail(server, FROM, TO, clock=clock, trust=post.trust)


MADE: dict[str, Made] = {
    "webhook": lambda url: Webhook(f"{url}/hook", SECRET, clock=clock),
    "pagerduty": lambda url: PagerDuty("k" * 32, url=url, clock=clock),
    "slack webhook": lambda url: SlackWebhook(f"{url}/services/T0/B0/hush", clock=clock),
    "slack bot": lambda url: SlackBot("xoxb-hush", "C1", api=f"{url}/api", clock=clock),
    "alertmanager": lambda url: Alertmanager(url, clock=clock),
    "apprise": lambda url: Elsewhere(f"{url.replace('http', 'json')}/x?rto=2&cto=2"),
}
