"""What a column's name says of how it is shown: its unit, title, width and colours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

# What a column's name ends in says what it is measured in.
UNITS = {
    "_ratio": "percentunit",
    "_share": "percentunit",
    "_usd": "currencyUSD",
    "_ms": "ms",
    "_s": "s",
    "_days": "suffix: days",
    "_tokens": "short",
    "_n": "locale",
    "_at": "dateTimeAsIso",
    "_mean": "short",
}
ESTIMATES = ("_ratio", "_ms", "_mean", "_s", "_usd", "_tokens")  # may have an interval beside them
_COUNTS = {"routes", "models", "pages", "tickets"}

_WORDS = {
    "n": "calls",
    "error": "failed",
    "hallucination": "unsupported",
    "refusal": "refused",
    "toxicity_response": "toxic",
    "toxicity_prompt": "toxic prompts",
    "truncated": "cut",
    "latency_p50": "p50",
    "latency_p95": "p95",
    "ttft_p50": "p50",
    "ttft_p95": "p95",
    "usage_n": "calls with usage",
    "scored_n": "judged",
    "usd_per_1000_calls": "per 1,000 calls",
    "usd_per_1000_calls_before": "per 1,000 before",
    "latency_n": "calls",
    "ttft_n": "calls",
    "privacy": "private data",
    "call_age_s": "age",
    "spend_share": "of all spend",
    "before_usd": "spend before",
    "before_n": "priced before",
    "advised_n": "calls on them",
    "advised_share": "of all calls",
    "advised_usd": "spend on them",
    "calls_share": "of all calls",
    "error_change_interval": "change of failed",
    "usd_per_1000_good_interval": "per 1,000 good",
    "changes_n": "changes (all teams)",
    "missing_n": "missing",
    "missing_share": "of accepted",
    "bytes_n": "bytes",
    "slice_ratio": "bad there",
    "slice_interval": "bad there, 95 %",
    "before_share": "bad before",
}
_WIDTHS = {
    "percentunit": 85,
    "locale": 85,
    "ms": 75,
    "s": 80,
    "currencyUSD": 120,
    "dateTimeAsIso": 155,
    "short": 90,
}
_TEXTS = {
    "tenant": 90, "team": 100, "route": 140, "platform": 85, "severity": 75, "state": 95, "signal": 130, "kind": 90,
    "version": 80, "level": 100, "owner": 120, "alert": 90, "observed": 270, "usual": 100, "n": 70, "left_days": 75,
    "shutdown_on": 100, "calls_share": 100, "false_interval": 150, "residency_label": 120, "error_interval": 125,
    "error_change_interval": 195, "latency_p95_interval": 125, "usd_per_1000_good_interval": 215, "hallucination_ratio": 100,
    "budget_left_interval": 130, "quality_difference_interval": 170,
}  # fmt: skip
_INTERVAL = 165
_LEAST = 110
_WIDE = {"says": 380, "note": 300, "reason": 300, "message": 250}

# From which value on something wants to be looked at, and how much.
_STEPS: dict[str, Sequence[tuple[float | None, str]]] = {
    "pages": ((None, "green"), (1, "red")),
    "tickets": ((None, "green"), (1, "orange")),
    "call_age_s": ((None, "green"), (900, "orange"), (3600, "red")),
    "missing_n": ((None, "text"), (1, "red")),
    "waiting_n": ((None, "text"), (1, "orange")),
    "undelivered_n": ((None, "text"), (1, "red")),
    "dropped_n": ((None, "text"), (1, "orange")),
    "budgets_n": ((None, "text"), (1, "orange")),
    "least_left_usd": ((None, "red"), (0, "text")),
    "budget_left_ratio": ((None, "red"), (0, "orange"), (0.25, "green")),
    "left_days": ((None, "red"), (30, "orange"), (90, "text")),
}
_BEGINS = {"error_change_interval": {"worse": "red", "better": "green"}}
_NAMED = {
    "severity": {"page": "red", "ticket": "orange"},
    "watched": {"fully": "green", "gross": "orange", "not": "red"},
    "residency_label": {"violation": "red"},
    "missing": {"none in 35 days": "red"},
}


def unit(column: str, beside: Sequence[str]) -> str:
    """Return the unit of a column; ends of an interval have that of what they are the ends of."""
    for end in ("_low", "_high"):
        if column.endswith(end):
            stem = column.removesuffix(end)
            measured = [stem + suffix for suffix in ESTIMATES if stem + suffix in beside]
            return unit(measured[0], beside) if measured else "currencyUSD" if "usd" in stem else "short"
    if column == "n" or column.endswith("_n") or column in _COUNTS:
        return "locale"
    if "usd_per" in column:
        return "currencyUSD"
    return next((unit for suffix, unit in UNITS.items() if column.endswith(suffix)), "string")


def title(column: str, beside: Sequence[str]) -> str:
    """Return what stands over a column for a reader."""
    if column in _WORDS:
        return _WORDS[column]
    for end, word in (("_low", "from"), ("_high", "to")):
        if column.endswith(end):
            stem = column.removesuffix(end)
            alone = sum(name.endswith(end) for name in beside) == 1
            return word if alone else f"{_word(stem)} {word}"
    if column.endswith("_interval"):
        return f"{_word(column.removesuffix('_interval'))}, 95 %"
    stem = next((column.removesuffix(suffix) for suffix in UNITS if column.endswith(suffix)), column)
    if column.endswith("_n") and any(
        f"{stem}{suffix}" in beside for suffix in (*ESTIMATES, "_share", "_interval")
    ):
        return "judged" if f"{stem}_ratio" in beside else f"{_word(stem)} calls"
    return _word(stem)


def _word(stem: str) -> str:
    return _WORDS.get(stem, stem.replace("_", " "))


def width(column: str, beside: Sequence[str]) -> dict[str, int]:
    """Return how wide a table has it, px: fixed where its values are short, else at least so much."""
    interval = _INTERVAL if column.endswith("_interval") else None
    fixed = _TEXTS.get(column) or interval or _WIDTHS.get(unit(column, beside))
    return {"custom.width": fixed} if fixed else {"custom.minWidth": _WIDE.get(column, _LEAST)}


def colours(column: str) -> dict[str, Any]:
    """Return what colours its values, if anything does."""
    if column in _STEPS:
        steps = [{"value": value, "color": colour} for value, colour in _STEPS[column]]
        return {"color": {"mode": "thresholds"}, "thresholds": {"mode": "absolute", "steps": steps}}
    if column in _NAMED:
        options = {
            name: {"color": colour, "index": number}
            for number, (name, colour) in enumerate(_NAMED[column].items())
        }
        return {"mappings": [{"type": "value", "options": options}]}
    if column in _BEGINS:
        found = [
            {
                "type": "regex",
                "options": {"pattern": f"/^{word}/", "result": {"color": colour, "index": number}},
            }
            for number, (word, colour) in enumerate(_BEGINS[column].items())
        ]
        return {"mappings": found}
    return {}


# Series whose name says whether it is good.
SERIES = {
    "severity": {"page": "red", "ticket": "orange"},
    "ended": {"answered": "green", "failed": "red", "cut": "orange", "empty": "yellow"},
    "place": {"stored": "green", "missing": "red", "lost by clients": "orange", "rejected": "yellow"},
}
