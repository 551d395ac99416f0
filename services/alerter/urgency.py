"""What rules would make of a finding before there is one: whose budget it spends, what effect is bet on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import get_args

from detectors.monitors.base import Leaf, Level, Series, SignalName
from detectors.monitors.page_budget import LOUDNESS, Groups, Severity, Teams
from detectors.monitors.series import members
from services.alerter.rules import Rule, Rules, severities

Kind = tuple[tuple[bool, bool], ...]  # for each rule: whether it takes a leaf's route, and its team
Decider = tuple[int, Level]  # number of a rule, -1 for the default, and the level of the finding
DEFAULT = -1
LEVELS: tuple[Level, ...] = get_args(Level)
NARROW = ("team", "platform", "model", "level")  # selectors that take a leaf on some levels only


class Urgency:
    """What the page budget asks of a person's rules.

    Where an alarm begins is not where its finding ends: a platform's alarm may be one route's trouble, and
    a route's may have a neighbour in it for which another rule holds. So a series counts as the loudest
    that any finding can get which shares a leaf with it, and of a leaf that effect is bet on which matters to
    any finding that it has part in.

    Parameters
    ----------
    rules : the user's
    """

    def __init__(self, rules: Rules) -> None:
        self.rules = rules

    def possible(self, signal: SignalName) -> Collection[Severity]:
        """Return the severities of which a series of the signal may be, at the loudest of its findings."""
        found: set[Severity] = set()
        usual = self._usual(signal)
        for rule in self._speaking(signal):
            found |= {rule.severity} if rule.severity else usual
            if rule.everywhere:
                return found
        return found | usual

    def loudest(self, signal: SignalName, groups: Groups, teams: Teams) -> Sequence[Severity]:
        """Return for each series the loudest that a finding can get which shares a leaf with it."""
        rules, usual, teams = self._speaking(signal), severities(signal), self.rules.owners(teams)

        def severity(decider: Decider) -> Severity:
            number, level = decider
            said = rules[number].severity if number != DEFAULT else None
            return said or usual[level]

        found = deciders(rules, frozenset[Leaf]().union(*groups.values()), teams)
        loudest = {leaf: _loudest(map(severity, decide)) for leaf, decide in found.items()}
        return [_loudest(loudest[leaf] for leaf in group) for group in groups.values()]

    def least(self, signal: SignalName, teams: Teams) -> Mapping[Leaf, float]:
        """Return for each leaf the least ratio that matters to any finding it has part in."""
        rules, teams = self._speaking(signal), self.rules.owners(teams)

        def asked(decide: frozenset[Decider]) -> Iterator[float]:
            for number, _ in decide:
                if number == DEFAULT:
                    yield 1.0
                elif rules[number].severity != "off":
                    yield rules[number].ratio

        return {leaf: min(asked(one), default=1.0) for leaf, one in deciders(rules, teams, teams).items()}

    def _speaking(self, signal: SignalName) -> Sequence[Rule]:
        return [rule for rule in self.rules.own if rule.speaks_of(signal)]

    def _usual(self, signal: SignalName) -> set[Severity]:
        """Return what the loudest finding of a series can be where the defaults have a say.

        A rule that takes a leaf by its route takes it on all levels, and leaves the defaults all of them.
        """
        usual: set[Severity] = set(severities(signal).values())
        selected = (getattr(rule, name) for rule in self._speaking(signal) for name in NARROW)
        return usual if any(glob != "*" for glob in selected) else {_loudest(usual)}


def deciders(
    rules: Sequence[Rule], leaves: Iterable[Leaf], teams: Teams
) -> Mapping[Leaf, frozenset[Decider]]:
    """Return for each leaf what may decide about a finding it has part in.

    A rule takes a finding if any of its routes matches, and its team is that of any of its leaves: so three
    leaves decide, the one asked for, one for the route and one for the team. Leaves of which the rules take
    the same routes and teams are of one kind, and there are few kinds. By chance a finding has only leaves in
    it that have platform or route in common with one of them; others come in at 100 to 1 (`localise.py`).

    Parameters
    ----------
    rules : those that speak of the signal
    """
    if not rules or rules[0].everywhere:
        always = frozenset((0 if rules else DEFAULT, level) for level in LEVELS)
        return dict.fromkeys(leaves, always)
    kinds = {leaf: _kind(rules, leaf.route, teams.get(leaf, "")) for leaf in leaves}
    series_of = members(kinds)
    present = {series: frozenset(kinds[leaf] for leaf in group) for series, group in series_of.items()}
    found: dict[Leaf, set[Decider]] = {leaf: set() for leaf in kinds}
    for series, group in series_of.items():
        named = tuple(rule.names(series) for rule in rules)
        for leaf in group:
            near = _kin(leaf, present) if series.level == "fleet" else present[series]
            found[leaf] |= {(number, series.level) for number in _firsts(named, kinds[leaf], near)}
    return {leaf: frozenset(decide) for leaf, decide in found.items()}


def _kin(leaf: Leaf, present: Mapping[Series, frozenset[Kind]]) -> frozenset[Kind]:
    platform = present[Series("platform", leaf.tenant, leaf.platform)]
    return platform | present[Series("route", leaf.tenant, route=leaf.route)]


def _loudest(severities: Iterable[Severity]) -> Severity:
    return max(severities, key=LOUDNESS.__getitem__)


def _kind(rules: Sequence[Rule], route: str, team: str) -> Kind:
    return tuple((fnmatchcase(route, rule.route), fnmatchcase(team, rule.team)) for rule in rules)


@lru_cache(4096)
def _firsts(named: tuple[bool, ...], own: Kind, present: frozenset[Kind]) -> frozenset[int]:
    """Return which rules can be the first to match a finding of a series that has a leaf of kind `own` in it.

    Parameters
    ----------
    named : for each rule, whether it is about the series
    present : the kinds of the leaves that may be in it
    """
    return frozenset(_first(named, own, other, team) for other in present for team in present)


def _first(named: tuple[bool, ...], own: Kind, other: Kind, team: Kind) -> int:
    rules = enumerate(zip(named, zip(own, other, team, strict=True), strict=True))
    matching = (i for i, (name, kinds) in rules if name and any(kind[0] for kind in kinds) and kinds[-1][1])
    return next(matching, DEFAULT)
