"""One statement of one source, before the sources are merged."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from services.advisor.entry import Confidence


class Claim(NamedTuple):
    """A source's statement about a model under the source's own spelling.

    Attributes
    ----------
    fact : a field of `Entry`; aliases, replacements, prices and priors come one claim each
    url : the page that says so, "" for the source's own
    as_of : when it was checked, "" for the source's own date
    """

    platform: str
    id: str
    fact: str
    value: Any
    source: str
    confidence: Confidence
    url: str = ""
    as_of: str = ""


def day(text: object) -> date | None:
    """Return a full calendar day, or None: a source's slip leaves the fact unknown.

    >>> day("2026-02-05"), day("2026-02"), day("2026-23-05")
    (datetime.date(2026, 2, 5), None, None)
    """
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        return None
