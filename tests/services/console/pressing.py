"""Pressing the buttons of the page on which pairs are judged, as a browser does."""

from __future__ import annotations

import re
from html import unescape

from httpx2 import Client, Response


def hidden(page: str, name: str) -> str:
    """The value that a field of the form has."""
    (found,) = re.findall(f'name="{name}" value="([^"]+)"', page)
    return unescape(found)


def press(browser: Client, page: Response, button: str, **other: str) -> Response:
    """Press a button of a page, as a browser does."""
    (action,) = re.findall(r'<form method="post" action="([^"]+)"', page.text)
    sent = {"key": hidden(page.text, "key"), "pair": hidden(page.text, "pair"), "word": button}
    return browser.post(
        unescape(action), data=sent | other, headers={"sec-fetch-site": "same-origin"}, follow_redirects=False
    )
