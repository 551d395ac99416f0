"""How long each monitor must stay silent by mistake, so that the whole fleet keeps its page budget."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from detectors.monitors.base import Leaf, Series, SignalName

Severity = Literal["page", "ticket", "info", "off"]

SEVERITY: Mapping[SignalName, Severity] = {
    "error": "page",
    "latency": "page",
    "hallucination": "page",
    "toxicity": "page",
    "lifecycle": "page",
    "silence": "page",
    "model_changed": "ticket",
    "unpriced": "ticket",
    "residency": "ticket",
    "spend": "ticket",
    "tokens": "ticket",
    "ttft": "ticket",
    "refusal": "ticket",
    "privacy": "ticket",
    "truncated": "ticket",
    "budget": "ticket",
    "detector_coverage": "ticket",
    "detector_changed": "ticket",
    "detector_lag": "ticket",
    "prompt_drift": "info",
    "response_drift": "info",
}
DETERMINISTIC: frozenset[SignalName] = frozenset(
    {"lifecycle", "residency", "unpriced", "detector_changed"}
)  # never false by chance
INFORMATION_MONTHS = 12.0  # between false informations of one series
LOUDNESS: Mapping[Severity, int] = {"off": 0, "info": 1, "ticket": 2, "page": 3}
POOLS: tuple[Severity, ...] = ("page", "ticket")  # the severities that have a budget
# Of a signal's budget, for the mean of its series. A mean with the share of one series could never be first.
MEAN_SHARE = 0.1

Months = Callable[[SignalName, int], float]
Groups = Mapping[Series, frozenset[Leaf]]
Teams = Mapping[Leaf, str]


class Judge(Protocol):
    """Says how urgent what monitors find will be: that decides whose budget a false finding spends."""

    def possible(self, signal: SignalName) -> Collection[Severity]:
        """Return every severity that `loudest` may return for a signal."""

    def loudest(self, signal: SignalName, groups: Groups, teams: Teams) -> Sequence[Severity]:
        """Return for each series the loudest that a finding which begins with an alarm of it can get.

        The finding may turn out narrower or wider than the series: it shares one leaf with it at least.
        """

    def least(self, signal: SignalName, teams: Teams) -> Mapping[Leaf, float]:
        """Return for each leaf the least ratio to its reference that matters to a finding with it, or 1."""


class Usual:
    """The severities of signals that no rule of a person changes."""

    def possible(self, signal: SignalName) -> Collection[Severity]:
        return (SEVERITY[signal],)

    def loudest(self, signal: SignalName, groups: Groups, teams: Teams) -> Sequence[Severity]:  # noqa: ARG002 -- the same everywhere
        return [SEVERITY[signal]] * len(groups)

    def least(self, signal: SignalName, teams: Teams) -> Mapping[Leaf, float]:  # noqa: ARG002 -- the same everywhere
        return dict.fromkeys(teams, 1.0)


@dataclass(frozen=True, slots=True)
class Shares:
    """What each watched series of one signal may spend.

    Attributes
    ----------
    severity : of each, the loudest a finding there can get
    months : (series,) between false findings of each
    pool : (series,) number of the severity whose series also share a mean; -1: none
    least : (leaves,) ratio to the reference up to which a change is not bet on, in the order of `teams`
    """

    severity: Sequence[Severity]
    months: NDArray[np.float64]
    pool: NDArray[np.int64]
    least: NDArray[np.float64]


class PageBudget:
    """Shares the false pages and tickets of a month among signals, and each signal's among its series.

    Bonferroni in time: every signal that can page under the rules has an equal part of the pages, and of
    that every series that can page now; a tenth goes to the mean of them. Tickets alike. However many
    series come or go, and whenever, the promised rates sum up to the budget at most. Information has its
    own rate, one a year and series, and spends nothing; nor does what a rule keeps quiet, or what cannot be
    false by chance.

    Parameters
    ----------
    pages_per_month, tickets_per_month : false ones the whole fleet may cause
    judge : how urgent findings are; by default as no rule changes it

    >>> PageBudget(pages_per_month=1)("error", 20)
    100.0
    >>> PageBudget(tickets_per_month=4)("spend", 20)
    50.0
    """

    def __init__(
        self, pages_per_month: float = 1.0, tickets_per_month: float = 4.0, judge: Judge | None = None
    ) -> None:
        self.per_month: Mapping[Severity, float] = {"page": pages_per_month, "ticket": tickets_per_month}
        self.judge = judge or Usual()
        self._parts = {severity: self._of_one(severity) for severity in self.per_month}

    def __call__(self, signal: SignalName, series: int) -> float:
        """Return the months between false findings of each of so many series, all as loud as can be."""
        return self._months(max(self.judge.possible(signal), key=LOUDNESS.__getitem__), series, 1.0)

    def shares(self, signal: SignalName, groups: Groups, teams: Teams) -> Shares:
        """Return what each series may spend when exactly these are watched."""
        severity = self.judge.loudest(signal, groups, teams)
        months = {one: self._months(one, severity.count(one), 1.0 - MEAN_SHARE) for one in set(severity)}
        pool = [POOLS.index(one) if one in POOLS else -1 for one in severity]
        least = self.judge.least(signal, teams)
        return Shares(
            severity,
            np.array([months[one] for one in severity], dtype=np.float64),
            np.array(pool, dtype=np.int64),
            np.array([least[leaf] for leaf in teams], dtype=np.float64),
        )

    def part(self, severity: Severity) -> float:
        """Return the false findings of this severity that one signal may cause in a month."""
        return self._parts[severity]

    def _of_one(self, severity: Severity) -> float:
        kinds = sum(severity in self.judge.possible(name) for name in SEVERITY if name not in DETERMINISTIC)
        return self.per_month[severity] / max(kinds, 1)

    def _months(self, severity: Severity, series: int, share: float) -> float:
        if severity not in self.per_month:
            return INFORMATION_MONTHS
        return max(series / (self.part(severity) * share), 1.0)


def page_budget(
    pages_per_month: float = 1.0, tickets_per_month: float = 4.0, judge: Judge | None = None
) -> PageBudget:
    """Return the budget that monitors share."""
    return PageBudget(pages_per_month, tickets_per_month, judge)


def shares(months: Months, signal: SignalName, groups: Groups, teams: Teams) -> Shares:
    """Return what each series may spend; a plain function promises all of them the same, and no mean."""
    if isinstance(months, PageBudget):
        return months.shares(signal, groups, teams)
    n = len(groups)
    each = np.full(n, months(signal, max(n, 1)))
    return Shares(["info"] * n, each, np.full(n, -1, dtype=np.int64), np.ones(len(teams)))
