"""What fmwatch's own detectors say of both sides' answers, line by line.

That an answer is there, whole, and no refusal is nearly a fact: there a candidate that is surely worse by a
point fails. How toxic, private or grounded answers look differs between models for reasons that are no
quality: that is shown and decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np
from fmwatch.event import Generation, Message, Passage

from detectors import registry
from detectors.base import NOT_ASSESSABLE, Column, Scorer
from detectors.batch import Batch
from detectors.scorers.groundedness import Groundedness
from detectors.scorers.outcome import Outcome
from detectors.scorers.privacy import Privacy
from detectors.scorers.refusal import Refusal
from detectors.scorers.toxicity import Toxicity
from services.advisor.compare.estimate import estimate
from services.advisor.compare.interval import ALPHA, ENOUGH, Interval, around, quantile
from services.advisor.compare.pairs import Floats, Pairs
from services.gate.golden import Answer, Case
from services.gate.judging import Judged, conversations

LIMIT = 0.01  # by which the candidate's share may be higher
_AT = datetime(2026, 1, 1, tzinfo=UTC)  # detectors read no clock; an event has a time all the same


class _Watched(NamedTuple):
    verdict: str
    label: str
    decides: bool


WATCHED = {
    "error": _Watched("outcome", "error", decides=True),
    "empty": _Watched("outcome", "empty", decides=True),
    "truncated": _Watched("outcome", "cut", decides=True),
    "refusal": _Watched("refusal", "refused", decides=True),
    "toxicity": _Watched("toxicity_response", "toxic", decides=False),
    "privacy": _Watched("privacy", "found", decides=False),
    "hallucination": _Watched("hallucination", "unsupported", decides=False),
}
DECIDING = sum(one.decides for one in WATCHED.values())


@dataclass(frozen=True, slots=True)
class Guard:
    """One detector over the lines that both sides answered and it can judge.

    Attributes
    ----------
    incumbent, candidate : shares of the answers; None where it judged none
    interval : of the difference, candidate minus incumbent; None where there is too little
    decides : whether it can fail a candidate
    """

    name: str
    n: int
    incumbent: float | None
    candidate: float | None
    interval: Interval | None
    decides: bool

    @property
    def failed(self) -> bool:
        """Whether the candidate is surely worse by more than the limit."""
        return self.decides and self.interval is not None and self.interval.low > LIMIT


def guards(judged: Sequence[Judged], tried: int = 1) -> list[Guard]:
    """Return what the detectors say; those that decide share the chance of being wrong, over `tried` too."""
    both = [one for one in judged if one.incumbent and one.candidate]
    if not both:
        return []
    z = quantile(ALPHA / 2 / DECIDING / tried)
    before = _columns([_event(one.case, one.incumbent) for one in both])
    after = _columns([_event(one.case, one.candidate) for one in both])
    conversation = conversations(both)
    return [
        _guard(name, (before[one.verdict], after[one.verdict]), conversation, z)
        for name, one in WATCHED.items()
    ]


def _guard(name: str, columns: tuple[Column, Column], conversation: np.ndarray, z: float) -> Guard:
    watched = WATCHED[name]
    before, after = (_found(column, watched.label) for column in columns)
    known = ~(np.isnan(before) | np.isnan(after))
    before, after = before[known], after[known]
    n = len(before)
    if not n:
        return Guard(name, 0, None, None, None, watched.decides)
    found = estimate(Pairs.of(before, after, conversation=conversation[known]))
    enough = found is not None and found.conversations >= ENOUGH
    interval = around(found, z, "look") if found and enough else None
    return Guard(name, n, float(before.mean()), float(after.mean()), interval, watched.decides)


def _found(column: Column, label: str) -> Floats:
    """Return 1 where a detector found what is looked for, else 0; NaN where it cannot tell."""
    labels = np.array(column.label, np.str_)
    return np.where(labels == NOT_ASSESSABLE, np.nan, (labels == label).astype(np.float64))


def _columns(events: Sequence[Generation]) -> dict[str, Column]:
    batch = Batch(events, registry.encoder())
    return {scorer.name: scorer.score(batch) for scorer in _scorers()}


def _scorers() -> Iterator[Scorer]:
    yield from (Outcome(), Refusal(), Privacy(), Groundedness(), Toxicity(side="response"))


def _event(case: Case, answer: Answer | None) -> Generation:
    said = answer or Answer()
    return Generation(
        event_id=case.id,
        occurred_at=_AT,
        provider="gate",
        request_model="gate",
        prompt=case.prompt,
        messages=tuple(Message(turn.role, turn.content) for turn in case.messages),
        context=tuple(Passage(text) for text in case.context),
        response=said.response,
        finish_reason=said.finish_reason,
        error_type=said.error_type,
    )
