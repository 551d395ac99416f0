"""The page that lists every panel with the question it answers: docs/panels.md."""

from __future__ import annotations

from collections.abc import Iterator

from dashboards.board import Board
from dashboards.boards import BOARDS

_HEAD = """# Every panel and its question

Made by `python -m dashboards.build` from the dashboards; what they have in common is in [dashboards.md](dashboards.md).
"""


def text() -> str:
    """Return the page."""
    return _HEAD + "".join(f"\n{line}" for board in BOARDS for line in _lines(board)) + "\n"


def _lines(board: Board) -> Iterator[str]:
    yield f"## {board.title}"
    yield board.answers
    yield ""
    yield "| panel | what it answers, and how |"
    yield "|---|---|"
    for panel in board.panels():
        yield f"| {panel.title} | {panel.answers} |"
    yield ""
