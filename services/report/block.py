"""What a report says, before it is a page or Markdown: headings with sentences, and tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from services.digest.told import Part


class Bar(NamedTuple):
    """A quantity of something, as a length.

    Attributes
    ----------
    now, before : 0 to 1 of the longest
    text : both, in words
    """

    name: str
    now: float
    before: float
    text: str


class Drawn(NamedTuple):
    """Where two intervals and their values lie, each (low, value, high) from 0 to 100."""

    now: tuple[float, float, float]
    before: tuple[float, float, float]


class Table(NamedTuple):
    """Rows of texts; the first column names the row.

    Attributes
    ----------
    states : of each row a word: more, less, new, gone, drifted; "" where nothing is shown
    drawn : of each row what is drawn beside it; None where nothing is
    """

    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    states: Sequence[str] = ()
    drawn: Sequence[Drawn | None] = ()


class Block(NamedTuple):
    """A heading, and sentences, a table and bars under it."""

    heading: str
    lines: Sequence[str] = ()
    table: Table | None = None
    bars: Sequence[Bar] = ()


def said(blocks: Iterable[Block]) -> list[Block]:
    """Return the blocks that say anything."""
    return [one for one in blocks if one.lines or one.bars or (one.table and one.table.rows)]


def parts(blocks: Iterable[Block]) -> list[Part]:
    """Return blocks as Markdown has them: a row of a table is a line."""
    return [
        Part(
            block.heading,
            [*block.lines, *(f"{bar.name}: {bar.text}" for bar in block.bars), *_rows(block.table)],
        )
        for block in blocks
    ]


def _rows(table: Table | None) -> list[str]:
    return [_row(table.head, row) for row in table.rows] if table else []


def _row(head: Sequence[str], row: Sequence[str]) -> str:
    cells = (
        f"{name[:1].lower() + name[1:] if name[1:2].islower() else name} {cell}"
        for name, cell in zip(head[1:], row[1:], strict=True)
        if cell
    )
    return f"{row[0]}: {'; '.join(cells)}"
