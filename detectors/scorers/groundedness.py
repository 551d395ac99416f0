"""Tell how much of an answer its context does not support: the verdict `hallucination`.

Lexical and untrained: it sees what was added, swapped numbers and names, and added or dropped negations. It
does not see a fact restated wrongly in the context's own words, nor know what is true without context.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Container, Sequence
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np

from detectors import language
from detectors.base import NOT_ASSESSABLE, Column
from detectors.batch import Batch
from detectors.claims import SCOPE, Word, index, sentences, stems
from detectors.scorers.refusal import phrase

MAX_CONTEXT_CHARACTERS = 40_000  # about 6,000 words; what lies beyond is not searched
MAX_RESPONSE_CHARACTERS = 16_000
MAX_QUESTION_CHARACTERS = 4_000
MAX_CACHED_CHARACTERS = 2_000_000  # of contexts, about 60 MiB of indexes
THRESHOLD = 0.5

# What a claim without support weighs, by kind; a plain word is the unit.
_WEIGHT = {"word": 1.0, "name": 2.0, "number_word": 3.0, "number": 5.0}
_FAR = 0.5  # neighbours here that are never neighbours in the context: facts joined anew
_NEGATED = 1.0  # said under a negation, never so in the context
_AFFIRMED = 0.5  # said plainly, only negated in the context
_MOST_TURNS = 2  # negated claims counted per sentence: one negation reaches several words
_LISTED = 2  # digits that the number of a list's item has at most
_PRIOR = 8.0  # supported claims granted to every sentence, so that short ones do not decide alone
_STRANGE = 0.5  # share of claims without support above which a context in another language is not read
_WORST = (0.9, 0.1)  # the worst sentence decides, the next one breaks ties
_HALF = 0.36  # unsupported weight per claim at which the score is a half: the label's threshold


@dataclass(frozen=True, slots=True)
class Evidence:
    """A context by stem: in which sentences it occurs, as bit masks, plainly and under a negation."""

    plain: dict[str, int]
    negated: dict[str, int]
    english: bool  # for all one can tell
    characters: int
    cut: bool


@dataclass(frozen=True, slots=True)
class Doubt:
    """What one sentence says that its context does not."""

    weight: float
    claims: int
    unsupported: tuple[str, ...]

    @property
    def risk(self) -> float:
        """Unsupported weight per claim."""
        return self.weight / (self.claims + _PRIOR)


class Groundedness:
    """Score each answer against the context it was given; higher is worse, 0.5 is the shipped threshold.

    Not assessable: no context, no answer, a refusal, or English on neither or only one side.

    Cost: docs/detectors/groundedness.md; a context seen again is not read again.
    Quality: docs/detectors/groundedness.md.
    """

    name = "hallucination"
    version = "1"

    def __init__(self) -> None:
        self._evidence: OrderedDict[bytes, Evidence] = OrderedDict()
        self._cached = 0

    def score(self, batch: Batch) -> Column:
        risks = [self._risk(batch, place) for place in range(len(batch))]
        score = np.array([np.nan if risk is None else risk / (risk + _HALF) for risk in risks], np.float32)
        return Column(
            name=self.name,
            version=self.version,
            score=score,
            label=[_label(value) for value in score.tolist()],
            explain=lambda place: None if risks[place] is None else self._explain(batch, place),
        )

    def _risk(self, batch: Batch, place: int) -> float | None:
        if not self._assessable(batch, place):
            return None
        evidence = self.evidence(batch.context[place])
        doubts = self._doubts(batch, place, evidence)
        if not evidence.english and not _familiar(doubts):
            return None
        worst = sorted((each.risk for each in doubts), reverse=True)
        return sum(share * risk for share, risk in zip(_WORST, worst, strict=False))

    def _assessable(self, batch: Batch, place: int) -> bool:
        response = batch.response[place]
        return (
            any(batch.context[place])
            and bool(response.strip())
            and language.readable(response, batch.response_language[place])
            and phrase(response) is None
        )

    def _doubts(self, batch: Batch, place: int, evidence: Evidence) -> list[Doubt]:
        asked = stems(batch.prompt[place][:MAX_QUESTION_CHARACTERS])
        response = batch.response[place][:MAX_RESPONSE_CHARACTERS]
        found = [doubt(sentence, evidence, asked) for sentence in sentences(response)]
        return [each for each in found if each.claims]

    def evidence(self, context: Sequence[str]) -> Evidence:
        """Return the context's index, from the cache where it was seen before."""
        text = "\n\n".join(context)
        key = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        known = self._evidence.get(key)
        if known is not None:
            self._evidence.move_to_end(key)
            return known
        known = self._evidence[key] = _read(text)
        self._cached += known.characters
        while self._cached > MAX_CACHED_CHARACTERS and len(self._evidence) > 1:
            self._cached -= self._evidence.popitem(last=False)[1].characters
        return known

    def _explain(self, batch: Batch, place: int) -> str:
        evidence = self.evidence(batch.context[place])
        found = self._doubts(batch, place, evidence)
        worst = max(found, key=lambda d: d.risk, default=None)
        part = " Only the beginning of the context was searched." if evidence.cut else ""
        if worst is None or not worst.unsupported:
            return "Every word that claims something is in the context." + part
        listed = ", ".join(worst.unsupported[:6])
        sentence = 1 + found.index(worst)
        return (
            f"Sentence {sentence} of {len(found)} is supported least; "
            f"of its {worst.claims} claims the context lacks: {listed}.{part}"
        )


