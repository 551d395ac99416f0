"""What to do about a signal, as HTML: our own Markdown, of which nothing but its marks becomes markup."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlencode

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

RUNBOOKS = Path(__file__).parents[2] / "docs" / "runbooks"
NAME = re.compile(r"[a-z_]{1,40}")
ALERT = re.compile(r"[A-Za-z0-9_-]{1,64}")
_BESIDE = re.compile(r"([a-z_]{1,40})\.md(?:#.*)?")
_ABOVE = re.compile(r"\.\./(\w[\w./-]*\.md)(?:#.*)?")
_WEB = re.compile(r"https?://")
_READER = MarkdownIt("commonmark", {"html": False}).enable("table")


def runbook(name: str, alert_id: str = "") -> Markup | None:
    """Return the runbook of a signal, None where there is none.

    Parameters
    ----------
    alert_id : of the alert from which one came, which links to other runbooks carry on
    """
    file = RUNBOOKS / f"{name}.md"
    if NAME.fullmatch(name) is None or not file.is_file():
        return None
    return html(file.read_text("utf-8"), alert_id)


def came_from(alert_id: str) -> str:
    """Return the alert that a link to a runbook names, "" where that is no id."""
    return alert_id if ALERT.fullmatch(alert_id) else ""


def html(text: str, alert_id: str = "") -> Markup:
    """Return Markdown as HTML: tags in it are text, and links lead to runbooks and the web only."""
    tokens = _READER.parse(text)
    for token in tokens:
        token.attrs.pop("style", None)  # of a column's side; the page's policy lets no style in
        if token.children:
            token.children = _linked(token.children, alert_id)
    return Markup(_READER.renderer.render(tokens, _READER.options, {}))  # noqa: S704 -- html is off


def _linked(tokens: Sequence[Token], alert_id: str) -> list[Token]:
    """Return the tokens of a line; instead of a link to what is not served stands where it is."""
    found: list[Token] = []
    beyond = linked = ""
    for token in tokens:
        if token.type == "image":
            found.append(Token("text", "", 0, content=token.content))
        elif token.type == "link_open":
            link = str(token.attrs.get("href", ""))
            linked, beyond = _address(link, alert_id), _beyond(link)
            if linked:
                token.attrs = {"href": linked}
                found.append(token)
        elif token.type != "link_close" or linked:
            found.append(token)
        elif beyond and Path(beyond).name not in found[-1].content:
            found.append(Token("text", "", 0, content=f" ({beyond})"))
    return found


def _beyond(link: str) -> str:
    """Return where in the project a document is to which a link leads, "" where it leads to none."""
    above = _ABOVE.fullmatch(link)
    return f"docs/{above[1]}" if above else ""


def _address(link: str, alert_id: str) -> str:
    """Return where a link of a runbook leads, "" where that is not served here."""
    beside = _BESIDE.fullmatch(link)
    if beside:
        return f"/runbooks/{beside[1]}" + (f"?{urlencode({'alert': alert_id})}" if alert_id else "")
    return link if _WEB.match(link) else ""
