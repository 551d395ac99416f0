"""What every rule means for the fleet of today, and what of it nobody will have meant."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import get_args

from detectors.monitors.base import Leaf, Series, SignalName
from detectors.monitors.page_budget import PageBudget, Severity, page_budget
from services.alerter.rules import SELECTORS, Effect, Rule, Rules
from services.alerter.urgency import Urgency
from services.config import CONSOLE, Config
from services.rules.fleet import Outlook, Spending, outlooks, spending
from services.wiring import rules

DEFAULT = -1
SIGNALS: tuple[SignalName, ...] = get_args(SignalName)


@dataclass(frozen=True, slots=True)
class Warned:
    """Something that nobody will have meant so.

    Attributes
    ----------
    number : of the rule, -1 where it is about none
    """

    number: int
    what: str


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one rule means, or the defaults do.

    Attributes
    ----------
    number : of the rule, -1 for the defaults
    outlooks : what it decides about
    spending : of the series it decides about
    effects : for each least effect that it asks, and each signal it decides about, whether monitors bet
        against it (True) or findings are filtered
    """

    number: int
    rule: Rule | None
    outlooks: Sequence[Outlook]
    spending: Sequence[Spending]
    effects: Mapping[tuple[Effect, SignalName], bool] = field(default_factory=dict)

    def per_month(self, severity: Severity) -> float:
        """Return how many false findings a month are promised at most where this decides."""
        return sum(one.per_month for one in self.spending if one.severity == severity)


@dataclass(frozen=True, slots=True)
class Check:
    """All that there is to say about a configuration's rules.

    Attributes
    ----------
    fleet : every route on every model, with its team; empty where none is known
    """

    rules: Rules
    budget: PageBudget
    fleet: Mapping[Leaf, str]
    meanings: Sequence[Meaning]
    warnings: Sequence[Warned]


def check(config: Config, fleet: Mapping[Leaf, str]) -> Check:
    """Resolve every rule against a fleet.

    Parameters
    ----------
    fleet : every route on every model that is called, with its team
    """
    said = rules(config)
    budget = page_budget(config.pages_per_month, config.tickets_per_month, Urgency(said))
    found = list(outlooks(said, SIGNALS, fleet))
    deciding: dict[tuple[SignalName, Series], int] = {}
    by_rule: defaultdict[int, list[Outlook]] = defaultdict(list)
    for one in found:
        by_rule[one.number].append(one)
        deciding.setdefault((one.signal, one.series), one.number)
    spent: defaultdict[int, list[Spending]] = defaultdict(list)
    for each in spending(budget, fleet):
        spent[deciding[each.signal, each.series]].append(each)
    meanings = [
        Meaning(number, rule, by_rule[number], spent[number], _effects(said, rule, by_rule[number]))
        for number, rule in [*enumerate(said.own), (DEFAULT, None)]
    ]
    warnings = [*_shadowed(said), *_idle(said, meanings, fleet), *_unheard(config, meanings)]
    return Check(
        said, budget, fleet, meanings, sorted(warnings, key=lambda one: (one.number < 0, one.number))
    )


def _effects(
    said: Rules, rule: Rule | None, decided: Sequence[Outlook]
) -> Mapping[tuple[Effect, SignalName], bool]:
    if rule is None or rule.severity == "off":
        return {}
    signals = dict.fromkeys(one.signal for one in decided)
    return {
        (effect, signal): effect == "ratio" and said.bet(rule, signal)
        for effect in rule.at_least
        for signal in signals
    }


def _shadowed(said: Rules) -> Iterator[Warned]:
    """Find rules that an earlier one leaves nothing, whatever the fleet."""
    for number, rule in enumerate(said.own):
        before = next((i for i, other in enumerate(said.own[:number]) if _covers(other, rule)), None)
        if before is not None:
            yield Warned(
                number, f"is never asked: rules.{before} matches everything it does, and stands first"
            )


def _covers(first: Rule, then: Rule) -> bool:
    """Tell whether a rule matches whatever another does, as far as their globs show it."""
    pairs = ((getattr(first, name), getattr(then, name)) for name in ("signal", *SELECTORS))
    return all(
        mine in {"*", theirs} or (not _wild(theirs) and fnmatchcase(theirs, mine)) for mine, theirs in pairs
    )


def _wild(glob: str) -> bool:
    return any(char in glob for char in "*?[")


def _idle(said: Rules, meanings: Sequence[Meaning], fleet: Mapping[Leaf, str]) -> Iterator[Warned]:
    """Find rules that decide about nothing in this fleet, and say why."""
    shadowed = {one.number for one in _shadowed(said)}
    for meaning in meanings:
        rule = meaning.rule
        if rule is None or meaning.outlooks or meaning.number in shadowed or not fleet:
            continue
        others = (one for other in meanings for one in other.outlooks)
        earlier = sorted({one.number for one in others if rule.selects(one.supposed)})
        if earlier:
            first = ", ".join(f"rules.{number}" for number in earlier)
            yield Warned(
                meaning.number, f"decides about nothing in this fleet: {first} come first everywhere"
            )
        else:
            yield Warned(
                meaning.number, "matches nothing in this fleet: correct its selectors, or leave it out"
            )


def _unheard(config: Config, meanings: Sequence[Meaning]) -> Iterator[Warned]:
    """Find pages that wake nobody, and receivers to which nothing goes."""
    for meaning in meanings:
        pages = [one for one in meaning.outlooks if one.severity == "page"]
        lone = [one for one in pages if set(one.receivers) <= {CONSOLE}]
        if lone:
            whose = ", ".join(sorted({one.team or "no team" for one in lone}))
            yield Warned(
                meaning.number,
                f"pages nobody: its pages about routes of {whose} go to the terminal only; name receivers",
            )
    used = {name for meaning in meanings for one in meaning.outlooks for name in one.receivers}
    if any(meaning.outlooks for meaning in meanings):
        for name in config.receivers:
            if name not in used:
                yield Warned(DEFAULT, f"receiver {name} hears of nothing: no rule and no team sends there")
