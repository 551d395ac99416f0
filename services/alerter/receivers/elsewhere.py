"""Alerts to whatever else apprise can reach, an extra: https://appriseit.com.

For news, not for paging: apprise knows no acknowledgement and no end of an incident, and says of a failure
only that there was one.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

from services.alerter.errors import Dropped, Rejected, Retryable
from services.alerter.message import message
from services.alerter.receivers.base import Notification, Said
from services.alerter.receivers.letter import Letter
from services.alerter.receivers.text import bare

TITLE, LINE = 180, 900
LONGEST_S = 10.0
KINDS = {"page": "failure", "ticket": "warning", "info": "info"}


def installed() -> bool:
    """Tell whether the extra is there."""
    return find_spec("apprise") is not None


class Elsewhere:
    """Sends each notification to one address of apprise, as plain text.

    Parameters
    ----------
    url : apprise's own kind of address, which usually is its secret
    """

    def __init__(self, url: str) -> None:
        self.url = url

    def notify(self, notification: Notification) -> Said:
        """Send it once. Why something failed is not said: it is tried again, whatever it was."""
        if notification.kind in {"acknowledge", "change"}:
            raise Dropped("apprise tells when an alert fires, grows and is over")
        alert = notification.alert
        said = message(notification)
        lines = [f"{name}: {bare(value, LINE)}" for name, value in said.fields]
        lines += [f"{text}: {url}" for text, url in said.links]
        over = notification.kind == "resolve"
        return self._sent(said.headline, lines, "success" if over else KINDS[alert.severity])

    def post(self, letter: Letter) -> Said:
        """Send a letter once, as plain text."""
        return self._sent(letter.subject, [bare(line, LINE) for line in letter.lines], "info")

    def _sent(self, title: str, lines: Sequence[str], kind: str) -> Said:
        arrived = self._service().notify(
            title=bare(title, TITLE), body="\n".join(lines), notify_type=kind, body_format="text"
        )
        if not arrived:
            raise Retryable("apprise could not deliver it, and does not say why; look at its own log")
        return Said("apprise delivered it")

    def _service(self) -> Any:  # noqa: ANN401 - an optional library's own
        # Imported late: the library is an extra and large.
        apprise = importlib.import_module("apprise")
        settings = apprise.AppriseAsset(
            async_mode=False,
            http_redirects=False,
            interpret_emojis=False,
            secure_logging=True,
            service_timeout=LONGEST_S,
        )
        service = apprise.Apprise(asset=settings)
        if not service.add(self.url):
            raise Rejected("apprise does not know this kind of address; correct it: https://appriseit.com")
        return service
