"""The fleet as rules see it: which series is watched for which signal, and what becomes of a finding."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from detectors.monitors.base import Leaf, Level, Series, Signal, SignalName
from detectors.monitors.page_budget import DETERMINISTIC, MEAN_SHARE, SEVERITY, PageBudget
from detectors.monitors.page_budget import Severity as Budgeted
from detectors.monitors.series import members, watched
from services.alerter.alert import Severity
from services.alerter.rules import Rule, Rules, default_severity

# Where signals are found that are not watched for on every level.
ON: Mapping[str, Level] = {
    "prompt_drift": "route",
    "response_drift": "route",
    "residency": "route",
    "unpriced": "route_model",
    "lifecycle": "platform_model",
    "completeness": "fleet",
    "detector_changed": "fleet",
    "detector_lag": "fleet",
}
POOLED = 1.0 + MEAN_SHARE / (1.0 - MEAN_SHARE)  # a series' own rate, and its part of the mean's


@dataclass(frozen=True, slots=True)
class Outlook:
    """What would become of a finding about one series, in the hands of one team.

    Attributes
    ----------
    supposed : the finding
    number : of the rule that decides, -1: the default
    severity : off where a rule keeps it quiet
    receivers : who would hear of it
    """

    supposed: Signal
    number: int
    severity: Severity | Budgeted
    receivers: tuple[str, ...]

    @property
    def signal(self) -> SignalName:
        """What the finding is about."""
        return self.supposed.signal

    @property
    def series(self) -> Series:
        """Where it is."""
        return self.supposed.series

    @property
    def team(self) -> str:
        """Whose it is."""
        return self.supposed.team


@dataclass(frozen=True, slots=True)
class Spending:
    """False findings a month that one series has been promised of one signal.

    Attributes
    ----------
    severity : page or ticket: whose budget it is
    """

    signal: SignalName
    series: Series
    severity: Budgeted
    per_month: float


def series_of(signal: str, leaves: Sequence[Leaf]) -> Mapping[Series, frozenset[Leaf]]:
    """Return the series of a fleet that are watched for a signal."""
    level = ON.get(signal)
    if level is None:
        return watched(leaves)
    return {series: group for series, group in members(leaves).items() if series.level == level}


def outlooks(rules: Rules, signals: Sequence[SignalName], fleet: Mapping[Leaf, str]) -> Iterator[Outlook]:
    """Yield what would become of a finding about each series, for each team that has a part in it."""
    owners = rules.owners(fleet)
    for signal in signals:
        for series, group in series_of(signal, list(fleet)).items():
            for team in sorted({owners[leaf] for leaf in group}):
                yield _outlook(rules, supposed(signal, series, _worst_of(group, team, owners), team))


def spending(budget: PageBudget, fleet: Mapping[Leaf, str]) -> Iterator[Spending]:
    """Yield what every series of a fleet may spend once its references are there."""
    for signal in SEVERITY:
        if signal in DETERMINISTIC:
            continue
        groups = series_of(signal, list(fleet))
        shares = budget.shares(signal, groups, fleet)
        for number, series in enumerate(groups):
            severity = shares.severity[number]
            if severity in budget.per_month:
                alone = 1.0 / budget(signal, len(groups))
                pooled = POOLED / float(shares.months[number])
                yield Spending(signal, series, severity, alone if signal in ON else pooled)


def supposed(signal: SignalName, series: Series, routes: Sequence[str], team: str) -> Signal:
    """Return a finding nobody has made: about a series, of every size, now."""
    return Signal(
        signal=signal,
        state="raised",
        series=series,
        team=team,
        minute=0,
        began=0,
        began_low=0,
        began_high=0,
        observed=math.inf,
        reference=1.0,
        low=math.inf,
        high=math.inf,
        unit="",
        n=1 << 62,
        routes=routes,
        share_of_traffic=1.0,
        monitor="",
    )


def _worst_of(group: Collection[Leaf], team: str, owners: Mapping[Leaf, str]) -> list[str]:
    """Return the routes of a group as a finding has them that hits one team worst."""
    own = {leaf.route for leaf in group if owners[leaf] == team}
    return [*sorted(own), *sorted({leaf.route for leaf in group} - own)]


def _outlook(rules: Rules, signal: Signal) -> Outlook:
    rule = rules.decide(signal).rule
    number = -1 if rule is None else _place(rules.own, rule)
    said = rule.severity if rule else None
    severity = said or default_severity(signal)
    receivers = () if severity == "off" else rules.receivers_of(severity, rule, signal.team)
    return Outlook(signal, number, severity, receivers)


def _place(own: Sequence[Rule], rule: Rule) -> int:
    return next(number for number, one in enumerate(own) if one is rule)
