"""The words of a text that claim something, by sentence: content words, names, numbers, and what is negated.

English. A word is looked at once in the life of a process; after that a token costs one dictionary lookup.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Literal, NamedTuple

_TABLE = Path(__file__).parent / "tables" / "claims.toml"

# A word (\u2019 is the curly apostrophe), a number, the end of a sentence. Ranges match twice as fast as classes.
_LETTER = r"[A-Za-z\u00c0-\u024f\u0370-\u052f]"
_TOKEN = re.compile(
    rf"{_LETTER}+(?:['\u2019]{_LETTER}+)?"
    r"|\d+(?:[.,:]\d+)*"
    r"|[.!?]+(?=[\s\"\u201d\u2019')]|\Z)"
    r"|\n+|;"
)
_ENDS = frozenset(".!?\n;")
SCOPE = 3  # content words that a negation reaches
_KNOWN_WORDS = 200_000  # forget all rather than grow for ever
_SUFFIXES = ("ingly", "edly", "ings", "ing", "ies", "ied", "ers", "ed", "es", "ly", "er", "s")

Kind = Literal["empty", "source", "negation", "number", "number_word", "name", "word"]


class Word(NamedTuple):
    """What a token is, and the stem that it is compared by."""

    kind: Kind
    stem: str


class _Lists(NamedTuple):
    empty: frozenset[str]
    sources: frozenset[str]
    negations: frozenset[str]
    numbers: dict[str, str]
    manners: tuple[str, ...]


@lru_cache(1)
def _lists() -> _Lists:
    table = tomllib.loads(_TABLE.read_text(encoding="utf-8"))
    sources = frozenset(table["about_sources"].split())
    return _Lists(
        empty=frozenset(table["empty"].split()),
        sources=sources | {_stem(word) for word in sources},
        negations=frozenset(table["negations"].split()),
        numbers=dict(pair.split("=") for pair in table["numbers"].split()),
        manners=tuple(table["manners"]),
    )


known_words: dict[str, Word] = {}  # read by the hot loops before they call `word`


def word(token: str) -> Word:
    """Return what a token is and its stem.

    >>> word("Passwords"), word("1,250.00")
    (Word(kind='name', stem='password'), Word(kind='number', stem='1250'))
    """
    known = known_words.get(token)
    if known is None:
        if len(known_words) >= _KNOWN_WORDS:
            known_words.clear()
        known = known_words[token] = _look_at(token)
    return known


def _look_at(token: str) -> Word:
    lists = _lists()
    lower = token.lower().replace("\u2019", "'")
    if lower[0].isdigit():
        return Word("number", _number(lower))
    if lower.endswith("n't") or lower in lists.negations:
        return Word("negation", lower)
    if lower in lists.numbers:
        return Word("number_word", lists.numbers[lower])
    stem = _stem(lower)
    if lower in lists.empty or len(lower) == 1:
        return Word("empty", lower)
    if lower in lists.sources or stem in lists.sources:
        return Word("source", stem)
    return Word("name" if token[0].isupper() else "word", stem)


def _number(digits: str) -> str:
    whole, _, part = digits.replace(",", "").partition(".")
    part = part.rstrip("0")
    return (whole.lstrip("0") or "0") + (f".{part}" if part else "")


def _stem(lower: str) -> str:
    """Cut endings so that forms of one word meet; it need not be a word itself."""
    lower = lower.removesuffix("'s")
    if len(lower) <= 4:  # noqa: PLR2004 - short words carry only the plural's s
        return lower[:-1] if len(lower) == 4 and lower[-1] == "s" and lower[-2] != "s" else lower  # noqa: PLR2004
    for suffix in _SUFFIXES:
        if lower.endswith(suffix) and len(lower) - len(suffix) >= 3:  # noqa: PLR2004 - a stem keeps three letters
            lower = lower.removesuffix(suffix) + ("y" if suffix in {"ies", "ied"} else "")
            break
    lower = lower.removesuffix("e")
    return lower[:-1] if len(lower) > 4 and lower[-1] == lower[-2] else lower  # noqa: PLR2004 - same


def tokens(text: str) -> list[str]:
    """Return words, numbers and ends of sentences, in order."""
    found: list[str] = _TOKEN.findall(text)
    return found


def ends(token: str) -> bool:
    """Tell whether a token ends a sentence or a clause."""
    return token[0] in _ENDS


def sentences(text: str) -> Iterator[list[str]]:
    """Yield the tokens of each sentence that claims something: no questions, no manners."""
    manners = _lists().manners
    sentence: list[str] = []
    for token in [*tokens(text), "\n"]:
        if token[0] not in _ENDS:
            sentence.append(token)
        elif token[0] != ";" and sentence:
            if "?" not in token and not " ".join(sentence[:4]).lower().startswith(manners):
                yield sentence
            sentence = []


def stems(text: str) -> set[str]:
    """Return every stem of a text."""
    return {word(token).stem for token in _TOKEN.findall(text) if token[0] not in _ENDS}


def index(text: str) -> tuple[dict[str, int], dict[str, int]]:
    """Return in which sentences each stem occurs, as bit masks: plainly, and under a negation."""
    plain: dict[str, int] = {}
    negated: dict[str, int] = {}
    bit, reach = 1, 0
    for token in _TOKEN.findall(text):
        if token[0] in _ENDS:
            bit <<= token[0] != ";"
            reach = 0
            continue
        kind, stem = known_words.get(token) or word(token)
        if kind == "negation":
            reach = SCOPE
        elif kind != "empty":
            if reach and kind != "source":
                reach -= 1
                negated[stem] = negated.get(stem, 0) | bit
            else:
                plain[stem] = plain.get(stem, 0) | bit
    return plain, negated
