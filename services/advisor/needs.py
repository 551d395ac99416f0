"""What a use asks of a model, in words, and whether the catalogue says that a model has it.

There are three answers: what nobody states is unknown, and unknown is never yes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import Literal, NamedTuple

from services.advisor.catalogue import Catalogue
from services.advisor.entry import Entry, Fact, Price
from services.advisor.errors import CatalogueError

Answer = Literal["yes", "no", "unknown"]

MODES = ("chat", "completion", "embedding")
ABILITIES = {"tools": "tools", "json": "json"}
MODALITIES = ("image", "audio", "video", "pdf")
# What the platforms call their places. London and Zurich are in no EU, whatever their names begin with.
REGIONS = {
    "us": ("us", "us-east*", "us-west*", "us-central*", "us-south*"),
    "us-gov": ("us-gov*",),
    "eu": ("eu", "eu-central-1", "eu-north-*", "eu-south-*", "eu-west-1", "eu-west-3"),
    "apac": ("apac", "ap-*", "jp", "au"),
    "jp": ("jp", "ap-northeast-1", "ap-northeast-3"),
    "au": ("au", "ap-southeast-2", "ap-southeast-4"),
    "ca": ("ca", "ca-*"),
    "sa": ("sa", "sa-*"),
}
_TOKENS = re.compile(r"(\d+(?:\.\d+)?)([km]?)")
_NEAR = 0.75  # of a word that was perhaps meant
_UNIT = {"": 1, "k": 1_000, "m": 1_000_000}


class Verdict(NamedTuple):
    """Whether a model has what is needed; `why` says it of the model where it is no or unknown."""

    answer: Answer
    why: str = ""


YES = Verdict("yes")


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that a use asks for.

    Attributes
    ----------
    word : as people call it
    judge : tells it of a model
    region : where it must run, in the catalogue's words; empty where this need is about something else
    """

    word: str
    judge: Callable[[Entry], Verdict]
    region: str = ""


def read_needs(text: str, catalogue: Catalogue, least_context: int) -> list[Need]:
    """Return what a use asks for, written with commas between: tools,128k,eu.

    Several platforms are alternatives; everything else must hold together. Without a mode it is chat.

    Parameters
    ----------
    least_context : tokens that one call has in any case

    Raises
    ------
    CatalogueError : a word means nothing; the message has those that do
    """
    words = list(dict.fromkeys(word.strip().lower() for word in text.split(",") if word.strip()))
    platforms = {entry.platform for entry in catalogue.snapshot.entries}
    places = REGIONS.keys() | {place for entry in catalogue.snapshot.entries for place in regions(entry)}
    contexts = [size for word in words if (size := _tokens(word))]
    found = [_mode(word) for word in words if word in MODES] or [_mode(MODES[0])]
    sellers = [name for word in words if (name := catalogue.platform(word)) in platforms]
    found += [_platform(sellers)] if sellers else []
    found.append(_context(max([least_context, *contexts])))
    for word in words:
        if word in ABILITIES:
            found.append(_ability(word, ABILITIES[word]))
        elif word in MODALITIES:
            found.append(_modality(word))
        elif word in places and catalogue.platform(word) not in platforms:
            found.append(_region(word))
        elif not (word in MODES or _tokens(word) or catalogue.platform(word) in platforms):
            raise CatalogueError(_unknown(word, catalogue, [*places, *platforms]))
    return found


def regions(entry: Entry) -> set[str]:
    """Return where a model is known to run: what the company says of its own, else what has a price there."""
    if entry.regions:
        return {place.lower() for place in entry.regions.value}
    return {price.region.lower() for price in entry.prices if price.region}


def lies_in(place: str, region: str) -> bool:
    """Tell whether a place is in a region, or is it.

    >>> lies_in("eu-west-3", "eu"), lies_in("eu-west-2", "eu"), lies_in("eu-west-2", "eu-west-2")
    (True, False, True)
    """
    return any(fnmatchcase(place.lower(), name) for name in REGIONS.get(region, (region,)))


def prices_in(entry: Entry, region: str) -> list[Price]:
    """Return the list prices that are said to hold in a region."""
    return [price for price in entry.prices if price.region and lies_in(price.region, region)]


def _unknown(word: str, catalogue: Catalogue, others: Iterable[str]) -> str:
    """Return that a word means nothing, what was perhaps meant, and what does."""
    stated = {entry.platform for entry in catalogue.snapshot.entries if entry.status}
    near = get_close_matches(word, [*MODES, *ABILITIES, *MODALITIES, *REGIONS, *others], 1, _NEAR)
    meant = f" (perhaps {near[0]})" if near else ""
    return (
        f"nobody knows the need {word!r}{meant}. Known are {', '.join(ABILITIES)}; {', '.join(MODALITIES)} "
        f"as input; a context such as 128k or 1m; {', '.join(MODES)}; where it runs: {', '.join(REGIONS)}, "
        f"or a platform's own name of a region; who sells it: {', '.join(sorted(stated))}, or another "
        "platform that fmwatch catalogue show --json has"
    )


def _tokens(word: str) -> int:
    size = _TOKENS.fullmatch(word)
    return round(float(size[1]) * _UNIT[size[2]]) if size else 0


def _mode(word: str) -> Need:
    def judge(entry: Entry) -> Verdict:
        return _is(
            entry.mode, entry.mode is not None and entry.mode.value == word, f"is not for {word}", "mode"
        )

    return Need(word, judge)


def _platform(names: Sequence[str]) -> Need:
    def judge(entry: Entry) -> Verdict:
        return YES if entry.platform in names else Verdict("no", f"is on {entry.platform}")

    return Need(" or ".join(names), judge)


def _context(tokens: int) -> Need:
    def judge(entry: Entry) -> Verdict:
        room = entry.context_tokens
        return _is(room, room is not None and room.value >= tokens, "has less context", "context")

    return Need(f"{tokens:,} tokens of context", judge)


def _ability(word: str, field: str) -> Need:
    def judge(entry: Entry) -> Verdict:
        fact = entry.fact(field)
        return _is(fact, fact is not None and bool(fact.value), f"has no {word}", word)

    return Need(word, judge)


def _modality(word: str) -> Need:
    def judge(entry: Entry) -> Verdict:
        fact = entry.modalities
        return _is(fact, fact is not None and word in fact.value, f"takes no {word}", f"{word} input")

    return Need(word, judge)


def _region(word: str) -> Need:
    def judge(entry: Entry) -> Verdict:
        if any(lies_in(place, word) for place in regions(entry)):
            return YES
        if entry.regions:
            return Verdict("no", f"runs in {', '.join(entry.regions.value)}")
        return Verdict("unknown", f"in {word}")

    return Need(word, judge, word)


def _is(fact: Fact[object] | None, holds: bool, lacks: str, what: str) -> Verdict:
    if fact is None:
        return Verdict("unknown", what)
    return YES if holds else Verdict("no", lacks)
