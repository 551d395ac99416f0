"""Faithful summaries made false in one known way each: a number, a name, a negation, a foreign sentence."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence

Pair = tuple[str, str]  # document, faithful summary
Corrupt = Callable[[Pair, Sequence[Pair], random.Random], str | None]

_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]{2,}")
_VERB = re.compile(r"\b(?:is|was|are|were|will|has|have|can|could|would)\b(?! not)")


def number(pair: Pair, _: Sequence[Pair], chance: random.Random) -> str | None:
    """Change one number by a little."""
    found = list(re.finditer(r"\d+", pair[1]))
    if not found:
        return None
    one = chance.choice(found)
    return _swap(pair[1], one, str(int(one.group()) + chance.choice([1, 2, 3, 7, 10])))


def name(pair: Pair, others: Sequence[Pair], chance: random.Random) -> str | None:
    """Swap one name for a name of another document."""
    return _rename(pair, _NAME.findall(chance.choice(others)[1]), chance)


def name_inside(pair: Pair, _: Sequence[Pair], chance: random.Random) -> str | None:
    """Swap one name for another name of the same document: the hardest, every word is in the context."""
    return _rename(pair, _NAME.findall(pair[0]), chance)


def negation(pair: Pair, _: Sequence[Pair], __: random.Random) -> str | None:
    """Negate the first verb."""
    found = _VERB.search(pair[1])
    return _swap(pair[1], found, found.group() + " not") if found else None


def foreign_sentence(pair: Pair, others: Sequence[Pair], chance: random.Random) -> str | None:
    """Add the first sentence of another document's summary."""
    other = chance.choice(others)[1].split(". ")[0].rstrip(".")
    return f"{pair[1].rstrip()} {other}." if other not in pair[1] else None


KINDS: dict[str, Corrupt] = {
    "number": number,
    "name": name,
    "name_inside": name_inside,
    "negation": negation,
    "foreign_sentence": foreign_sentence,
}


def corrupted(pairs: Sequence[Pair], kind: str, seed: int = 7) -> list[tuple[Pair, str]]:
    """Return (document and faithful summary, corrupted summary) for every pair the corruption applies to."""
    chance = random.Random(seed)  # noqa: S311 - a seeded experiment, no secret
    made = [(pair, KINDS[kind](pair, pairs, chance)) for pair in pairs]
    return [(pair, text) for pair, text in made if text and text != pair[1]]


def _rename(pair: Pair, names: Sequence[str], chance: random.Random) -> str | None:
    found = list(_NAME.finditer(pair[1]))
    if not found:
        return None
    one = chance.choice(found)
    other = sorted(set(names) - {one.group()})
    return _swap(pair[1], one, chance.choice(other)) if other else None


def _swap(text: str, found: re.Match[str], new: str) -> str:
    return text[: found.start()] + new + text[found.end() :]
