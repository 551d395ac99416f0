"""What deserves an alert, how urgent it is and who hears of it."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from fnmatch import fnmatchcase
from functools import cache
from itertools import zip_longest
from pathlib import Path
from typing import Literal, get_args

import msgspec

from detectors.monitors.base import Leaf, Level, Series, Signal
from services.alerter.alert import Severity
from services.alerter.mute import Mutes
from services.wording.words import beyond

APART = ", "  # between owners
URGENT_DAYS = 14  # a model with no more days than this pages

Effect = Literal["ratio", "difference", "observed", "n", "share_of_traffic"]
Answer = Literal["alert", "off", "too small"]

# Of these every series can be bet on against a ratio of its own; of others only the whole fleet.
RATES: frozenset[str] = frozenset({"error", "hallucination", "toxicity", "refusal", "privacy", "truncated"})
SELECTORS = ("tenant", "team", "route", "platform", "model", "level")


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
        routes = signal.routes or (signal.series.route,)
        return (
            self.speaks_of(signal.signal)
            and self.names(signal.series)
            and fnmatchcase(signal.team, self.team)
            and any(fnmatchcase(route, self.route) for route in routes)
        )

    def speaks_of(self, signal: str) -> bool:
        """Tell whether this rule is about signals of that name."""
        return fnmatchcase(signal, self.signal)

    def names(self, series: Series) -> bool:
        """Tell whether this rule may be about a series, whatever its routes and team are."""
        named = (
            (series.tenant, self.tenant),
            (series.platform, self.platform),
            (series.model, self.model),
            (series.level, self.level),
        )
        return all(fnmatchcase(value, glob) for value, glob in named)

    @property
    def everywhere(self) -> bool:
        """Whether it holds for the whole fleet."""
        return all(getattr(self, name) == "*" for name in SELECTORS)

    @property
    def ratio(self) -> float:
        """The least ratio asked for, as monitors bet on it: they see rises."""
        return max(1.0, self.at_least.get("ratio", 1.0))

    def matters(self, signal: Signal, *, proven: bool = False) -> bool:
        """Tell whether the effect is as large as the rule asks.

        Parameters
        ----------
        proven : the monitor has bet against the ratio asked for; then only what surely is smaller, found
            against a reference of before the rule, does not matter
        """
        most = math.inf if signal.high is None else max(signal.observed, signal.high)
        sure = replace(signal, observed=most) if proven else signal
        return all(
            effect(sure if name == "ratio" else signal, name) >= least
            for name, least in self.at_least.items()
        )


@dataclass(frozen=True, slots=True)
class Team:
    """Who owns a team's routes and where its notifications go."""

    owner: str = ""
    receivers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rules say about one signal.

    Attributes
    ----------
    receivers : who hears of it: for each team that is hit, as the rules have it for that team's routes
    teams : that own what is hit, the worst hit first
    owner : of each of them
    named : a rule names the receivers; otherwise they are those of the teams, or all
    """

    rule: str
    severity: Severity
    receivers: tuple[str, ...]
    teams: tuple[str, ...]
    owner: str
    named: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """Which rule decides about one signal, and what it says.

    Attributes
    ----------
    rule : None where no rule of a person does: the default of the signal and its level holds
    answer : alert, off (a rule keeps it quiet), too small (for what the rule asks)
    """

    rule: Rule | None
    answer: Answer


@dataclass(frozen=True, slots=True)
class Rules:
    """The user's rules in order, first match wins, then the default of the signal and its level.

    Attributes
    ----------
    own : the user's rules
    teams : by name; the team of a signal names owner and receivers
    receivers : where notifications go that neither rule nor team directs
    team_of : the team that the configuration gives a route to, "" where it gives it to none; then the team
        that the calls name owns it
    mutes : what nobody is to hear of for a while
    renotify : how long nobody may acknowledge an alert before it is told again, by severity; never where none
    """

    own: Sequence[Rule] = ()
    teams: Mapping[str, Team] = field(default_factory=dict)
    receivers: tuple[str, ...] = ("console",)
    team_of: Callable[[str], str] = lambda _: ""
    mutes: Mutes = field(default_factory=Mutes)
    renotify: Mapping[Severity, timedelta] = field(default_factory=dict)

    def judge(self, signal: Signal) -> Verdict | None:
        """Return what becomes of a signal, or None where a rule keeps it quiet."""
        signal = self.owned(signal)
        decision = self.decide(signal)
        if decision.answer != "alert":
            return None
        rule = decision.rule or Rule(signal.signal)
        said = rule.severity
        severity = default_severity(signal) if said is None or said == "off" else said
        hit = self.hit(signal)
        receivers = [*rule.receivers, *(name for part in hit.values() for name in self._hear(part, severity))]
        heard = tuple(dict.fromkeys(receivers)) or self.receivers_of(severity, rule, signal.team)
        owners = dict.fromkeys(self.owner(team) for team in hit)
        owner = APART.join(filter(None, owners))
        return Verdict(rule.name, severity, heard, tuple(hit), owner, named=bool(rule.receivers))

    def owned(self, signal: Signal) -> Signal:
        """Return the signal as one of the team that owns the route which is hit worst."""
        worst = next(iter(signal.routes), signal.series.route)
        if not worst or signal.series.team:
            return signal
        return replace(signal, team=self.team_of(worst) or signal.team)

    def owners(self, teams: Mapping[Leaf, str]) -> Mapping[Leaf, str]:
        """Return whose each leaf's route is: as the configuration has it, else as its calls name it."""
        return {leaf: self.team_of(leaf.route) or team for leaf, team in teams.items()}

    def hit(self, signal: Signal) -> Mapping[str, Signal]:
        """Return the part of a signal that hits each team, worst hit first; nobody's routes only alone."""
        if signal.series.team or not signal.routes:
            return {signal.team: signal}
        routes: dict[str, list[str]] = {}
        for route, named in zip_longest(signal.routes, signal.teams or (signal.team,)):
            team = self.team_of(route) or named
            if team is not None:
                routes.setdefault(team, []).append(route)
        owned = {team: own for team, own in routes.items() if team}
        return {
            team: replace(signal, team=team, routes=own, teams=[team] * len(own))
            for team, own in (owned or routes).items()
        }

    def _hear(self, part: Signal, severity: Severity) -> tuple[str, ...]:
        """Return who hears of one team's part of a finding."""
        decision = self.decide(part)
        return self.receivers_of(severity, decision.rule, part.team) if decision.answer == "alert" else ()

    def decide(self, signal: Signal) -> Decision:
        """Return which rule decides about a signal, and what it says."""
        signal = self.owned(signal)
        rule = next((rule for rule in self.own if rule.selects(signal)), None)
        if rule is not None and rule.severity == "off":
            return Decision(rule, "off")
        matters = rule is None or rule.matters(signal, proven=self.bet(rule, signal.signal))
        return Decision(rule, "alert" if matters else "too small")

    def asked(self, signal: str) -> float | None:
        """Return the least ratio that a rule asks of a signal on the whole fleet; None where none does."""
        rule = next((rule for rule in self.own if rule.speaks_of(signal)), None)
        return rule.ratio if rule and rule.everywhere and "ratio" in rule.at_least else None

    def bet(self, rule: Rule, signal: str) -> bool:
        """Tell whether monitors bet against the ratio that a rule asks of a signal: it is no filter then."""
        return "ratio" in rule.at_least and (signal in RATES or self.asked(signal) is not None)

    def receivers_of(self, severity: Severity, rule: Rule | None, team: str) -> tuple[str, ...]:
        """Return who hears of a finding of this severity about a team's routes."""
        # Information reaches nobody unless a rule sends it somewhere by name.
        chosen = rule.receivers if rule else ()
        usual = self.teams.get(team, Team()).receivers or self.receivers
        return chosen or (() if severity == "info" else usual)

    def owner(self, team: str) -> str:
        """Return who owns a team's routes."""
        return self.teams.get(team, Team()).owner


def default_severity(signal: Signal) -> Severity:
    """Return how urgent a signal is when nobody said otherwise."""
    table = _entry(signal.signal).severity
    left = days_left(signal)
    urgent = left is not None and left <= URGENT_DAYS
    key = "when_urgent" if urgent and "when_urgent" in table else signal.series.level
    return table.get(key, table["otherwise"])


def severities(signal: str) -> Mapping[Level, Severity]:
    """Return how urgent a signal is at each level when nobody said otherwise and nothing hurries."""
    table = _entry(signal).severity
    return {level: table.get(level, table["otherwise"]) for level in get_args(Level)}


def sentence(signal: Signal) -> str:
    """Return the title sentence of a signal; of what only its largest values show, the one that says so."""
    entry = _entry(signal.signal)
    return entry.tail if entry.tail and beyond(signal.facts) else entry.title


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
    tail: str = ""


@cache
def _table() -> Mapping[str, _Entry]:
    text = (Path(__file__).parent / "signals.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), dict[str, _Entry])


def _entry(signal: str) -> _Entry:
    # A signal of a later monitor is worth a ticket until it has its own line.
    return _table().get(signal) or _Entry({"otherwise": "ticket"}, f"{signal} on {{where}}")
