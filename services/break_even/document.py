"""Calling against hosting, as the JSON document of `fmwatch break-even`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from services.advisor.hosting import DOUBTS, MONTH_DAYS, Comparison, Even
from services.volume import Tokens

Document = dict[str, Any]


def document(
    found: Comparison, priced: Mapping[str, object], tokens: Tokens, endpoint: str, on: date
) -> Document:
    """Return both sides, where they meet, and how that hangs on what is assumed."""
    hosting = found.hosting
    values = {
        "gpu_usd": hosting.gpu_usd,
        "ops_usd": hosting.ops_usd,
        "tokens_per_s": hosting.tokens_per_s,
        "utilisation": hosting.utilisation,
    }
    return {
        "on": on.isoformat(),
        "model": dict(priced),
        "tokens": tokens._asdict(),
        "calls_per_month": found.calls,
        "endpoint": endpoint or None,
        "gpus": hosting.gpus,
        "hosted_usd_per_call": hosting.usd_per_call,
        "assumptions": {
            name: {
                "value": values[name],
                "stated": name in found.stated,
                "worst": values[name] if name in found.stated else doubt.worst,
                "best": values[name] if name in found.stated else doubt.best,
                "source": "" if name in found.stated else doubt.source,
            }
            for name, doubt in DOUBTS.items()
        },
        "break_even": _even(found.even),
        "usd_per_month": {"call": found.api_month_usd, "host": found.month_usd(hosting)},
        "sensitivity": [
            {
                "assumption": one.name,
                "value": one.value,
                "host_usd_per_month": one.month_usd,
                **_even(one.even),
            }
            for one in found.scenarios()
        ],
        "verdict": found.verdict,
        "sure": found.sure,
        "reason": found.reason,
    }


def _even(even: Even) -> Document:
    """Return where both cost the same; null where hosting never gets cheaper."""
    daily = None if even.calls is None else even.calls / MONTH_DAYS
    return {"calls_per_month": even.calls, "calls_per_day": daily, "gpus": even.gpus}
