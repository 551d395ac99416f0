"""Claims of Vectara's leaderboard: how often a model's summaries say what the text does not.

A model scored it, so the number is a prior: it may order a shortlist and nothing more.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from services.advisor.claim import Claim
from services.advisor.entry import Prior

SOURCE = "vectara"
ANY_PLATFORM = "*"


def claims(where: Path) -> Iterator[Claim]:
    """Read the board, a file or the folder that holds it; its rows are about a model, whoever serves it."""
    board = where / "leaderboard.csv" if where.is_dir() else where
    with board.open(encoding="utf-8", newline="") as file:
        for row in sorted(csv.DictReader(file), key=lambda row: row["model"]):
            rate = round(float(row["hallucination_rate"]) / 100, 4)
            prior = Prior("vectara", "2026-03-10", "hallucination_ratio", rate)
            yield Claim(ANY_PLATFORM, row["model"], "priors", prior, SOURCE, "low")
