"""The one sentence an alert is known by: what broke, for whom, how bad."""

from __future__ import annotations

from collections.abc import Mapping

from detectors.monitors.base import Signal
from services.wording.alert import HEADLINE
from services.wording.numbers import digits, quantity
from services.wording.words import beyond, clip, fit, plural, times, where

_WHERE = 48  # characters of a series' name; the numbers after it must still be seen
_NAME = 36
_TEXTS = {"toxic prompts": "questions", "toxic answers": "answers"}
_CLAIMS = {"hallucination score": "look unsupported"}


def title(sentence: str, signal: Signal, days_left: int | None = None) -> str:
    """Return the sentence of `signals.toml` with this signal's words in it, short enough for a phone."""
    series, unit, facts = signal.series, signal.unit, signal.facts
    what = facts.get("what", "")
    usual = quantity(signal.reference, unit)
    words: Mapping[str, str] = {
        "times": times(signal.observed, signal.reference),
        "now": quantity(signal.observed, unit),
        "usual": usual,
        "usually": f", usually {usual}" if signal.reference > 0 else "",
        "amount": digits(signal.observed),
        "was": f", usually {digits(signal.reference)}" if signal.reference > 0 else "",
        "what": clip(what or signal.signal.replace("_", " ")),
        "texts": _TEXTS.get(what, "texts"),
        "claim": _CLAIMS.get(what, "say what their context does not"),
        "where": where(series, len(signal.routes), _WHERE),
        "model": fit(series.model or "a model", _NAME),
        "platform": fit(series.platform or "its platform", _NAME),
        "retires": _retires(days_left),
        "users": _users(signal),
        "from": fit(facts.get("from") or "the usual model", _NAME),
        "to": fit(facts.get("to") or "another model", _NAME),
        "receivers": clip(facts.get("receivers", "")),
        "fallen": _fallen(signal),
        "spent": _spent(signal),
        "rest": beyond(facts),
        "detector": fit(facts.get("detector", ""), _NAME),
    }
    return clip(sentence.format_map(words), HEADLINE)


def _users(signal: Signal) -> str:
    if len(signal.routes) == 1:
        return fit(signal.routes[0], _NAME)
    return plural(len(signal.routes), "route") if signal.routes else "nobody known"


def _retires(days_left: int | None) -> str:
    if days_left is None:
        return "retires soon"
    if days_left <= 0:
        return "is retired"
    return f"retires in {days_left} day" + ("s" if days_left > 1 else "")


def _fallen(signal: Signal) -> str:
    part = signal.observed / signal.reference if signal.reference > 0 else 0.0
    return "has stopped" if part < 0.02 else f"has fallen to {part:.0%} of its usual"  # noqa: PLR2004 -- next to nothing


def _spent(signal: Signal) -> str:
    if "reached" in signal.facts:
        return f"will be passed on {clip(signal.facts['reached'])}"
    return "is passed" if signal.facts.get("budget") == "passed" else "will be passed"
