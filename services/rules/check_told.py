"""What rules mean, in words and as one document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from detectors.monitors.base import Series
from detectors.monitors.page_budget import Severity
from services.rules.check import DEFAULT, Check, Meaning
from services.rules.fleet import Outlook
from services.wording.words import clip, one_line, where

SEVERITIES: tuple[Severity, ...] = ("page", "ticket", "info", "off")
SHOWN = 3  # series of a rule that are named on a screen
LOUD: tuple[Severity, ...] = ("page", "ticket")


def lines(found: Check) -> Iterator[str]:
    """Yield what a person reads."""
    yield _head(found)
    for meaning in found.meanings:
        yield from (one_line(line) for line in _meaning(meaning))
    if found.fleet:
        yield _promised(found)
    for warned in found.warnings:
        yield one_line(f"warning: {_name(found, warned.number)} {warned.what}".replace("  ", " "))


def document(found: Check) -> dict[str, object]:
    """Return the document of `rules check --json`."""
    return {
        "fleet": {
            "routes": len({(leaf.tenant, leaf.route) for leaf in found.fleet}),
            "models": len({(leaf.platform, leaf.model) for leaf in found.fleet}),
            "teams": sorted(set(found.fleet.values())),
        },
        "pages_per_month": found.budget.per_month["page"],
        "tickets_per_month": found.budget.per_month["ticket"],
        "promised": {name: round(_total(found, name), 6) for name in LOUD},
        "rules": [_rule(meaning) for meaning in found.meanings if meaning.number != DEFAULT],
        "default": _rule(found.meanings[-1]),
        "warnings": [
            {"rule": None if one.number == DEFAULT else one.number, "what": one.what}
            for one in found.warnings
        ],
    }


def _head(found: Check) -> str:
    rules = f"{len(found.rules.own)} rules, {len(found.rules.teams)} teams"
    if not found.fleet:
        return f"{rules}; no calls are stored: what the rules select is not known yet"
    routes = len({(leaf.tenant, leaf.route) for leaf in found.fleet})
    models = len({(leaf.platform, leaf.model) for leaf in found.fleet})
    return f"{rules}; the fleet of the last 30 days: {routes} routes on {models} models"


def _meaning(meaning: Meaning) -> Iterator[str]:
    name = f"rules.{meaning.number} {clip(meaning.rule.name)}" if meaning.rule else "by default"
    if not meaning.outlooks:
        yield f"{name}: decides about nothing"
        return
    yield f"{name}: {_selected(meaning.outlooks)}"
    for severity in SEVERITIES:
        alike = [one for one in meaning.outlooks if one.severity == severity]
        if alike:
            hears = ", ".join(
                clip(name) for name in sorted({name for one in alike for name in one.receivers})
            )
            yield f"    {severity}: {_pairs(alike)}{f', to {hears}' if hears else ''}"
    spent = [f"{meaning.per_month(name):.3g} false {name}s" for name in LOUD if meaning.per_month(name)]
    if spent:
        yield f"    promised: at most {' and '.join(spent)} a month"
    for effect in dict.fromkeys(effect for effect, _ in meaning.effects):
        yield from _effect(meaning, effect)


def _effect(meaning: Meaning, effect: str) -> Iterator[str]:
    least = (
        next(value for name, value in meaning.rule.at_least.items() if name == effect)
        if meaning.rule
        else 0.0
    )
    for bet, words in (
        (True, "monitors bet against it, so that smaller changes spend nothing"),
        (False, "filters what was found: its false alarms are paid for all the same"),
    ):
        signals = sorted(
            {signal for (name, signal), how in meaning.effects.items() if (name, how) == (effect, bet)}
        )
        if signals:
            yield f"    at_least {effect} {least:g} on {', '.join(signals)}: {words}"


def _selected(outlooks: Sequence[Outlook]) -> str:
    signals = list(dict.fromkeys(one.signal for one in outlooks))
    series = list(dict.fromkeys(one.series for one in outlooks))
    named = ", ".join(_where(one) for one in series[:SHOWN])
    more = f" and {len(series) - SHOWN} more" if len(series) > SHOWN else ""
    kinds = ", ".join(signals) if len(signals) <= SHOWN else f"{len(signals)} signals"
    return f"{kinds} on {len(series)} series ({named}{more})"


def _pairs(outlooks: Sequence[Outlook]) -> str:
    n = len({(one.signal, one.series) for one in outlooks})
    return f"{n} series" if len({one.signal for one in outlooks}) == 1 else f"{n} pairs of signal and series"


def _where(series: Series) -> str:
    return where(series)


def _promised(found: Check) -> str:
    parts = [f"{_total(found, name):.3g} of {found.budget.per_month[name]:g} false {name}s" for name in LOUD]
    return f"Promised to all of them together: at most {' and '.join(parts)} a month"


def _total(found: Check, severity: Severity) -> float:
    return sum(meaning.per_month(severity) for meaning in found.meanings)


def _name(found: Check, number: int) -> str:
    return "" if number == DEFAULT else f"rules.{number} ({clip(found.rules.own[number].name)})"


def _rule(meaning: Meaning) -> dict[str, object]:
    rule = meaning.rule
    return {
        "rule": rule.name if rule else None,
        "number": None if rule is None else meaning.number,
        "false_per_month": {name: round(meaning.per_month(name), 6) for name in LOUD},
        "at_least": [
            {
                "effect": effect,
                "least": rule.at_least[effect],
                "signal": signal,
                "how": "bet" if bet else "filter",
            }
            for (effect, signal), bet in meaning.effects.items()
            if rule
        ],
        "decides": [_outlook(one) for one in meaning.outlooks],
    }


def _outlook(one: Outlook) -> dict[str, object]:
    series = one.series
    return {
        "signal": one.signal,
        "level": series.level,
        "tenant": series.tenant,
        "platform": series.platform,
        "route": series.route,
        "model": series.model,
        "team": one.team,
        "severity": one.severity,
        "receivers": list(one.receivers),
    }
