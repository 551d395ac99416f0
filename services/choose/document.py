"""What may serve a use, as the JSON document of `fmwatch choose`: every fact with whose it is."""

from __future__ import annotations

from datetime import date
from typing import Any

from services.advisor.catalogue import Catalogue
from services.advisor.choose import Choice, Option, Use
from services.catalogue.document import fact, state

MOST_UNSURE = 50
_SHOWN = (
    "mode",
    "status",
    "shutdown_at",
    "earliest_at",
    "context_tokens",
    "output_tokens",
    "modalities",
    "tools",
    "json",
    "regions",
)

Document = dict[str, Any]


def document(found: Choice, use: Use, catalogue: Catalogue, on: date) -> Document:
    """Return all that is feasible, and the cheapest of what only might be."""
    return {
        "on": on.isoformat(),
        "catalogue": catalogue.version,
        "needs": [need.word for need in use.needs],
        "tokens": {"input": use.input_tokens, "output": use.output_tokens},
        "calls_per_month": use.calls_per_month,
        "looked_at": found.looked_at,
        "lacking": dict(found.lacking.most_common()),
        "feasible_n": len(found.feasible),
        "feasible": [_option(one, use, catalogue) for one in found.feasible],
        "unsure_n": len(found.unsure),
        "unsure": [_option(one, use, catalogue) for one in found.unsure[:MOST_UNSURE]],
    }


def _option(one: Option, use: Use, catalogue: Catalogue) -> Document:
    entry, cost = one.entry, one.cost
    usd, calls = cost.usd_per_call, use.calls_per_month
    return {
        "platform": entry.platform,
        "model": entry.model,
        "also": list(one.also),
        "state": state(one.life),
        "usd_per_call": usd,
        "usd_per_month": usd * calls if usd is not None and calls else None,
        "price": {
            "source": cost.source,
            "as_of": cost.as_of,
            "region": cost.region,
            "hourly_usd": cost.hourly_usd,
        },
        "unknown": list(one.unknown),
        "unstated": list(one.unstated),
        "doubts": list(one.doubts),
        "facts": {name: fact(catalogue, said) for name in _SHOWN if (said := entry.fact(name)) is not None},
    }
