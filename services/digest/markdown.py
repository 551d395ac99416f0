"""A digest as Markdown, in which nothing that a stranger wrote is markup."""

from __future__ import annotations

import re
from collections.abc import Sequence

from services.alerter.receivers.text import inert
from services.digest.told import Part

LINE = 600
_MARKUP = re.compile(r"([\\`*_\[\]<|~&])")  # wherever it stands
# What begins a heading, a quotation, a rule or a list.
_FIRST = re.compile(r"^(?=[#>=+-]|\d+[.)](?:\s|$))(\d*)(.)")


def markdown(found: Sequence[Part]) -> str:
    """Return the parts as a document; the first one's heading is its title."""
    blocks = [
        f"{'#' if number == 0 else '##'} {_escaped(part.heading)}\n\n{''.join(map(_item, part.lines))}"
        for number, part in enumerate(found)
    ]
    return "\n".join(blocks)


def _item(line: str) -> str:
    return f"- {_escaped(line)}\n"


def _escaped(text: str) -> str:
    return _FIRST.sub(r"\1\\\2", _MARKUP.sub(r"\\\1", inert(text, LINE)))
