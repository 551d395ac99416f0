"""Real models, people's labels: advice from half of the questions against the other half, and from none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from bench.advice_draws import from_people
from bench.advice_people import BOARD_2023, SUCCESSORS, Compared, Floats
from bench.advice_rivals import detector
from bench.advice_tally import Row
from services.advisor.compare.decision import Verdict, decide, first_decision
from services.advisor.compare.estimate import Estimate, estimate
from services.advisor.compare.interval import around
from services.advisor.compare.looks import Experiment
from services.advisor.compare.pairs import Pairs, Unlabelled

MARGINS = (0.02, 0.05)
OURS = "ours, from scores and priors"
_Z = 1.96
_SETS: Mapping[bool, str] = {True: "RAGTruth, six models", False: "RefChecker, seven models"}


def left_out(people: Sequence[Sequence[Compared]], splits: int, seed: int) -> list[Row]:
    """Return what advice from a random half of the questions is worth on the other half.

    `contradicted` counts advice that the other half alone refutes with 95 % confidence; `agrees` the 95 %
    intervals that have the other half's difference inside, its own noise allowed for.
    """
    random = np.random.default_rng(seed)
    return [_left_out(group, margin, splits, random) for group in people for margin in MARGINS]


def unlabelled(people: Sequence[Sequence[Compared]], seed: int) -> list[Row]:
    """Return what is decided without a label: by us, by a board, by the provider, by a detector."""
    random = np.random.default_rng(seed)
    rows: list[Row] = []
    every = [one for group in people for one in group]
    ours = [_ours(one) for one in every]
    rows.append(_row(OURS, [(one, said) for one, said in zip(every, ours, strict=True)]))
    board = [one for one in every if set(one.names) <= set(BOARD_2023)]
    rows.append(_row("public board", [(one, _board(one)) for one in board]))
    named = [one for one in every if SUCCESSORS.get(one.names[0]) == one.names[1]]
    rows.append(_row("provider's successor", [(one, "switch") for one in named]))
    flagged = [(one, _detected(one, random)) for one in every]
    rows.append(_row("detector only", flagged))
    return rows


def _left_out(group: Sequence[Compared], margin: float, splits: int, random: np.random.Generator) -> Row:
    advised = contradicted = agrees = raw_wrong = n = 0
    for one in group:
        for _ in range(splits):
            order = random.permutation(len(one.incumbent))
            half = len(order) // 2
            known, other = _pairs(one, order[:half], order[half:]), _pairs(one, order[half:], order[:half])
            here, there = _estimate(known), _estimate(other)
            verdict, _ = first_decision(Experiment(half).intervals(known), margin)
            truth = decide(around(there, _Z, "look"), margin)
            n += 1
            advised += verdict != "abstain"
            contradicted += {verdict, truth} == {"switch", "stay"}
            raw_wrong += truth == ("stay" if known.difference.mean() <= margin else "switch")
            error = (here.variance + there.variance) ** 0.5
            agrees += abs(here.difference - there.difference) <= _Z * error
    return {
        "part": "left_out",
        "labels": _SETS[group[0].scores is not None],
        "margin": margin,
        "n": n,
        "advised": round(100 * advised / n, 1),
        "contradicted": round(100 * contradicted / n, 2),
        "raw_means_contradicted": round(100 * raw_wrong / n, 2),
        "agrees": round(100 * agrees / n, 1),
    }


def _pairs(one: Compared, labelled: np.ndarray, others: np.ndarray) -> Pairs:
    """Return one half as labelled and the other as merely scored."""
    gap = one.scores[1] - one.scores[0] if one.scores is not None else None
    return Pairs.of(
        one.incumbent[labelled],
        one.candidate[labelled],
        score=None if gap is None else gap[labelled],
        unlabelled=None if gap is None else Unlabelled.of(gap[others]),
    )


def _estimate(pairs: Pairs) -> Estimate:
    found = estimate(pairs)
    assert found
    return found


def _ours(one: Compared) -> Verdict:
    nothing = np.zeros(0)
    scores = one.scores[1] - one.scores[0] if one.scores is not None else one.difference
    pairs = Pairs.of(nothing, nothing, unlabelled=Unlabelled.of(scores))
    verdict, _ = first_decision(Experiment(len(scores)).intervals(pairs), MARGINS[0])
    return verdict


def _board(one: Compared) -> Verdict:
    incumbent, candidate = (BOARD_2023[name] for name in one.names)
    return "switch" if candidate - incumbent <= MARGINS[0] else "stay"


def _detected(one: Compared, random: np.random.Generator) -> Verdict:
    even: Floats = np.full(len(one.incumbent), 1 / len(one.incumbent))
    return detector(from_people(one, even, 1, MARGINS[0], random)).verdict


def _row(method: str, said: Sequence[tuple[Compared, Verdict]]) -> Row:
    """Return how often the labels of all questions say that a switch is to a worse model."""
    switched = [one for one, verdict in said if verdict == "switch"]
    wrong = sum(float(one.difference.mean()) > MARGINS[0] for one in switched)
    stayed = [one for one, verdict in said if verdict == "stay"]
    missed = sum(float(one.difference.mean()) <= MARGINS[0] for one in stayed)
    return {
        "part": "unlabelled",
        "method": method,
        "n": len(said),
        "switch": len(switched),
        "wrong_of_switches": round(100 * wrong / len(switched), 1) if switched else None,
        "wrong": round(100 * (wrong + missed) / len(said), 1),
    }
