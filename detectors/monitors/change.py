"""A served model that leaves its reference set: the model moved under the same name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, replace

import numpy as np
from numpy.typing import NDArray

from detectors.identity import l1
from detectors.monitors.asking import asking
from detectors.monitors.base import Leaf, Observations, Series, Signal, SignalName, Standing
from detectors.monitors.bets import RATE_ODDS, RATE_STAKES
from detectors.monitors.incident import held
from detectors.monitors.page_budget import Months
from detectors.monitors.part import ruled
from detectors.monitors.question import Plan, Question
from detectors.monitors.readiness import Readiness, readiness
from detectors.monitors.snapshot import pack, unpack

LEAST_ODDS = 20.0  # a stray answer of another model is no change
UNKNOWN, FURTHER = 0, 1  # to the reference; and unknown, but not among those that were told
NAMES = ("served by a model unknown to the reference", "served by a further unknown model")
WEIGHTS = (9.0, 1.0)  # the first change is what matters most
KEPT = 64  # answers of unknown models, of each leaf

Came = tuple[int, str]  # minute, and who answered
Texts = NDArray[np.object_]


class ChangeMonitor:
    """Tell when calls are answered by a model that never answered them while the reference was learnt.

    The share of calls served by an unknown model is a rate like any other, with a reference of nearly
    none. Several models that alternate in the reference are load balancing: all of them are known. While a
    change stands, an unknown model that was not told is a question of its own, for a tenth of the stake, and
    what it finds goes on as long as any unknown model answers.

    Parameters
    ----------
    months : months(signal, watched series) between false signals
    reference_days : days of learning
    timezone : of the daily and weekly rhythm
    at_least : least odds ratio that matters, by signal
    """

    name = "change"
    version = "6"

    def __init__(
        self,
        months: Months | None = None,
        reference_days: int = 14,
        timezone: str = "UTC",
        at_least: Mapping[SignalName, float] | None = None,
    ) -> None:
        least = max(LEAST_ODDS, (at_least or {}).get("model_changed", 1.0))
        questions = (
            Question("model_changed", UNKNOWN, weight=WEIGHTS[UNKNOWN], at_least=least),
            Question("model_changed", FURTHER, weight=WEIGHTS[FURTHER], at_least=least, ended_by=UNKNOWN),
        )
        self.watch = asking(
            Plan(questions, RATE_ODDS, RATE_STAKES),
            NAMES,
            monitor=f"{self.name} {self.version}",
            months=months,
            reference_days=reference_days,
            timezone=timezone,
            complete=self._named,
        )
        self._known: dict[Leaf, Counter[str]] = {}
        self._learnt: list[tuple[Leaf, NDArray[np.int64], Texts]] = []  # who answered since what is known
        self._came: dict[Leaf, list[Came]] = {}  # unknown ones, the newest last
        self._told: dict[Leaf, list[str]] = {}  # of changes that stand

    def update(self, observations: Observations) -> Sequence[Signal]:
        return [signal for part in ruled(observations, "model_changed") for signal in self._part(part)]

    def _part(self, observations: Observations) -> list[Signal]:
        for ruling in observations.rulings:
            if ruling.signal == "model_changed" and ruling.expected:
                self._accept(ruling.series)
        names = np.array([l1(name) for name in observations.served_models] or [""], dtype=object)
        served = names[observations.served]
        # Once it is known by name it needs no new share: the reference stays.
        known = replace(observations, rulings=[replace(one, expected=False) for one in observations.rulings])
        signals = self.watch.update(known, lambda rows: self._novelty(observations, served, rows))
        self._settle(observations.end)
        self._let_go()
        return signals

    def readiness(self) -> Iterable[Readiness]:
        return readiness(self.watch.roster)

    def standing(self) -> frozenset[Standing]:
        return self.watch.standing()

    def snapshot(self) -> bytes:
        leaves = [
            [*astuple(leaf), dict(known), self._came.get(leaf, []), self._told.get(leaf, [])]
            for leaf, known in self._known.items()
        ]
        return pack(self.name, self.version, {"leaves": leaves, "watch": self.watch.state()})

    def restore(self, state: bytes) -> None:
        unpacked = unpack(self.name, self.version, state)
        self._known, self._came, self._told, self._learnt = {}, {}, {}, []
        for *key, known, came, told in unpacked["leaves"]:
            leaf = Leaf(*key)
            self._known[leaf] = Counter(known)
            self._came |= {leaf: [(minute, name) for minute, name in came]} if came else {}
            self._told |= {leaf: told} if told else {}
        self.watch.load(unpacked["watch"])

    def _novelty(self, observations: Observations, served: Texts, rows: slice) -> NDArray[np.float32]:
        """Return for each call whether the served model is unknown, and whether it is a further one.

        NaN where it was not said, and where there is nothing to be a further one to. While the rate of a leaf
        is learnt, so is by whom it is answered: nobody is unknown. What is measured once more, because an
        incident has come or gone, is counted once.
        """
        served, minute, at = served[rows], observations.minute[rows], observations.leaf[rows]
        novel = np.where(served == "", np.nan, 0.0)[:, None] * np.ones(len(NAMES))
        self._settle(int(minute[0]) if len(minute) else observations.end)
        for number in np.unique(at).tolist():
            leaf, own = observations.leaves[number], np.flatnonzero(at == number)
            if not self.watch.roster.knows(leaf):
                self._known[leaf] = Counter()
            if self.watch.roster.learns(leaf, "model_changed"):
                self._learnt.append((leaf, minute[own], served[own]))
                continue
            told = self._told.get(leaf)
            if told is None:
                novel[own, FURTHER] = np.nan
            for i in own.tolist():
                if served[i] and served[i] not in self._known[leaf]:
                    novel[i, UNKNOWN] = 1.0
                    novel[i, FURTHER] += served[i] not in (told or ())
                    self._came.setdefault(leaf, []).append((int(minute[i]), served[i]))
        return novel.astype(np.float32)

    def _settle(self, minute: int) -> None:
        """Take what was measured before this minute as known, and forget what was measured of later ones."""
        for leaf, at, names in self._learnt:
            self._known[leaf].update(name for name in names[at < minute].tolist() if name)
        self._learnt = []
        self._came = {leaf: _until(came, minute - 1) for leaf, came in self._came.items()}
        roster = self.watch.roster
        standing = {roster.leaves[number] for number in held(self.watch.incidents)}
        self._told = {leaf: told for leaf, told in self._told.items() if leaf in standing}

    def _let_go(self) -> None:
        """Forget who answered where there are no calls any more."""
        leaves = self.watch.roster.leaves
        if len(leaves) < len(self._known):
            self._known = {leaf: self._known[leaf] for leaf in leaves}
            self._came = {leaf: came for leaf, came in self._came.items() if leaf in self._known}

    def _accept(self, raised: frozenset[Series]) -> None:
        """Know what answers now, the newest best: it is what later ones are told apart from."""
        for leaf, came in self._came.items():
            known = self._known[leaf]
            new = dict.fromkeys([*self._told.get(leaf, []), *(name for _, name in came[-1:])])
            if any(_inside(leaf, series) for series in raised):
                for name in new.keys() - known.keys():
                    known[name] = 1
                if came and known[came[-1][1]] == 1:
                    known[came[-1][1]] = max(known.values()) + 1

    def _named(self, signal: Signal, leaves: Sequence[Leaf]) -> Signal:
        """Add from which model to which, and which others were told before."""
        own = sorted(leaves, key=lambda leaf: (signal.routes.index(leaf.route), leaf))
        came = Counter(
            name
            for leaf in own
            for minute, name in _until(self._came.get(leaf, []), signal.minute)
            if minute >= signal.began and name not in self._told.get(leaf, [])
        )
        told = sorted({name for leaf in own for name in self._told.get(leaf, [])})
        new = sorted(came, key=lambda name: (-came[name], name))[:1]
        for leaf in own:
            self._told[leaf] = sorted({*self._told.get(leaf, []), *new})
        (to,) = new or told[:1] or [""]
        usual = self._known[own[0]].most_common(1)
        from_ = usual[0][0] if usual else ""
        facts, note = (
            {"from": from_, "to": to},
            f"Answers come from {to}, unknown to the reference ({from_}).",
        )
        if len(self._known[own[0]]) > 1:
            note += " Several models answered before."
        others = [name for name in told if name != to]
        if others:
            note += f" Told before: {', '.join(others)}."
            facts |= {"news": to} if to not in told else {}
        return replace(signal, facts={**signal.facts, **facts}, note=note)


def _until(came: Sequence[Came], minute: int) -> list[Came]:
    """Return the newest as of a minute, as many as are kept: so the cut of time does not matter."""
    return [one for one in came if one[0] <= minute][-KEPT:]


def _inside(leaf: Leaf, series: Series) -> bool:
    named = (("platform", series.platform), ("route", series.route), ("model", series.model))
    return leaf.tenant == series.tenant and all(
        not value or getattr(leaf, name) == value for name, value in named
    )
