"""What the ledger bills calls of a model at, and where that differs from what the catalogue's lists say."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import NamedTuple

from detectors.prices import PriceBook, Rates, Unpriced
from detectors.rates import BUCKETS, PER_MILLION, PER_MILLION_AUDIO, PICO
from services.advisor.entry import Conflict, Entry
from services.advisor.merge import apart

_PER_MILLION = frozenset((*PER_MILLION, *PER_MILLION_AUDIO))
_CONTRACT = "contract"  # is agreed, so a list that says otherwise does not contradict it


class Billed(NamedTuple):
    """Prices of a short call on a day: USD per million tokens, per image, search, request, hour of audio.

    Attributes
    ----------
    missing : why there is none, empty otherwise
    conflict : a list of the catalogue that is over 1 % off
    """

    usd: Mapping[str, float]
    source: str = ""
    as_of: str = ""
    missing: str = ""
    conflict: Conflict | None = None


def billed(prices: PriceBook, entry: Entry, on: date) -> Billed:
    """Return what calls of a model are billed at."""
    rates = prices.rates(entry.platform, entry.model, datetime.combine(on, time(12), UTC))
    if isinstance(rates, Unpriced):
        return Billed({}, missing=rates.reason)
    usd = _usd(rates)
    return Billed(usd, rates.source, rates.as_of, conflict=_conflict(entry, usd, rates.source, on))


def _usd(rates: Rates) -> dict[str, float]:
    known = {bucket: rate for bucket in BUCKETS if (rate := getattr(rates, bucket)) is not None}
    return {
        bucket: rate * 10**6 / PICO if bucket in _PER_MILLION else rate / PICO
        for bucket, rate in known.items()
    }


def _conflict(entry: Entry, usd: Mapping[str, float], source: str, on: date) -> Conflict | None:
    if source == _CONTRACT:
        return None
    usual = (p for p in entry.prices if p.tier == "standard" and not (p.above or p.region))
    listed = next((price for price in usual if price.from_ is None or price.from_ <= on), None)
    if listed is None or not apart(usd, listed.buckets):
        return None
    return Conflict("billed at", ((source, _money(usd)), (listed.source, _money(listed.buckets))))


def _money(usd: Mapping[str, float]) -> str:
    return "/".join(f"{usd[bucket]:g}" for bucket in ("input", "output") if bucket in usd)
