"""The one sentence an alert is known by, and how its numbers are written."""

from __future__ import annotations

from collections.abc import Mapping

from detectors.monitors.base import Series, Signal

_LONG = 120  # a name longer than this is cut; the whole of it stands on the alert's page


def title(sentence: str, signal: Signal, days_left: int | None = None) -> str:
    """Return the sentence of `signals.toml` with this signal's words in it."""
    series = signal.series
    words: Mapping[str, str] = {
        "times": times(signal.observed, signal.reference),
        "where": where(series, len(signal.routes)),
        "model": clip(series.model or "a model"),
        "platform": clip(series.platform or "its platform"),
        "retires": _retires(days_left),
        "from": clip(signal.facts.get("from", "")),
        "to": clip(signal.facts.get("to", "")),
    }
    return sentence.format_map(words)


def where(series: Series, routes: int = 0) -> str:
    """Return the series as a person would name it."""
    model = "/".join(clip(part) for part in (series.platform, series.model) if part)
    if series.route:
        return f"{clip(series.route)} ({model})" if series.model else clip(series.route)
    if not model:
        return "the whole fleet"
    return f"{model} ({routes} routes)" if routes > 1 else model


def times(observed: float, reference: float) -> str:
    """Return the ratio of now to usual: "3.0x"; "many times" where there was none before."""
    if not reference > 0 or not observed >= 0:
        return "many times"
    ratio = observed / reference
    return f"{ratio:.0f}x" if ratio >= 10 else f"{ratio:.2g}x" if ratio < 1 else f"{ratio:.1f}x"  # noqa: PLR2004 -- three digits at most


def quantity(value: float | None, unit: str) -> str:
    """Return a number with its unit, three digits; "-" where it is unknown."""
    if value is None:
        return "-"
    if unit == "ratio":
        return f"{100 * value:.3g} %"
    if unit == "usd":
        return f"{value:.3g} USD"
    if unit == "ms" and value >= 1000:  # noqa: PLR2004 -- a second
        return f"{value / 1000:.3g} s"
    return f"{_short(value)} {unit}".strip()


def one_line(text: str) -> str:
    """Return the text with every character that a terminal could obey, or that hides text, as a space."""
    return "".join(char if char.isprintable() else " " for char in text)


def clip(text: str) -> str:
    """Return the text on one line, without control characters, cut where it is endless."""
    line = one_line(text)
    return line if len(line) <= _LONG else line[: _LONG - 1] + "…"


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"  # noqa: PLR2004 -- three digits


def _retires(days_left: int | None) -> str:
    if days_left is None:
        return "retires soon"
    if days_left <= 0:
        return "is retired"
    return f"retires in {days_left} day" + ("s" if days_left > 1 else "")
