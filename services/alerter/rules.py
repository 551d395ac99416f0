"""What deserves an alert, how urgent it is and who hears of it."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

from detectors.monitors.base import Signal
from services.alerter.alert import Severity

URGENT_DAYS = 14  # a model with no more days than this pages

Effect = Literal["ratio", "difference", "observed", "n", "share_of_traffic"]


@dataclass(frozen=True, slots=True)
class Rule:
    """A person's wish: for these signals, from this effect on, this urgent, to these receivers.

    Attributes
    ----------
    name : appears in every alert it makes
    signal : a signal's name, or a glob
    tenant, team, route, platform, model, level : globs; a route matches when any affected one does
    at_least : least effect that matters; `ratio` also takes a fall (0.5 is as far from usual as 2.0)
    severity : None keeps the default of `signals.toml`; "off" makes no alert
    receivers : names of receivers; empty means those of the team
    """

    name: str
    signal: str = "*"
    tenant: str = "*"
    team: str = "*"
    route: str = "*"
    platform: str = "*"
    model: str = "*"
    level: str = "*"
    at_least: Mapping[Effect, float] = field(default_factory=dict)
    severity: Severity | Literal["off"] | None = None
    receivers: tuple[str, ...] = ()

    def selects(self, signal: Signal) -> bool:
        """Tell whether this rule speaks about the signal at all."""
        series = signal.series
        named = (
            (signal.signal, self.signal),
            (series.tenant, self.tenant),
            (signal.team, self.team),
            (series.platform, self.platform),
            (series.model, self.model),
            (series.level, self.level),
        )
        routes = signal.routes or (series.route,)
        return all(fnmatchcase(value, glob) for value, glob in named) and any(
            fnmatchcase(route, self.route) for route in routes
        )

    def matters(self, signal: Signal) -> bool:
        """Tell whether the effect is as large as the rule asks."""
        return all(effect(signal, name) >= least for name, least in self.at_least.items())


@dataclass(frozen=True, slots=True)
class Team:
    """Who owns a team's routes and where its notifications go."""

    owner: str = ""
    receivers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rules say about one signal."""

    rule: str
    severity: Severity
    receivers: tuple[str, ...]
    owner: str


@dataclass(frozen=True, slots=True)
class Rules:
    """The user's rules in order, first match wins, then the default of the signal and its level.

    Attributes
    ----------
    own : the user's rules
    teams : by name; the team of a signal names owner and receivers
    receivers : where notifications go that neither rule nor team directs
    """

    own: Sequence[Rule] = ()
    teams: Mapping[str, Team] = field(default_factory=dict)
    receivers: tuple[str, ...] = ("console",)

    def judge(self, signal: Signal) -> Verdict | None:
        """Return what becomes of a signal, or None where a rule keeps it quiet."""
        team = self.teams.get(signal.team, Team())
        rule = next((rule for rule in self.own if rule.selects(signal)), Rule(signal.signal))
        if rule.severity == "off" or not rule.matters(signal):
            return None
        severity = rule.severity or default_severity(signal)
        return Verdict(rule.name, severity, self._receivers(severity, rule.receivers, team), team.owner)

    def _receivers(self, severity: Severity, chosen: tuple[str, ...], team: Team) -> tuple[str, ...]:
        # Information reaches nobody unless a rule sends it somewhere by name.
        return chosen or (() if severity == "info" else team.receivers or self.receivers)


def default_severity(signal: Signal) -> Severity:
    """Return how urgent a signal is when nobody said otherwise."""
    table = _entry(signal.signal).severity
    left = days_left(signal)
    urgent = left is not None and left <= URGENT_DAYS
    key = "when_urgent" if urgent and "when_urgent" in table else signal.series.level
    return table.get(key, table["otherwise"])


def sentence(signal: str) -> str:
    """Return the title sentence of a signal."""
    return _entry(signal).title


def names() -> tuple[str, ...]:
    """Return every signal's name."""
    return tuple(_table())


def effect(signal: Signal, name: Effect) -> float:
    """Return how large a signal is, as a rule counts it; a ratio below one counts as its inverse."""
    if name == "ratio":
        return _ratio(signal.observed, signal.reference)
    if name == "difference":
        return abs(signal.observed - signal.reference)
    return float(getattr(signal, name))


def days_left(signal: Signal) -> int | None:
    """Return the days a model has left, for signals that know."""
    if signal.signal != "lifecycle":
        return None
    if signal.facts.get("cause") == "retired":
        return 0
    try:
        left = float(signal.facts.get("days_left", signal.observed))
    except ValueError:
        return None
    return math.floor(left) if math.isfinite(left) else None


def _ratio(observed: float, reference: float) -> float:
    if not (observed > 0 and reference > 0):
        return math.inf if observed != reference else 1.0
    return max(observed / reference, reference / observed)


@dataclass(frozen=True, slots=True)
class _Entry:
    severity: Mapping[str, Severity]
    title: str


@cache
def _table() -> Mapping[str, _Entry]:
    text = (Path(__file__).parent / "signals.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), dict[str, _Entry])


def _entry(signal: str) -> _Entry:
    # A signal of a later monitor is worth a ticket until it has its own line.
    return _table().get(signal) or _Entry({"otherwise": "ticket"}, f"{signal} on {{where}}")