def doubt(sentence: Sequence[Word], evidence: Evidence, asked: Container[str]) -> Doubt:
    """Hold one sentence against the context. What the question said counts as said."""
    plain, negated = evidence.plain.get, evidence.negated.get
    weight, claims, added, dropped = 0.0, 0, 0, 0
    reach, before, cited = 0, 0, False
    lacking: list[str] = []
    for kind, stem, token in sentence:  # the hot loop of this scorer: plain code, one pass
        unsupported = _WEIGHT.get(kind)
        if unsupported is None:
            cited = kind == "source"
            if kind == "negation":
                reach = SCOPE
            continue
        if kind == "number" and (
            cited or (not claims and len(token) <= _LISTED and token is sentence[0].token)
        ):
            continue  # the number of a source or of a list's item
        cited = False
        claims += 1
        said, under = plain(stem, 0), negated(stem, 0)
        if said or under:
            if reach and not under:
                added += 1
                lacking.append(f"not {token[:24]}")
            elif not reach and not said:
                dropped += 1
                lacking.append(f"{token[:24]} (only negated there)")
            said |= under
            if before and not before & (said | said << 1 | said >> 1):
                weight += _FAR
            before = said
        else:
            before = 0
            if stem not in asked:
                begins = kind == "name" and claims == 1 and token is sentence[0].token
                weight += _WEIGHT["word"] if begins else unsupported
                lacking.append(token[:24])
        reach -= reach > 0
    weight += _NEGATED * min(added, _MOST_TURNS) + _AFFIRMED * min(dropped, _MOST_TURNS)
    return Doubt(weight, claims, tuple(lacking))


def _read(text: str) -> Evidence:
    seen = text[:MAX_CONTEXT_CHARACTERS]
    plain, negated = index(seen)
    english = language.readable(text, language.of(text))
    return Evidence(plain, negated, english=english, characters=len(seen) + 1, cut=len(text) > len(seen))


def _familiar(doubts: Sequence[Doubt]) -> bool:
    """Tell whether an English answer shares so many words with a context that it must be readable after all.

    Lists, tables and names look like any language.
    """
    claims = sum(each.claims for each in doubts)
    return claims > 0 and sum(len(each.unsupported) for each in doubts) <= _STRANGE * claims


def _label(score: float) -> str:
    if score != score:  # noqa: PLR0124 - NaN is the only number that differs from itself
        return NOT_ASSESSABLE
    return "unsupported" if score >= THRESHOLD else "grounded"
