"""Whether what was asked explains a rise of bad answers: other kinds of questions, passages that do not fit.

Asked only of the few routes where answers got worse, on a sample of calls before and since. Kinds are eight
clusters of all their questions.

Source: Arthur, Vassilvitskii 2007 (k-means++).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.advisor.compare.pairs import Floats

_KINDS = 8
_ROUNDS = 10
_SEED = 1  # the same questions are always told apart in the same way
_LEAST = 100  # questions with a place, before kinds are told apart
_SEEN = 20  # of one kind in the past
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
    """Whether less than half of the rise is left once the past is mixed as the present is."""
    placed = [row for row in rows if row["prompt_embedding"]]
    now, bad = (np.array([bool(row[name]) for row in placed], bool) for name in ("now", "bad"))
    if not placed or min(now.sum(), (~now).sum()) < _LEAST:
        return False
    kind = _clusters(
        np.array([np.frombuffer(row["prompt_embedding"], np.int8) for row in placed], np.float32)
    )
    then_n, now_n = (np.bincount(kind[of], minlength=_KINDS).astype(float) for of in (~now, now))
    then_bad, now_bad = (np.bincount(kind[of], bad[of], _KINDS) for of in (~now, now))
    seen = then_n >= _SEEN
    if now_n[seen].sum() < now_n.sum() / 2:
        return True
    crude = bad[now].mean() - bad[~now].mean()
    mixed = (now_bad[seen] - now_n[seen] * then_bad[seen] / then_n[seen]).sum() / now_n[seen].sum()
    return bool(mixed < crude / 2)


def _clusters(lies: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return the kind of each question, 0 to 7."""
    random = np.random.default_rng(_SEED)
    centres = lies[random.integers(len(lies))][None]
    while len(centres) < _KINDS:
        far = _apart(lies, centres).min(axis=1)
        chance = far / far.sum() if far.sum() else None
        centres = np.vstack([centres, lies[random.choice(len(lies), p=chance)]])
    kind = _apart(lies, centres).argmin(axis=1)
    for _ in range(_ROUNDS):
        own = [lies[kind == number] for number in range(_KINDS)]
        centres = np.array(
            [each.mean(axis=0) if len(each) else old for each, old in zip(own, centres, strict=True)]
        )
        kind = _apart(lies, centres).argmin(axis=1)
    found: NDArray[np.int64] = kind.astype(np.int64)
    return found


def _apart(lies: NDArray[np.float32], centres: NDArray[np.float32]) -> Floats:
    """Return the squared distance of each question from each centre."""
    squares = (lies**2).sum(axis=1)[:, None] + (centres**2).sum(axis=1)[None, :] - 2 * lies @ centres.T
    apart: Floats = np.maximum(squares, 0.0).astype(np.float64)
    return apart
