"""Dated prices as rows: a company's own contract, or the price rows of the catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from fnmatch import fnmatchcase
from typing import Literal

from detectors.platforms import TIERS, platform_name
from detectors.rates import BUCKETS, Card, Money, Rates, Unpriced, pico_rate


@dataclass(frozen=True, slots=True)
class DatedPrice:
    """One row of prices, valid from the day `from_` up to and without the day `until`.

    Parameters
    ----------
    platform, model : who sells what; the model of a contract may be a glob such as gpt-4o*
    from_, until : UTC days; None is open
    buckets : USD per million tokens (input, output, cache_read, cache_write_5m, cache_write_1h, reasoning,
        audio_input, audio_output), USD per one (images, searches, requests) and per second (seconds)
    tier : standard, batch, flex or priority
    above_input_tokens : the row holds for calls with more input tokens than this, for all their tokens

    Raises
    ------
    ValueError : an unknown bucket or tier, or a price that is negative or no number
    """

    platform: str
    model: str
    from_: date | None = None
    until: date | None = None
    buckets: Mapping[str, Money] = field(default_factory=dict)
    tier: str = "standard"
    above_input_tokens: int = 0

    def __post_init__(self) -> None:
        unknown = sorted(set(self.buckets) - set(BUCKETS))
        if unknown:
            raise ValueError(f"unknown price bucket {', '.join(unknown)}; allowed: {', '.join(BUCKETS)}")
        if self.tier not in TIERS:
            raise ValueError(f"unknown service tier {self.tier!r}; allowed: {', '.join(TIERS)}")
        for bucket, price in self.buckets.items():
            pico_rate(bucket, price)

    def valid(self, day: date) -> bool:
        """Tell whether the row holds on a day."""
        return (self.from_ is None or self.from_ <= day) and (self.until is None or day < self.until)


CataloguePrice = DatedPrice


class RowPrices:
    """Prices from rows; the newest row that holds on the day wins, an exact model before a glob.

    Parameters
    ----------
    rows : the price rows
    source : the name that the ledger shows, contract or catalogue
    """

    def __init__(self, rows: Iterable[DatedPrice], source: Literal["contract", "catalogue"]) -> None:
        self.rows = tuple(rows)
        self.source = source
        self._exact: dict[tuple[str, str], list[DatedPrice]] = {}
        self._globs: list[DatedPrice] = []
        self._platforms = {platform_name(row.platform) for row in self.rows}
        for row in self.rows:
            if source == "contract" and any(sign in row.model for sign in "*?["):
                self._globs.append(row)
            else:
                key = platform_name(row.platform), row.model.lower()
                self._exact.setdefault(key, []).append(row)

    def boundaries(self, platform: str, model: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Return the days (ordinals) and the seconds of the day at which a price may change."""
        days = {day for row in self._of(platform, model) for day in (row.from_, row.until) if day}
        return tuple(sorted(day.toordinal() for day in days)), ()

    def card(self, platform: str, model: str, tier: str, at: datetime) -> Card | Unpriced:
        """Return the prices that hold at a time."""
        rows = [row for row in self._of(platform, model) if row.valid(at.date())]
        if not rows:
            return Unpriced("unknown_model" if platform in self._platforms else "unknown_platform")
        rows = [row for row in rows if row.tier == tier]
        if not rows:
            return Unpriced(f"no_{tier}_rate")
        newest: dict[int, DatedPrice] = {}
        for row in sorted(rows, key=lambda row: row.from_ or date.min):
            newest[row.above_input_tokens] = row
        return self._card(newest)

    def _of(self, platform: str, model: str) -> list[DatedPrice]:
        exact = self._exact.get((platform, model))
        return exact or [
            row
            for row in self._globs
            if platform_name(row.platform) == platform and fnmatchcase(model, row.model.lower())
        ]

    def _card(self, steps: dict[int, DatedPrice]) -> Card:
        """Each step inherits the buckets it does not name from the step below."""
        thresholds = sorted({0, *steps})
        prices: dict[str, int] = {}
        rates = []
        as_of = ""
        for threshold in thresholds:
            row = steps.get(threshold)
            if row:
                prices |= {bucket: pico_rate(bucket, price) for bucket, price in row.buckets.items()}
                as_of = row.from_.isoformat() if row.from_ else ""
            rates.append(Rates(self.source, as_of, **prices))
        return Card(tuple(thresholds[1:]), tuple(rates))
