"""A served model that leaves its reference set: the model moved under the same name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from detectors.identity import l1
from detectors.monitors.asking import asking
from detectors.monitors.base import Leaf, Observations, Series, Signal, SignalName
from detectors.monitors.bets import RATE_ODDS, RATE_STAKES
from detectors.monitors.page_budget import Months
from detectors.monitors.part import ruled
from detectors.monitors.question import Plan, Question
from detectors.monitors.readiness import Readiness, readiness
from detectors.monitors.snapshot import pack, unpack

LEAST_ODDS = 20.0  # a stray answer of another model is no change


class ChangeMonitor:
    """Tell when calls are answered by a model that never answered them while the reference was learnt.

    The share of calls served by an unknown model is a rate like any other, with a reference of nearly
    none. Several models that alternate in the reference are load balancing: all of them are known.

    Parameters
    ----------
    months : months(signal, watched series) between false signals
    reference_days : days of learning
    timezone : of the daily and weekly rhythm
    at_least : least odds ratio that matters, by signal
    """

    name = "change"
    version = "5"

    def __init__(
        self,
        months: Months | None = None,
        reference_days: int = 14,
        timezone: str = "UTC",
        at_least: Mapping[SignalName, float] | None = None,
    ) -> None:
        least = max(LEAST_ODDS, (at_least or {}).get("model_changed", 1.0))
        plan = Plan((Question("model_changed", 0, at_least=least),), RATE_ODDS, RATE_STAKES)
        self.watch = asking(
            plan,
            ["served by a model unknown to the reference"],
            monitor=f"{self.name} {self.version}",
            months=months,
            reference_days=reference_days,
            timezone=timezone,
        )
        self._known: dict[Leaf, Counter[str]] = {}
        self._newest: dict[Leaf, str] = {}

    def update(self, observations: Observations) -> Sequence[Signal]:
        return [signal for part in ruled(observations, "model_changed") for signal in self._part(part)]

    def _part(self, observations: Observations) -> list[Signal]:
        for ruling in observations.rulings:
            if ruling.signal == "model_changed" and ruling.expected:
                self._accept(ruling.series)
        names = np.array([l1(name) for name in observations.served_models] or [""], dtype=object)
        served, newcomers = names[observations.served], list[tuple[int, Leaf, str]]()

        def novelty(rows: slice) -> NDArray[np.float32]:
            novel, came = self._novelty(observations, served, rows)
            newcomers.extend(came)
            return novel[:, None]

        # Once it is known by name it needs no new share: the reference stays.
        known = replace(observations, rulings=[replace(one, expected=False) for one in observations.rulings])
        signals = [
            self._named(signal, newcomers) if signal.state == "raised" else signal
            for signal in self.watch.update(known, novelty)
        ]
        self._newest |= {leaf: name for _, leaf, name in newcomers}
        self._let_go()
        return signals

    def readiness(self) -> Iterable[Readiness]:
        return readiness(self.watch.roster)

    def snapshot(self) -> bytes:
        leaves = [
            [
                leaf.tenant,
                leaf.platform,
                leaf.route,
                leaf.model,
                dict(known),
                self._newest.get(leaf),
            ]
            for leaf, known in self._known.items()
        ]
        return pack(self.name, self.version, {"leaves": leaves, "watch": self.watch.state()})

    def restore(self, state: bytes) -> None:
        unpacked = unpack(self.name, self.version, state)
        self._known, self._newest = {}, {}
        for *key, known, newest in unpacked["leaves"]:
            leaf = Leaf(*key)
            self._known[leaf] = Counter(known)
            if newest is not None:
                self._newest[leaf] = newest
        self.watch.load(unpacked["watch"])

    def _novelty(
        self, observations: Observations, served: NDArray[np.object_], rows: slice
    ) -> tuple[NDArray[np.float32], list[tuple[int, Leaf, str]]]:
        """Return 1 where the served model is unknown, NaN where it was not said, and who came when.

        While the rate of a leaf is learnt, so is by whom it is answered: nobody is unknown.
        """
        served, minute, at = served[rows], observations.minute[rows], observations.leaf[rows]
        novel = np.where(served == "", np.nan, 0.0).astype(np.float32)
        newcomers: list[tuple[int, Leaf, str]] = []
        for number in np.unique(at).tolist():
            leaf, own = observations.leaves[number], np.flatnonzero(at == number)
            if not self.watch.roster.knows(leaf):
                self._known[leaf] = Counter()
            known = self._known[leaf]
            if self.watch.roster.learns(leaf, "model_changed"):
                known.update(name for name in served[own].tolist() if name)
                continue
            for i in own.tolist():
                if served[i] and served[i] not in known:
                    novel[i] = 1.0
                    newcomers.append((int(minute[i]), leaf, served[i]))
        return novel, newcomers

    def _let_go(self) -> None:
        """Forget who answered where there are no calls any more."""
        leaves = self.watch.roster.leaves
        if len(leaves) < len(self._known):
            self._known = {leaf: self._known[leaf] for leaf in leaves}
            self._newest = {leaf: name for leaf, name in self._newest.items() if leaf in self._known}

    def _accept(self, raised: frozenset[Series]) -> None:
        """Know what answers now: it is what later ones are told apart from."""
        for leaf, newest in self._newest.items():
            known = self._known[leaf]
            if newest not in known and any(_inside(leaf, series) for series in raised):
                known[newest] = max(known.values(), default=0) + 1

    def _named(self, signal: Signal, newcomers: Sequence[tuple[int, Leaf, str]]) -> Signal:
        """Add from which model to which."""
        newest = self._newest | {leaf: name for minute, leaf, name in newcomers if minute <= signal.minute}
        own = [leaf for leaf in newest if _inside(leaf, signal.series) and leaf.route in signal.routes]
        own.sort(key=lambda leaf: signal.routes.index(leaf.route))
        if not own:
            return signal
        before = self._known[own[0]].most_common(1)
        facts = {"from": before[0][0] if before else "", "to": newest[own[0]]}
        others = "" if len(self._known[own[0]]) <= 1 else " Several models answered before."
        note = f"Answers come from {facts['to']}, unknown to the reference ({facts['from']}).{others}"
        return replace(signal, facts={**signal.facts, **facts}, note=note)


def _inside(leaf: Leaf, series: Series) -> bool:
    named = (("platform", series.platform), ("route", series.route), ("model", series.model))
    return leaf.tenant == series.tenant and all(
        not value or getattr(leaf, name) == value for name, value in named
    )
