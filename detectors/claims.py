"""The words of a text that claim something, by sentence: content words, names, numbers, and what is negated.

English. A word is looked at once in the life of a process; after that it costs one dictionary lookup.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Literal, NamedTuple

_TABLE = Path(__file__).parent / "tables" / "claims.toml"

# A word (\u2019 is the curly apostrophe), a number, the end of a sentence. Ranges beat classes in speed.
_LETTER = r"[A-Za-z\u00c0-\u024f\u0370-\u052f]"
_TOKEN = re.compile(
    rf"{_LETTER}+(?:['\u2019]{_LETTER}+)?"
    r"|\d+(?:[.,:]\d+)*"
    r"|[.!?]+(?=[\"\u201d\u2019')]|\Z)|;"
)
_ENDS = frozenset(".!?;")
SCOPE = 3  # content words that a negation reaches
_KNOWN_CHUNKS = 100_000  # forget all rather than grow for ever
_LAST_SENTENCE = 1 << 511  # sentences beyond share this bit: masks stay small
_LONG = 40  # characters; longer chunks are seldom seen twice
_SUFFIXES = ("ingly", "edly", "ings", "ing", "ies", "ied", "ers", "ed", "es", "ly", "er", "s")

Kind = Literal["end", "empty", "source", "negation", "number", "number_word", "name", "word"]


class Word(NamedTuple):
    """What a token is, the stem that it is compared by, and the token as written."""

    kind: Kind
    stem: str
    token: str


class _Lists(NamedTuple):
    empty: frozenset[str]
    sources: frozenset[str]
    negations: frozenset[str]
    numbers: dict[str, str]
    manners: tuple[str, ...]
    first: frozenset[str]  # the words that manners begin with


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
        first=frozenset(beginning.split()[0] for beginning in table["manners"]),
    )


class _Chunks(dict[str, tuple[Word, ...]]):
    """The words of every stretch between spaces that was ever seen: split once, then one lookup."""

    def __missing__(self, chunk: str) -> tuple[Word, ...]:
        found = tuple(map(_look_at, _TOKEN.findall(chunk)))
        if len(chunk) <= _LONG:
            if len(self) >= _KNOWN_CHUNKS:
                self.clear()
            self[chunk] = found
        return found


class _Evident(dict[str, str | tuple[tuple[Kind, str], ...]]):
    """The same for a context, without words that say nothing: the stem alone where a chunk is one claim."""

    def __missing__(self, chunk: str) -> str | tuple[tuple[Kind, str], ...]:
        words = [_look_at(token) for token in _TOKEN.findall(chunk)]
        several = tuple((word.kind, word.stem) for word in words if word.kind != "empty")
        alone = len(several) == 1 and several[0][0] not in {"end", "negation", "source"}
        found = several[0][1] if alone else several
        if len(chunk) <= _LONG:
            if len(self) >= _KNOWN_CHUNKS:
                self.clear()
            self[chunk] = found
        return found


_chunks = _Chunks()
_evident = _Evident()


def tokens(text: str) -> list[Word]:
    """Return words, numbers and ends of sentences, in order.

    >>> [(word.kind, word.stem) for word in tokens("Passwords isn't 1,250.00.")]
    [('name', 'password'), ('negation', "isn't"), ('number', '1250'), ('end', '.')]
    """
    chunks = text.replace("\n", " . ").split()
    return list(chain.from_iterable(map(_chunks.__getitem__, chunks)))


def _look_at(token: str) -> Word:
    if token[0] in _ENDS:
        return Word("end", token, token)
    lower = token.lower().replace("\u2019", "'")
    kind, stem = _kind_and_stem(lower)
    return Word("name" if kind == "word" and token[0].isupper() else kind, stem, token)


def _kind_and_stem(lower: str) -> tuple[Kind, str]:
    lists = _lists()
    if lower[0].isdigit():
        return "number", _number(lower)
    if lower.endswith("n't") or lower in lists.negations:
        return "negation", lower
    if lower in lists.numbers:
        return "number_word", lists.numbers[lower]
    if lower in lists.empty or len(lower) == 1:
        return "empty", lower
    stem = _stem(lower)
    return "source" if lower in lists.sources or stem in lists.sources else "word", stem


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


def sentences(text: str) -> Iterator[list[Word]]:
    """Yield the words of each sentence that claims something: no questions, no manners."""
    sentence: list[Word] = []
    for word in (*tokens(text), Word("end", ".", ".")):
        if word[0] != "end":  # the kind; a place is quicker than a name
            sentence.append(word)
        elif word.stem != ";" and sentence:
            if "?" not in word.stem and not _mannerly(sentence):
                yield sentence
            sentence = []


def _mannerly(sentence: list[Word]) -> bool:
    lists = _lists()
    if sentence[0].token.lower() not in lists.first:
        return False
    return " ".join(word.token for word in sentence[:4]).lower().startswith(lists.manners)


def stems(text: str) -> set[str]:
    """Return every stem of a text."""
    return {word.stem for word in tokens(text)}


def index(text: str) -> tuple[dict[str, int], dict[str, int]]:
    """Return in which sentences each stem occurs, as bit masks: plainly, and under a negation."""
    plain: dict[str, int] = {}
    negated: dict[str, int] = {}
    there, under = plain.get, negated.get
    bit, reach = 1, 0
    chunks = text.replace("\n", " . ").split()
    for found in filter(None, map(_evident.__getitem__, chunks)):  # the hot loop: most chunks are one claim
        if isinstance(found, str):
            if reach:
                reach -= 1
                negated[found] = under(found, 0) | bit
            else:
                plain[found] = there(found, 0) | bit
            continue
        for kind, stem in found:
            if kind == "end":
                reach = 0
                if stem != ";" and bit < _LAST_SENTENCE:
                    bit <<= 1
            elif kind == "negation":
                reach = SCOPE
            elif reach and kind != "source":
                reach -= 1
                negated[stem] = under(stem, 0) | bit
            else:
                plain[stem] = there(stem, 0) | bit
    return plain, negated
