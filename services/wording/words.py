"""Names from outside as they may stand in a line, and the few words every alert is made of."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Protocol

LONGEST = 120  # a name longer than this is cut; the whole of it stands on the alert's page
_MANY = 10.0
_NONE = 0.01
_HALF = 0.5


class Named(Protocol):
    """A series: a level and its key; fields that the level does not name are empty."""

    @property
    def level(self) -> str: ...
    @property
    def tenant(self) -> str: ...
    @property
    def platform(self) -> str: ...
    @property
    def route(self) -> str: ...
    @property
    def model(self) -> str: ...
    @property
    def team(self) -> str: ...


def one_line(text: str) -> str:
    """Return the text with every character that a receiver could obey, or that hides text, as a space."""
    return "".join(char if char.isprintable() else " " for char in text)


def beyond(facts: Mapping[str, str]) -> str:
    """Return the part of the calls that is told of, where it is the largest values only; "" for usual calls.

    >>> beyond({"quantile": "0.99"}), beyond({"quantile": "0.5"})
    ('1 %', '')
    """
    quantile = float(facts.get("quantile", 0))
    return f"{100 * (1 - quantile):.0f} %" if quantile > _HALF else ""


def clip(text: str, most: int = LONGEST) -> str:
    """Return the text on one line, without control characters, cut where it is endless.

    >>> clip("support/answer", 8)
    'support…'
    """
    line = one_line(text)
    return line if len(line) <= most else line[: most - 1] + "…"


def fit(name: str, most: int) -> str:
    """Return a name on one line, cut in its middle: what tells it from others is at both ends.

    >>> fit("support/answers-of-the-new-portal", 20)
    'support/…-new-portal'
    """
    line = one_line(name)
    if len(line) <= most:
        return line
    head = most * 2 // 5
    return f"{line[:head]}…{line[len(line) - (most - head - 1) :]}"


def plural(n: int, word: str) -> str:
    """Return a number of things.

    >>> plural(1, "route"), plural(1200, "route")
    ('1 route', '1,200 routes')
    """
    return f"{n:,} {word}" if n == 1 else f"{n:,} {word}s"


def listed(names: tuple[str, ...], most: int = 3) -> str:
    """Return the first few names, and how many there are besides.

    >>> listed(("a", "b", "c", "d", "e"))
    'a, b, c and 2 more'
    """
    shown = ", ".join(clip(name) for name in names[:most])
    return shown + (f" and {len(names) - most} more" if len(names) > most else "")


def where(series: Named, routes: int = 0, most: int = LONGEST) -> str:
    """Return the series as a person would name it, in at most about that many characters."""
    model = "/".join(part for part in (series.platform, series.model) if part)
    if series.route and series.model:
        half = (most - 3) // 2
        route = fit(series.route, max(half, most - 3 - len(model)))
        return f"{route} ({fit(model, max(half, most - 3 - len(route)))})"
    if series.route:
        return fit(series.route, most)
    if series.team:
        return f"team {fit(series.team, most - 5)}"
    if not model:
        return "the whole fleet"
    return f"{fit(model, most - 14)} ({routes} routes)" if routes > 1 else fit(model, most)


def times(observed: float | None, reference: float | None) -> str:
    """Return the ratio of now to usual, "3.0 times"; "many times" where there was none before."""
    if reference is None or observed is None or not reference > 0 or not observed >= 0:
        return "many times"
    ratio = observed / reference
    if not math.isfinite(ratio):
        return "many times"
    if ratio < _NONE:
        return "next to none"
    if ratio >= _MANY:
        return f"{ratio:,.0f} times"
    return f"{ratio:.2g} times" if ratio < 1 else f"{ratio:.1f} times"
