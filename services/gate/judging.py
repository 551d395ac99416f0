"""Each line of a golden set with both answers, and how bad each is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from services.advisor.compare.pairs import Pairs
from services.gate.errors import GateError
from services.gate.golden import Answer, Case
from services.gate.graders import Check

_BAD = 0.5  # from here on an answer is called bad in words


@dataclass(frozen=True, slots=True)
class Judged:
    """One line.

    Attributes
    ----------
    incumbent_bad, candidate_bad : 0 good to 1 bad; None where nothing says
    why : what is bad about the candidate's answer, "" where it is good or unknown
    """

    case: Case
    incumbent: Answer | None
    candidate: Answer | None
    incumbent_bad: float | None
    candidate_bad: float | None
    why: str

    @property
    def paired(self) -> bool:
        """Whether both answers are judged."""
        return self.incumbent_bad is not None and self.candidate_bad is not None

    @property
    def worse(self) -> bool:
        """Whether the candidate's answer is worse than the incumbent's."""
        return self.paired and (self.candidate_bad or 0.0) > (self.incumbent_bad or 0.0)


def judge(case: Case, check: Check | None, incumbent: Answer | None, candidate: Answer | None) -> Judged:
    """Return one line with its labels.

    Raises
    ------
    GateError : what is expected cannot be held against an answer
    """
    try:
        before, _ = badness(incumbent, check)
        after, why = badness(candidate, check)
    except Exception as error:  # what a schema or a number of 400 digits brings about is no verdict
        what = f"its expected cannot be held against an answer ({type(error).__name__}: {error})"
        raise GateError(f"line {case.id!r}: {what}; correct it") from error
    return Judged(case, incumbent, candidate, before, after, why)


def badness(answer: Answer | None, check: Check | None) -> tuple[float | None, str]:
    """Return how bad an answer is and why: by a person's label, else whether it is there, else the grader."""
    if answer is None:
        return None, ""
    if answer.bad is not None:
        return float(answer.bad), "is labelled bad" if answer.bad >= _BAD else ""
    if answer.error_type:
        return 1.0, f"failed: {answer.error_type}"
    if not answer.response.strip():
        return 1.0, "is empty"
    if check is None:
        return None, ""
    why = check(answer.response)
    return float(bool(why)), why


def pairs(judged: Sequence[Judged]) -> Pairs:
    """Return the lines that are judged on both sides, in order, as the estimates take them."""
    both = [one for one in judged if one.paired]
    return Pairs.of(
        np.array([one.incumbent_bad for one in both], np.float64),
        np.array([one.candidate_bad for one in both], np.float64),
        conversation=conversations(both),
    )


def conversations(judged: Sequence[Judged]) -> np.ndarray:
    """Return a number per line (n,), the same for lines of one conversation."""
    names = [one.case.conversation_id or f"\0{one.case.id}" for one in judged]
    _, place = np.unique(np.array(names, np.str_), return_inverse=True)
    return np.asarray(place, np.intp)
