"""Whether what was asked explains a rise of bad answers: other kinds of questions, passages that do not fit.

Asked only of the few routes where answers got worse, on a sample of calls before and since. Embeddings say
how much like today's and unlike the past's a question is, and it is compared with those that are as much so.
Clusters do not do: one that holds old and new questions shows a rise that none of them has.

Source: Rosenbaum, Rubin 1984 (subclassification on the propensity score); Crump, Hotz, Imbens, Mitnik 2009
(overlap); Fisher 1936 (the discriminant).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.advisor.compare.pairs import Floats

_LEAST = 100  # questions with a place, before kinds are told apart
_OF_A_KIND = 50  # questions of either side, and no more than so many kinds:
_KINDS = 20
_KNOWN = 0.75  # of how often a kind is asked today; what was asked less often is a new kind
_FOLDS = 5  # no question is judged by what was learnt from it
_FIT_LOST = 0.8  # passages that fit so much less than they did: the retrieval changed, not the model

Rows = Sequence[Mapping[str, Any]]


def explained(rows: Rows) -> str:
    """Return what else explains a rise, or "" where nothing does.

    Parameters
    ----------
    rows : calls with now, bad, fit and prompt_embedding, as `store.decline.asked_about` gives them
    """
    if _retrieval(rows):
        return "passages fit the questions less than they did"
    return "other kinds of questions are asked" if _kinds(rows) else ""


def _retrieval(rows: Rows) -> bool:
    fits = [
        [row["fit"] for row in rows if bool(row["now"]) is now and row["fit"] is not None]
        for now in (False, True)
    ]
    if min(map(len, fits)) < _LEAST:
        return False
    then, now = (float(np.mean(fit)) for fit in fits)
    return now < _FIT_LOST * then


def _kinds(rows: Rows) -> bool:
    """Whether less than half of the questions, or of the rise, is left among kinds that the past knows."""
    placed = [row for row in rows if row["prompt_embedding"]]
    now, bad = (np.array([bool(row[name]) for row in placed], bool) for name in ("now", "bad"))
    fewest = int(min(now.sum(), (~now).sum()))
    if fewest < _LEAST:
        return False
    lies = np.array([np.frombuffer(row["prompt_embedding"], np.int8) for row in placed], np.float32)
    kind = _strata(_novelty(lies, now), min(_KINDS, fewest // _OF_A_KIND))
    then_n, now_n = (np.bincount(kind[of], minlength=_KINDS) / of.sum() for of in (~now, now))
    then_bad, now_bad = (np.bincount(kind[of], bad[of], _KINDS) / of.sum() for of in (~now, now))
    known = (then_n > 0) & (then_n >= _KNOWN * now_n)
    left = now_n[known].sum()
    rise = (now_bad - now_n * then_bad / np.maximum(then_n, 1e-9))[known].sum()
    crude = bad[now].mean() - bad[~now].mean()
    return bool(left < 1 / 2 or rise < left * crude / 2)


def _novelty(lies: NDArray[np.float32], now: NDArray[np.bool_]) -> Floats:
    """Return how much each question is like today's and unlike the past's, by others than itself."""
    fold = np.empty(len(now), np.int64)
    for of in (now, ~now):
        fold[of] = np.arange(of.sum()) % _FOLDS
    found = np.empty(len(now))
    for held in range(_FOLDS):
        others, before = lies[fold != held], ~now[fold != held]
        usual = others[before].mean(axis=0)
        spread = np.cov(others[before], rowvar=False)
        # As much again in all directions: there are hardly more questions than numbers of a place.
        spread += (np.trace(spread) / len(spread) + 1e-6) * np.eye(len(spread))
        along = np.linalg.solve(spread, others[~before].mean(axis=0) - usual)
        scores = others @ along
        found[fold == held] = (lies[fold == held] @ along - scores.mean()) / max(float(scores.std()), 1e-9)
    return found


def _strata(score: Floats, number: int) -> NDArray[np.int64]:
    """Return in which of so many equal parts each score lies."""
    edges = np.quantile(score, np.linspace(0, 1, number + 1)[1:-1])
    found: NDArray[np.int64] = np.searchsorted(edges, score).astype(np.int64)
    return found
