"""What a report is written on: one HTML file, Markdown, JSON or PDF."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, NamedTuple

import msgspec

from services.digest.markdown import markdown
from services.report.block import Block, parts
from services.report.page import page
from services.report.printing import browser, pdf
from services.whole_file import write

Form = Literal["html", "markdown", "json", "pdf"]
_ENDINGS: Mapping[Form, str] = {"html": ".html", "pdf": ".pdf"}  # of what no terminal shows


class Report(NamedTuple):
    """A report in every form.

    Attributes
    ----------
    name : of the file, without its ending
    blocks : what people read
    document : the same for programs
    made_at : what time it was for what is stored
    evidently : the page that Evidently made; "" where it made none
    """

    name: str
    blocks: Sequence[Block]
    document: object
    made_at: datetime
    evidently: str = ""


class Paper:
    """Takes a report in one form.

    Parameters
    ----------
    out : the file; None for a usual name, or for stdout where a terminal can show the form

    Raises
    ------
    BrowserAway : PDF is wanted, and nothing here makes it
    """

    def __init__(self, form: Form, out: Path | None) -> None:
        self.form = form
        self.out = out
        self._browser = browser() if form == "pdf" else ""

    def take(self, report: Report) -> None:
        """Write a report."""
        if self.form == "json":
            text = json.dumps(plain(report.document), ensure_ascii=False, indent=1) + "\n"
        elif self.form == "markdown":
            text = markdown(parts(report.blocks))
        else:
            # In print Evidently's own page could not be opened: what it found stands in ours.
            text = page(report.blocks, report.made_at, report.evidently if self.form == "html" else "")
        self._put(text, report.name)

    def _put(self, text: str, name: str) -> None:
        ending = _ENDINGS.get(self.form)
        place = self.out or (Path(name + ending) if ending else None)
        if place is None:
            sys.stdout.write(text)
            return
        write(place, pdf(text, self._browser) if self.form == "pdf" else text.encode("utf-8", "replace"))
        sys.stdout.write(f"{place}\n")


def plain(document: object) -> Any:  # noqa: ANN401 - any JSON
    """Return a document as JSON can hold it."""
    return msgspec.json.decode(msgspec.json.encode(document))
