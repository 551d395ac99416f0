"""Counts of verdicts over many imagined comparisons, as rows of a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bench.advice_draws import Draw
from bench.advice_rivals import METHODS, Judged

Row = Mapping[str, object]


@dataclass
class Tally:
    """What one method did.

    Attributes
    ----------
    n : comparisons; switched, wrong, abstained : of them. Wrong is a switch to a model that is worse than
        the margin allows, or staying where it is not
    false : switches to a model worse than the margin allows
    shown, covered : comparisons with intervals, and those where every one of them had the truth inside
    regret : sum of what was lost against knowing, in points
    """

    n: int = 0
    switched: int = 0
    false: int = 0
    wrong: int = 0
    abstained: int = 0
    shown: int = 0
    covered: int = 0
    regret: float = 0.0

    def add(self, judged: Judged, draw: Draw) -> None:
        """Count one verdict."""
        gain = 100 * (draw.margin - draw.truth)
        switched = judged.verdict == "switch"
        self.n += 1
        self.switched += switched
        self.false += switched and gain < 0
        self.wrong += (switched and gain < 0) or (judged.verdict == "stay" and gain > 0)
        self.abstained += judged.verdict == "abstain"
        self.shown += judged.covered is not None
        self.covered += bool(judged.covered)
        self.regret += max(gain, 0.0) - (gain if switched else 0.0)

    def row(self) -> Row:
        """Return shares in per cent and regret in points."""
        return {
            "n": self.n,
            "false_switch": _percent(self.false, self.n),
            "wrong": _percent(self.wrong, self.n),
            "abstain": _percent(self.abstained, self.n),
            "regret": round(self.regret / self.n, 3),
            "covered": _percent(self.covered, self.shown),
        }


@dataclass
class Tallies:
    """One tally per method."""

    methods: Sequence[str] = tuple(METHODS)
    by_method: dict[str, Tally] = field(default_factory=dict)

    def run(self, draws: Iterable[Draw]) -> Tallies:
        """Let every method judge every comparison."""
        self.by_method = {name: Tally() for name in self.methods}
        for draw in draws:
            for name, tally in self.by_method.items():
                tally.add(METHODS[name](draw), draw)
        return self

    def rows(self, **case: object) -> list[Row]:
        """Return one row per method, after what the case was."""
        return [case | {"method": name} | dict(tally.row()) for name, tally in self.by_method.items()]


def _percent(part: int, whole: int) -> float | None:
    return round(100 * part / whole, 2) if whole else None
