"""What each call cost: token buckets times dated prices, as an exact ledger of integers of 1e-12 USD.

A price that is not known is NULL with a reason, never zero: nothing looks cheaper than a model nobody priced.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from math import isfinite
from operator import attrgetter
from typing import Literal, NamedTuple

import numpy as np
from fmwatch.event import Generation, Usage

from detectors.base import Column
from detectors.batch import Batch
from detectors.platforms import seller
from detectors.prices import PriceBook
from detectors.rates import PICO, Rates, Unpriced

VERSION = "1"
Status = Literal["priced", "partial", "reported", "unpriced", "not_assessable"]

_ABSURD = 10**9  # tokens of one call; beyond it a counter was misread
_MOST_PUSD = 2**63 - 1  # the ledger's column
# These record work around a model call; the model calls inside it are events of their own.
_NO_MODEL = frozenset({"execute_tool", "invoke_agent", "retrieval", "create_agent", "invoke_workflow"})
_NO_OUTPUT = frozenset({"embeddings", "rerank", "image", "audio"})
_COUNTS = attrgetter(
    "input",
    "output",
    "cache_read",
    "cache_write_5m",
    "cache_write_1h",
    "reasoning",
    "audio_input",
    "audio_output",
    "images",
    "seconds",
    "searches",
)


class Entry(NamedTuple):
    """One line of the ledger. The four parts add up to `pusd`, except where the provider reported a total.

    Attributes
    ----------
    pusd : pico-USD, None when unpriced or not assessable; a lower bound when partial
    reason : why the entry is partial, unpriced or reported; else empty
    """

    status: Status
    pusd: int | None = None
    input: int = 0
    output: int = 0
    cache: int = 0
    other: int = 0
    source: str = ""
    as_of: str = ""
    reason: str = ""


_NOTHING = Entry("not_assessable")
_FROM_CACHE = Entry("priced", 0)  # answered from the company's own cache: nobody sends a bill


class Spend:
    """Price every call.

    `score` is USD for display and monitors; `parts` hold the exact ledger. A failed call without usage,
    and a tool or agent step around model calls, are not assessable; a call that a gateway answered from
    its cache cost nothing; what the provider reported stands where no table has a full price.

    Parameters
    ----------
    prices : unit prices

    Cost: about 5 us per event.
    """

    name = "spend"
    version = VERSION

    def __init__(self, prices: PriceBook) -> None:
        self.prices = prices

    def score(self, batch: Batch) -> Column:
        entries = [self.entry(event) for event in batch.events]
        usd = [float("nan") if entry.pusd is None else entry.pusd / PICO for entry in entries]
        return Column(
            name=self.name,
            version=self.version,
            score=np.array(usd, dtype=np.float32),
            label=[entry.status for entry in entries],
            explain=lambda index: _explain(entries[index]),
            parts=_parts(entries),
        )

    def entry(self, event: Generation) -> Entry:
        """Return one line of the ledger."""
        if event.gateway_cached:
            return _FROM_CACHE
        if event.operation in _NO_MODEL:
            return _NOTHING
        usage = event.usage
        reason = _unusable(event, usage)
        if not reason:
            return self._priced(event, usage)
        if reason == "no_usage" and event.error_type and not event.cost_usd:
            return _NOTHING
        return _reported(event, reason) or Entry("unpriced", reason=reason)

    def _priced(self, event: Generation, usage: Usage) -> Entry:
        rates = self.prices.rates(
            seller(event.platform, event.provider),
            event.request_model,
            event.occurred_at,
            event.service_tier,
            usage.input or 0,
            served=event.response_model,
        )
        if isinstance(rates, Unpriced):
            return _reported(event, rates.reason) or Entry("unpriced", reason=rates.reason)
        return _entry(event, usage, rates)


def _entry(event: Generation, usage: Usage, rates: Rates) -> Entry:
    bill = rates.bill(usage)
    reason = f"no_rate_for_{bill.missing[0]}" if bill.missing else _uncounted(event, usage)
    if reason and (reported := _reported(event, reason)):
        return reported
    if bill.missing and not bill.total:
        return Entry("unpriced", reason=reason)
    if bill.total > _MOST_PUSD:
        return Entry("unpriced", reason="implausible_usage")
    return Entry(
        "partial" if reason else "priced",
        bill.total,
        bill.input,
        bill.output,
        bill.cache,
        bill.other,
        rates.source,
        rates.as_of,
        reason,
    )


def _unusable(event: Generation, usage: Usage) -> str:
    """Return why no bill can be made from the counts, or nothing."""
    counts = [count for count in _COUNTS(usage) if count]
    if not counts or event.usage_source == "missing":
        return "no_usage"  # a finished call of no tokens at all is a counter nobody filled in
    if min(counts) < 0 or not max(counts) <= _ABSURD:
        return "implausible_usage"
    cached = (usage.cache_read or 0) + (usage.cache_write_5m or 0) + (usage.cache_write_1h or 0)
    if cached > (usage.input or 0) or (usage.audio_input or 0) > (usage.input or 0):
        return "inconsistent_usage"
    inside = (usage.reasoning or 0) + (usage.audio_output or 0)
    return "inconsistent_usage" if inside > (usage.output or 0) else ""


def _uncounted(event: Generation, usage: Usage) -> str:
    """Return which half of a chat call was not counted, or nothing."""
    if event.operation in _NO_OUTPUT or event.error_type:
        return ""
    if usage.output is None:
        return "no_count_of_output"
    return "no_count_of_input" if usage.input is None else ""


def _reported(event: Generation, reason: str) -> Entry | None:
    """Return the provider's own figure. A reported zero is what many gateways say when they do not know."""
    cost = event.cost_usd
    if not cost or not isfinite(cost) or cost < 0:
        return None
    pusd = int((Decimal(str(cost)) * PICO).to_integral_value())
    if pusd > _MOST_PUSD:
        return None
    return Entry("reported", pusd, other=pusd, source="reported", reason=reason)


def _parts(entries: Sequence[Entry]) -> dict[str, list[object]]:
    return {
        "cost_pusd": [entry.pusd for entry in entries],
        "cost_input_pusd": [entry.input for entry in entries],
        "cost_output_pusd": [entry.output for entry in entries],
        "cost_cache_pusd": [entry.cache for entry in entries],
        "cost_other_pusd": [entry.other for entry in entries],
        "price_source": [entry.source for entry in entries],
        "price_as_of": [entry.as_of for entry in entries],
        "unpriced_reason": [entry.reason for entry in entries],
    }


def _explain(entry: Entry) -> str | None:
    if entry.pusd is None:
        return f"No price: {entry.reason.replace('_', ' ')}." if entry.reason else None
    if entry is _FROM_CACHE:
        return "Answered from the gateway's cache: no cost."
    parts = " + ".join(
        f"{part} {_usd(pusd)}"
        for part, pusd in (
            ("input", entry.input),
            ("output", entry.output),
            ("cache", entry.cache),
            ("other", entry.other),
        )
        if pusd
    )
    lacking = f"; {entry.reason.replace('_', ' ')}" if entry.reason else ""
    prices = f"prices: {entry.source} {entry.as_of}".rstrip()
    return f"{_usd(entry.pusd)} = {parts or 'nothing'}, {entry.status}, {prices}{lacking}."


def _usd(pusd: int) -> str:
    return f"${Decimal(pusd) / PICO:f}"
