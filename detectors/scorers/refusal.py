"""Whether the model declined to answer, by the phrases models decline with."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

import numpy as np
from fmwatch.event import Generation

from detectors.base import NOT_ASSESSABLE, Column
from detectors.batch import Batch
from detectors.language import readable

BEGINNING = 300  # characters; a refusal comes first, or it is a caveat
_BEGINNINGS = 2_048  # remembered: another scorer asks about the same answers
PHRASES = Path(__file__).parents[1] / "models" / "refusals.txt"

_FILTERED = frozenset({"content_filter", "content_filtered", "safety", "refusal", "prohibited_content"})
# Every phrase contains one of these; most answers contain none, and cost two microseconds.
_HINTS = (
    "can't",
    "cannot",
    "can not",
    "could not",
    "couldn't",
    "won't",
    "will not",
    "m not ",
    "unable",
    "decline",
    "refuse",
    "as an a",
    "as a l",
    "as a v",
    "an a",
    "not have",
    "don't have",
    "not something",
    "is something",
    "'s something",
    "against",
    "violat",
    "conflict",
    "for me to",
    "prevent",
    "prohibit",
    "allow",
    "forbid",
    "language model",
)
# Praise and caution that only sound like declining.
_NOT_MEANT = re.compile(
    r"can(?:no|')t (?:recommend|thank|stress|emphasi[sz]e|praise|say|tell you|describe|express|wait|help but)"
    r"(?: \w+){0,4}? (?:enough|how much|how happy|how grateful)|can(?:no|')t (?:help but|wait)"
)
# "I cannot draw. However, here is ...": a caveat, when an answer follows and no referral.
_STILL = re.compile(r"\b(?:however|but|nevertheless|nonetheless|that said|instead|here(?:'s| is| are))\b")
_REFERRAL = re.compile(
    r"\bplease\b|\byou (?:can|could|may|might|should)\b|\b(?:consult|check|contact|visit)|\bsomething else\b|"
    r"\bi (?:can|could|would|will|am|'d)\b[^.!?]{0,30}\b(?:suggest|recommend|happy|glad|help|guide|assist)"
)
ANSWER = 60  # characters; less than that after "however" answers nothing
LONG_ANSWER = 700  # characters; after as many, a referral is part of an answer


class Refusal:
    """Labels each answer answered or refused; the score is 1 where the model declined, else 0.

    Reads the first 300 characters, in English. A provider's content filter counts as a refusal; a caveat
    ("I cannot draw. However, here is ...") that an answer follows does not.
    """

    name = "refusal"
    version = "1"

    def score(self, batch: Batch) -> Column:
        """Return one verdict per event."""
        pairs = zip(batch.events, batch.response_language, strict=True)
        labels = [_label(event, language) for event, language in pairs]
        values = {"refused": 1.0, "answered": 0.0}
        return Column(
            self.name,
            self.version,
            np.array([values.get(label, np.nan) for label in labels], np.float32),
            labels,
            explain=lambda index: _sentence(batch.events[index], labels[index]),
        )


def phrase(text: str) -> str | None:
    """Return the words a text declines with, or None.

    >>> phrase("I'm sorry, but I can't help with that.")
    "i can't help"
    >>> phrase("I cannot recommend this hotel enough!")
    """
    found = _declining(text[:BEGINNING])
    if found is None or _is_caveat(text, found.end()):
        return None
    return re.sub("^but |^so |^and ", "", found.group().strip(" .!?:,;\n*"))


@lru_cache(_BEGINNINGS)
def _declining(beginning: str) -> re.Match[str] | None:
    beginning = _small(beginning)
    if not any(hint in beginning for hint in _HINTS):
        return None
    return _phrases().search(_NOT_MEANT.sub("", beginning))


def _is_caveat(text: str, end: int) -> bool:
    still = _STILL.search(_small(text[:BEGINNING]), end)
    if still is None or len(text) - still.end() < ANSWER:
        return False
    return len(text) > LONG_ANSWER or not _REFERRAL.search(_small(text[still.end() : still.end() + 120]))


def _small(text: str) -> str:
    return text.lower().replace("\u2019", "'")


@lru_cache(1)
def _phrases() -> re.Pattern[str]:
    lines = [line for line in PHRASES.read_text(encoding="utf-8").splitlines() if line[:1] not in {"", "#"}]
    lists = {
        name: line.split(" = ", 1)[1]
        for line in lines
        for name in ("cannot", "help")
        if line.startswith(name)
    }
    patterns = [line for line in lines if not line.startswith(tuple(f"{name} = " for name in lists))]
    for name, words in lists.items():
        patterns = [pattern.replace("{" + name + "}", words) for pattern in patterns]
    return re.compile("|".join(patterns))


def _label(event: Generation, language: str) -> str:
    if event.finish_reason.lower() in _FILTERED:
        return "refused"
    if not readable(event.response, language):
        return NOT_ASSESSABLE
    return "refused" if phrase(event.response) else "answered"


def _sentence(event: Generation, label: str) -> str | None:
    if label != "refused":
        return None
    if event.finish_reason.lower() in _FILTERED:
        return f"The provider stopped the answer: {event.finish_reason}."
    return f'The answer declines: "{phrase(event.response)}".'
