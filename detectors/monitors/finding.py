"""From an alarm to one signal: its series, start, size, routes, share of traffic and examples."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from detectors.monitors.base import Leaf, Series, Signal, SignalName
from detectors.monitors.board import Board
from detectors.monitors.cells import Cells
from detectors.monitors.cold import lender
from detectors.monitors.incident import Incident
from detectors.monitors.local_time import LocalTime
from detectors.monitors.localise import Counts, Estimate, affected, estimate, evidence, size
from detectors.monitors.question import Plan
from detectors.monitors.roster import Roster
from detectors.monitors.series import narrowest
from detectors.monitors.yardstick import OWN

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Size = tuple[float, float, float, float | None]  # observed, reference, and the interval of the former

EXAMPLES = 3
RATIO_PRIOR = 20.0  # imagined calls at the reference that shrink a quantile
MIDDLE = 0.5


@dataclass(frozen=True, slots=True)
class Desk:
    """What is at hand when an alarm is looked into.

    Attributes
    ----------
    units : of each source; "ratio" for labels and scores, which are reported as shares of calls
    names : of each source, for people
    """

    plan: Plan
    units: Sequence[str]
    names: Sequence[str]
    time: LocalTime
    monitor: str


def counts_of(desk: Desk, roster: Roster, history: Cells, question: int, leaves: frozenset[int]) -> Counts:
    """Return one question's counts of these leaves, from when each one's reference came into force."""
    own = np.isin(history.leaf, list(leaves))
    own &= history.minute >= roster.tables.since[history.leaf, question]
    own &= roster.tables.usable()[history.leaf, question]
    cells = history[own]
    n = cells.seen[:, desk.plan.sources[question]].astype(np.float64)
    rate = roster.tables.rate(cells.leaf, desk.time.hour(cells.minute), question)
    some = n > 0
    counts = Counts(cells.minute, cells.leaf, n, cells.bad[:, question].astype(np.float64), rate)
    return counts[some]


@dataclass(frozen=True, slots=True)
class Scope:
    """Which leaves an alarm concerns and since when."""

    question: int
    leaves: frozenset[int]
    counts: Counts
    found: Estimate
    by_leaf: Mapping[int, float]


def scope(
    desk: Desk, board: Board, roster: Roster, history: Cells, *, row: int, question: int, free: frozenset[int]
) -> Scope | None:
    """Look an alarm's row up in the history and tell which of the tenant's free leaves share the change.

    None when nothing is left to look at, because other signals have taken its leaves meanwhile.

    Parameters
    ----------
    question : the one with most of the evidence
    """
    _, series = board.pair(row)
    inside = board.leaves[series] & free
    # A leaf that lies above its siblings may always do so: it joins no incident that it has not found itself.
    free -= frozenset(_lent(roster, free, question)) - inside
    since = int(board.engine.since[row])
    everywhere = counts_of(desk, roster, history, question, free)
    everywhere = everywhere[everywhere.minute >= since]
    own = everywhere.of(inside)
    if not len(own.minute):
        return None
    first = estimate(own, since)
    by_leaf = evidence(everywhere, first.began, first.odds)
    leaves = affected(by_leaf, inside, lambda a, b: _kin(roster.leaves[a], roster.leaves[b]))
    found = estimate(everywhere.of(leaves), since)
    return Scope(question, leaves, everywhere.of(leaves), found, by_leaf)


def _kin(one: Leaf, other: Leaf) -> bool:
    return one.platform == other.platform or one.route == other.route


def rescope(question: int, leaves: frozenset[int], counts: Counts, since: int) -> Scope:
    """Return start and size of a change in leaves that are known."""
    found = estimate(counts, since)
    return Scope(question, leaves, counts, found, evidence(counts, found.began, found.odds))


def raised(
    desk: Desk, roster: Roster, history: Cells, *, minute: int, incident: Incident, at: Scope
) -> Signal:
    """Return the signal of an incident as it stands."""
    since = history[history.minute >= at.found.began]
    observed, reference, low, high = _size(desk, roster, at, incident.leaves)
    worst = sorted(incident.leaves, key=lambda leaf: (-at.by_leaf.get(leaf, 0.0), roster.leaves[leaf]))
    owners = {roster.leaves[leaf].route: roster.teams[leaf] for leaf in reversed(worst)}
    routes = tuple(dict.fromkeys(roster.leaves[leaf].route for leaf in worst))
    tenant = incident.covers[-1].tenant
    source = int(desk.plan.sources[at.question])
    facts = {"what": desk.names[source], "odds_ratio": f"{at.found.odds:.2f}"}
    quantile = desk.plan.questions[at.question].quantile
    if quantile is not None:
        facts["quantile"] = f"{quantile:g}"
    if len(incident.covers) > 1:
        facts["widens"] = describe(incident.covers[-2])
    return Signal(
        signal=incident.signal,
        state="raised",
        series=incident.covers[-1],
        team=roster.teams[worst[0]],
        minute=minute,
        began=at.found.began,
        began_low=at.found.low,
        began_high=at.found.high,
        observed=observed,
        reference=reference,
        low=low,
        high=high,
        unit=desk.units[source],
        n=int(at.counts[at.counts.minute >= at.found.began].n.sum()),
        routes=routes,
        teams=tuple(owners[route] for route in routes),
        share_of_traffic=_share(roster, since, incident.leaves, tenant),
        monitor=desk.monitor,
        examples=_examples(roster, at, source),
        note=_note(desk, roster, at),
        facts=facts,
    )


def beside(signal: Signal, others: Sequence[str]) -> Signal:
    """Return the signal with what else of its name stands on the same calls: then it is news all the same."""
    if not others:
        return signal
    note = f"{signal.note} Besides {' and '.join(others)}, told before.".strip()
    return replace(signal, note=note, facts={**signal.facts, "news": signal.facts["what"]})


def series_for(board: Board, roster: Roster, leaves: frozenset[int]) -> Series:
    """Return the narrowest series of the five levels that contains these leaves."""
    names = frozenset(roster.leaves[leaf] for leaf in leaves)
    tenant = next(iter(names)).tenant
    own = {series: group for series, group in board.everything.items() if series.tenant == tenant}
    return narrowest(names, own)


def describe(series: Series) -> str:
    """Return a series as one stable string.

    >>> describe(Series("platform", "default", "openai"))
    'platform:default:openai::'
    """
    parts = (series.level, series.tenant, series.platform, series.route, series.model)
    return ":".join((*parts, series.team) if series.team else parts)


def _size(desk: Desk, roster: Roster, at: Scope, leaves: frozenset[int]) -> Size:
    if desk.units[int(desk.plan.sources[at.question])] == "ratio":
        return size(at.counts, at.found)
    question = desk.plan.questions[at.question]
    ratios, weights, cuts, free = [], [], [], []
    for leaf in sorted(leaves):
        stick = roster.yardsticks[leaf]
        values = roster.recent[leaf].since(at.found.began).values[:, question.source]
        values = values[~np.isnan(values)]
        if stick is not None and stick.cut[at.question] == 0:
            free.append(values)
        if stick is None or not len(values) or not stick.cut[at.question] > 0:
            continue
        cut = float(stick.cut[at.question])
        ratios.append(values / cut)
        weights.append(float(len(values)))
        cuts.append(cut)
    quantile = question.quantile or MIDDLE
    if not ratios:  # what was nothing has no ratio
        values = np.concatenate([np.zeros(0, dtype=np.float32), *free])
        if not len(values):
            return 0.0, 0.0, 0.0, 0.0
        value, low, high = shrunk_quantile(values, quantile, 0.0)
        return value, 0.0, low, high
    reference = float(np.average(cuts, weights=weights))
    ratio, low, high = shrunk_quantile(np.concatenate(ratios), quantile, 1.0)
    return reference * ratio, reference, reference * low, None if high is None else reference * high


def shrunk_quantile(
    values: NDArray[np.float32], quantile: float, unchanged: float
) -> tuple[float, float, float | None]:
    """Return a quantile with its 95 % interval by order statistics; of few values it has no upper end: None.

    All are shrunk alike towards what means no change, so that the quantile stays inside its interval. What
    is counted is never negative, so that a lower end of 0 always is one.
    """
    ordered, n = np.sort(values).astype(float), len(values)
    reach = 1.96 * np.sqrt(n * quantile * (1 - quantile))
    lower, upper = math.floor(n * quantile - reach), math.ceil(n * quantile + reach)

    def shrunk(value: float) -> float:
        return (n * value + RATIO_PRIOR * unchanged) / (n + RATIO_PRIOR)

    return (
        shrunk(float(ordered[min(int(n * quantile), n - 1)])),
        shrunk(float(ordered[lower - 1])) if lower > 0 else shrunk(0.0),
        shrunk(float(ordered[upper])) if upper < n else None,
    )


def _share(roster: Roster, since: Cells, leaves: frozenset[int], tenant: str) -> float:
    own = np.array([leaf.tenant == tenant for leaf in roster.leaves])
    total = int(since.calls[own[since.leaf]].sum()) if len(since) else 0
    part = int(since.calls[np.isin(since.leaf, list(leaves))].sum()) if len(since) else 0
    return part / total if total else 0.0


def _examples(roster: Roster, at: Scope, source: int) -> tuple[str, ...]:
    """Return the calls with the highest values since the start, the newest first among equals."""
    worst: list[tuple[float, int, str]] = []
    for leaf in at.leaves:
        recent = roster.recent[leaf].since(at.found.began)
        cut = float(roster.tables.cut[leaf, at.question])
        column: NDArray[np.float32] = recent.values[:, source]
        above = [i for i, value in enumerate(column.tolist()) if value > cut]
        worst += [
            (-float(recent.values[i, source]), -int(recent.minute[i]), recent.event_id[i]) for i in above
        ]
    return tuple(event_id for _, _, event_id in sorted(worst)[:EXAMPLES])


def _note(desk: Desk, roster: Roster, at: Scope) -> str:
    sticks = [roster.yardsticks[leaf] for leaf in at.leaves]
    lent = _lent(roster, at.leaves, at.question)
    if lent:
        others = sorted({_others(lender(roster.leaves[leaf], level)) for leaf, level in lent.items()})
        usual = " and ".join(others)
        return f"Too new for a reference of its own: compared with what is usual {usual}, gross change only."
    if any(leaf in roster.learning for leaf in at.leaves):
        return "Still learning: compared with what had been seen so far, gross change only."
    if any(stick is not None and not stick.sufficient[at.question] for stick in sticks):
        return "The reference holds few such calls: compared with its upper bound, without rhythm."
    quantile = desk.plan.questions[at.question].quantile
    if quantile is not None:
        return f"Seen in the calls above the {quantile:.0%} point of the reference."
    return ""


def _lent(roster: Roster, leaves: Iterable[int], question: int) -> dict[int, int]:
    """Return the leaves that are compared with what siblings have lent, and the level of these."""
    sticks = {leaf: stick for leaf in leaves if (stick := roster.yardsticks[leaf]) is not None}
    return {leaf: level for leaf, stick in sticks.items() if (level := int(stick.lent[question])) != OWN}


def _others(series: Series) -> str:
    """Return whose reference it is, as the end of a sentence."""
    if series.level == "route":
        return f"for {series.route} on other models"
    if series.level == "platform_model":
        return f"for other routes on {series.platform}/{series.model}"
    return f"for others on {series.platform}" if series.level == "platform" else "in the whole fleet"


def signal_leaves(
    signal: SignalName, plan: Plan, roster: Roster, tenant: str, busy: frozenset[int]
) -> frozenset[int]:
    """Return the tenant's leaves with a reference for a signal that no incident holds back."""
    usable = np.flatnonzero(roster.tables.usable()[:, plan.of(signal)].any(axis=1)).tolist()
    return frozenset(i for i in usable if roster.leaves[i].tenant == tenant and i not in busy)
