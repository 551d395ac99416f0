"""What is asked of a bench beside what it measured, so that a reader sees at a glance what holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

Row = Mapping[str, object]


def column(rows: Sequence[Row], name: str, **where: object) -> list[float]:
    """Return a column of the rows that have these values, without what is not known.

    >>> column([{"part": "a", "told": 3}, {"part": "b", "told": 1}, {"part": "a"}], "told", part="a")
    [3.0]
    """
    those = (row for row in rows if all(row.get(key) == value for key, value in where.items()))
    return [float(str(row[name])) for row in those if row.get(name) is not None]


def at_most(what: str, figures: Sequence[float], most: float) -> list[Row]:
    """Return a row on the worst of the figures; none where the part they are from did not run."""
    return [_row(what, max(figures), f"<= {most:g}", held=max(figures) <= most)] if figures else []


def at_least(what: str, figures: Sequence[float], least: float) -> list[Row]:
    """Return a row on the worst of the figures; none where the part they are from did not run.

    >>> at_least("found, %", [98.0, 91.5], 95)
    [{'asked': 'found, %', 'figure': 91.5, 'reach': '>= 95', 'held': False}]
    """
    return [_row(what, min(figures), f">= {least:g}", held=min(figures) >= least)] if figures else []


def _row(what: str, figure: float, reach: str, *, held: bool) -> Row:
    return {"asked": what, "figure": figure, "reach": reach, "held": held}
