"""What is asked of every call: is this number of it above the line? A signal is a mixture of questions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from detectors.monitors.base import SignalName
from detectors.monitors.bets import RANK_TILTS, odds_llr, rank_llr

Floats = NDArray[np.float64]

LABEL_CUT = 0.5  # a label is 0 or 1


@dataclass(frozen=True, slots=True)
class Question:
    """Whether a call's value lies above a cut.

    Attributes
    ----------
    signal : whose evidence it is
    source : column of the monitor's values
    quantile : of the leaf's own reference values, which is the cut; None: a label, bad when 1
    weight : share of the signal's stake, relative
    at_least : least odds ratio that matters: no margin is smaller
    ratio : least ratio of values that matters: live values are compared with this multiple of the cut
    least_rate : no reference rate is lower: what is rarer matters to nobody
    most_rate : a leaf whose rate is higher has no reference: there is nothing left to get worse
    lends : a label; a leaf too new for a reference is compared with its siblings (`cold.Lenders`)
    about : source of the question that it is the same as, in other words; None: it is one of its own
    ended_by : number of the question by which an incident that it finds goes on and ends; None: its own
    """

    signal: SignalName
    source: int
    quantile: float | None = None
    weight: float = 1.0
    at_least: float = 1.0
    ratio: float = 1.0
    least_rate: float = 0.0
    most_rate: float = 1.0
    lends: bool = False
    about: int | None = None
    ended_by: int | None = None


@dataclass(frozen=True)
class Plan:
    """All questions of a monitor, grouped by signal, and how a signal's bets are laid out.

    Attributes
    ----------
    questions : those of one signal and source stand together, quantiles ascending
    odds, stakes : odds ratios bet on, for each question, and the share of its stake on each
    ranks : spend half of each signal's stake on the mean rank of each source
    """

    questions: tuple[Question, ...]
    odds: Floats
    stakes: Floats
    ranks: bool = False

    @cached_property
    def signals(self) -> tuple[SignalName, ...]:
        """The signals, in the order of their first question."""
        return tuple(dict.fromkeys(question.signal for question in self.questions))

    @cached_property
    def sources(self) -> NDArray[np.int64]:
        """Source of each question."""
        return np.array([question.source for question in self.questions])

    @cached_property
    def ratios(self) -> Floats:
        """The multiple of its cut that live values are compared with, of each question."""
        return np.array([question.ratio for question in self.questions])

    @cached_property
    def margins(self) -> Floats:
        """The least margin of each question, log-odds."""
        return np.log([question.at_least for question in self.questions])

    @cached_property
    def subjects(self) -> NDArray[np.int64]:
        """What each question is about, as the number of the first one about the same.

        What is found of one subject is one incident; while it stands, others of the signal are asked on.
        """
        about = [(one.signal, one.source if one.about is None else one.about) for one in self.questions]
        return np.array([about.index(each) for each in about], dtype=np.int64)

    @cached_property
    def lent(self) -> NDArray[np.int64]:
        """The numbers of the questions whose references leaves lend to new ones."""
        return np.array([i for i, question in enumerate(self.questions) if question.lends], dtype=np.int64)

    def of(self, signal: SignalName) -> NDArray[np.int64]:
        """Return the numbers of a signal's questions."""
        return np.array([i for i, question in enumerate(self.questions) if question.signal == signal])

    def about(self, subject: int) -> NDArray[np.int64]:
        """Return the numbers of the questions about a subject."""
        return np.flatnonzero(self.subjects == subject)

    def weights(self, signal: SignalName) -> Floats:
        """Return the stake of each component of a signal; they sum to one."""
        weight = np.array([self.questions[i].weight for i in self.of(signal)])
        exceedances = np.outer(weight / weight.sum(), self.stakes).ravel()
        if not self.ranks:
            return exceedances
        stakes = len(self._sources_of(signal)) * len(RANK_TILTS)
        return np.concatenate([exceedances / 2.0, np.full(stakes, 0.5 / stakes)])

    def llr(self, signal: SignalName, n: Floats, bad: Floats, rate: Floats) -> Floats:
        """Return what counts (groups, the signal's questions) are worth, (groups, components)."""
        exceedances = odds_llr(n, bad, rate, self.odds).reshape(len(n), n.shape[1] * len(self.odds))
        if not self.ranks:
            return exceedances
        ranks = [
            rank_llr(n[:, group[0]], bad[:, group], rate[:, group], self._quantiles(signal)[group])
            for group in self._sources_of(signal)
        ]
        return np.concatenate([exceedances, *ranks], axis=1)

    def strongest(self, signal: SignalName, m: Floats) -> int:
        """Return the number of the question that carries most of the evidence."""
        numbers = self.of(signal)
        by_question = m[: len(numbers) * len(self.odds)].reshape(len(numbers), -1).max(axis=1)
        return int(numbers[int(by_question.argmax())])

    def _quantiles(self, signal: SignalName) -> Floats:
        return np.array([self.questions[i].quantile or 0.0 for i in self.of(signal)])

    def _sources_of(self, signal: SignalName) -> Sequence[NDArray[np.int64]]:
        sources = self.sources[self.of(signal)]
        return [np.flatnonzero(sources == source) for source in dict.fromkeys(sources.tolist())]
