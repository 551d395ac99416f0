"""What both models of a move did, hour by hour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

import numpy as np

from services.advisor.compare.pairs import Floats
from services.moved.difference import Counts

HOUR_S = 3600
DAY_HOURS = 24
QUARTER_HOURS = 6
# Of each question: the column that counts the calls it can be asked of, and the sum over them.
ASKED = {
    "errors": ("n", "errors"),
    "empty": ("n", "empty"),
    "truncated": ("n", "cut"),
    "refusal": ("refusal_n", "refused"),
    "latency": ("latency_n", "slow"),
    "cost": ("priced_n", "usd"),
    "bad answers": ("labelled", "bad"),
}
SIDES = ("incumbent", "candidate")


class Model(NamedTuple):
    """A model as calls name it."""

    platform: str
    model: str

    @property
    def name(self) -> str:
        """platform/model."""
        return f"{self.platform}/{self.model}"


@dataclass(frozen=True, slots=True)
class Traffic:
    """Columns of both models over the same hours, (h,) each, the first hour first.

    Attributes
    ----------
    first : hours since the epoch
    """

    first: int
    columns: Mapping[str, Mapping[str, Floats]]

    @classmethod
    def of(cls, rows: Sequence[Mapping[str, Any]], first: int, last: int) -> Traffic:
        """Return rows of `store.moves` as columns over [first, last)."""
        names = ["n", *sorted({name for pair in ASKED.values() for name in pair} - {"n"})]
        columns = {side: {name: np.zeros(last - first) for name in names} for side in SIDES}
        for row in rows:
            place = int(row["hour"]) - first
            if 0 <= place < last - first:
                for name in names:
                    columns[SIDES[bool(row["candidate"])]][name][place] += float(row.get(name) or 0)
        return cls(first, columns)

    def __len__(self) -> int:
        return len(self.columns["candidate"]["n"])

    def counts(self, side: str, question: str, start: int, end: int) -> Counts:
        """Return the counts of a question over hours [start, end), as places."""
        n, total = ASKED[question]
        columns = self.columns[side]
        return Counts(columns[n][start:end], columns[total][start:end])

    def quarters(self, side: str, question: str, start: int, end: int) -> Counts:
        """Return the counts of a question by quarters of a day."""
        found = self.counts(side, question, start, end)
        quarter = np.arange(end - start) // QUARTER_HOURS
        return Counts(*(np.bincount(quarter, one).astype(np.float64) for one in found))

    def daily(self, side: str, question: str, start: int, end: int) -> Counts:
        """Return the counts of a question by hour of the day (24,): what a rhythm does to it is in both."""
        found = self.counts(side, question, start, end)
        hour = (self.first + np.arange(start, end)) % DAY_HOURS
        return Counts(*(np.bincount(hour, one, DAY_HOURS).astype(np.float64) for one in found))

    def moment(self, place: int) -> datetime:
        """Return when an hour begins."""
        return datetime.fromtimestamp((self.first + place) * HOUR_S, UTC)
