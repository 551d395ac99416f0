"""What of the fleet a link asks for: a filter of plain words, and which page of the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self
from urllib.parse import urlencode

from services.console.row import SHAPES, Row

PER_PAGE = 50
LONGEST = 400  # characters of a word that is looked for


@dataclass(frozen=True, slots=True)
class Asked:
    """A filter; what is empty does not matter.

    Attributes
    ----------
    tenant, team, route, model : part of the name, in capitals or not; of a model also platform/model
    state : one of the words of `SHAPES`
    page : from 1 on
    """

    tenant: str = ""
    team: str = ""
    route: str = ""
    model: str = ""
    state: str = ""
    page: int = 1

    @classmethod
    def of(cls, parameters: Mapping[str, str]) -> Self:
        """Return what a query asks for; a state or page that there is none of counts as not said."""
        said = {
            name: parameters.get(name, "").strip()[:LONGEST] for name in ("tenant", "team", "route", "model")
        }
        state = parameters.get("state", "")
        return cls(**said, state=state if state in SHAPES else "", page=page_of(parameters))

    @property
    def filters(self) -> bool:
        """Whether not everything is asked for."""
        return self.words() != {}

    def words(self) -> dict[str, str]:
        """Return the filter as the words of a query."""
        names = ("tenant", "team", "route", "model", "state")
        return {name: value for name in names if (value := getattr(self, name))}

    def address(self, page: int = 1) -> str:
        """Return the link to a page of the same."""
        query = self.words() | ({"page": str(page)} if page > 1 else {})
        return f"/?{urlencode(query)}" if query else "/"

    def matches(self, row: Row) -> bool:
        """Tell whether a row is asked for."""
        key = row.key
        pairs = (
            (self.tenant, key.tenant),
            (self.team, key.team),
            (self.route, key.route),
            (self.model, f"{key.platform}/{key.model}"),
        )
        named = all(word.casefold() in name.casefold() for word, name in pairs)
        return named and self.state in {"", row.state}


EVERYTHING = Asked()


def page_of(parameters: Mapping[str, str]) -> int:
    """Return which page a query asks for, from 1 on; the first where it is no number."""
    page = parameters.get("page", "")
    number = int(page) if page.isascii() and page.isdecimal() and len(page) < 6 else 1  # noqa: PLR2004 - a page
    return max(1, number)


@dataclass(frozen=True, slots=True)
class Part:
    """The rows of one page, and where they stand among those asked for.

    Attributes
    ----------
    asked : with the page that is shown
    found : how many rows match; total : how many there are
    """

    asked: Asked
    rows: tuple[Row, ...]
    found: int
    total: int

    @property
    def first(self) -> int:
        """The number of the first row shown."""
        return (self.asked.page - 1) * PER_PAGE + 1

    @property
    def before(self) -> str:
        """The link to the page before, "" on the first."""
        return self.asked.address(self.asked.page - 1) if self.asked.page > 1 else ""

    @property
    def after(self) -> str:
        """The link to the next page, "" on the last."""
        return self.asked.address(self.asked.page + 1) if self.asked.page * PER_PAGE < self.found else ""


def part(rows: Sequence[Row], asked: Asked) -> Part:
    """Return the page of rows that is asked for; the last one where it lies beyond."""
    found = [row for row in rows if asked.matches(row)]
    page = min(asked.page, max(1, -(-len(found) // PER_PAGE)))
    shown = found[(page - 1) * PER_PAGE : page * PER_PAGE]
    return Part(replace(asked, page=page), tuple(shown), len(found), len(rows))
