"""Whether a route's questions have moved past what its model knows, and whether that shows in the answers.

Both are needed: more such questions than before, and refused or bad more often than others at the same time.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.advisor.recency import after

LEAST_SHARE = 0.02  # of the questions; about so many have a recency word anywhere
LEAST_LATE = 30  # questions, before their answers are compared with others'
WORSE = 1.5  # times as often bad
_SURE = 3.0  # standard errors; it is asked every day


@dataclass(frozen=True, slots=True)
class Late:
    """Questions about the time after a model's knowledge.

    Attributes
    ----------
    cutoff : until when it knows the world
    then, now : their share of the questions before and lately
    bad, others_bad : share of bad answers to them lately, and to the other questions
    n : such questions lately
    """

    cutoff: date
    then: float
    now: float
    bad: float
    others_bad: float
    n: int


@dataclass(slots=True)
class _Count:
    n: int = 0
    bad: int = 0

    @property
    def share(self) -> float:
        return self.bad / self.n


class Asked:
    """What one model was asked on a route, counted question by question.

    Parameters
    ----------
    cutoff : until when the model knows the world; today : nobody asks what comes long after
    """

    def __init__(self, cutoff: date, today: date) -> None:
        self._cutoff = cutoff
        self._today = today
        self._counts = {(now, is_late): _Count() for now in (False, True) for is_late in (False, True)}

    def add(self, row: Mapping[str, Any]) -> None:
        """Count a question: now, bad, text and n, as `store.asked.questions` gives them."""
        text = question(row["text"])
        count = self._counts[bool(row["now"]), bool(text) and after(text, self._cutoff, self._today)]
        count.n += row["n"]
        count.bad += row["n"] if row["bad"] else 0

    @property
    def late(self) -> Late | None:
        """How far questions have moved past the cutoff; None where they have not, or nobody is hurt."""
        counts = self._counts
        theirs, others = counts[True, True], counts[True, False]
        before, lately = counts[False, True].n + counts[False, False].n, theirs.n + others.n
        if theirs.n < LEAST_LATE or not others.n or not before:
            return None
        then, now = counts[False, True].n / before, theirs.n / lately
        more = now >= LEAST_SHARE and _above(now, lately, then, before)
        worse = theirs.share >= WORSE * others.share and _above(
            theirs.share, theirs.n, others.share, others.n
        )
        found = Late(self._cutoff, then, now, theirs.share, others.share, theirs.n)
        return found if more and worse else None


def question(text: str) -> str:
    """Return the question of a prompt, or of messages as JSON: what the user said last."""
    if not text.startswith("["):
        return text
    try:
        turns = json.loads(text)
    except (ValueError, RecursionError):
        return text
    asked = [turn.get("content") for turn in turns if isinstance(turn, dict) and turn.get("role") == "user"]
    return str(asked[-1]) if asked else ""


def _above(one: float, n: int, other: float, m: int) -> bool:
    """Whether a share is surely above another; one imagined answer of each kind on both sides."""
    first, second = (one * n + 1) / (n + 2), (other * m + 1) / (m + 2)
    error = (first * (1 - first) / (n + 2) + second * (1 - second) / (m + 2)) ** 0.5
    return bool(first - second > _SURE * error)
