"""A report as one file: nothing is loaded, the styles are in it, and what Evidently made is locked up.

Every text from outside is escaped by the template. The policy lets nothing be fetched from anywhere.
Evidently's own page needs scripts: it stands in a frame of its own that may run them and nothing else (it has
no origin, so it reaches neither this page nor any other), under the same policy, which such a frame inherits.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from services.report.block import Block

HERE = Path(__file__).parent
STYLES = (HERE.parent / "console" / "static" / "console.css", HERE / "report.css")
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
WITH_SCRIPTS = f"{POLICY} blob:; font-src data:; script-src 'unsafe-inline'"
_STATES = {"more": "▲", "less": "▼", "new": "▲", "gone": "▼", "drifted": "◆", "": "○"}


def page(blocks: Sequence[Block], made_at: datetime, evidently: str = "") -> str:
    """Return the file's text; the first block's heading is its title.

    Parameters
    ----------
    made_at : what time it was for what is stored
    evidently : the page that Evidently made; "" where it made none
    """
    return _template().render(
        blocks=blocks,
        evidently=evidently,
        policy=WITH_SCRIPTS if evidently else POLICY,
        styles=Markup("\n".join(file.read_text("utf-8") for file in STYLES)),  # noqa: S704 - our own files
        made_at=made_at.astimezone(UTC),
        shapes=_STATES,
    )


def _template() -> Template:
    found = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return found.get_template("report.html.j2")
