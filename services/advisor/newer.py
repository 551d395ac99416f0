"""A newer model of the same family: alike in every word of its name, of a later version, no less able.

What only looks newer is none: a preview, an alias that moves, another tier, size or task, one that came out
later under a lower number, one that takes less.
"""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from detectors.identity import family, l1
from services.advisor.catalogue import Catalogue, known_since, preview
from services.advisor.constraints import LEAST_DAYS
from services.advisor.entry import Entry
from services.advisor.lifespan import lifespan

_NUMBERED = re.compile(r"([a-z]*)(\d+(?:\.\d+)*)([a-z]?)")
_SELDOM_STATED = frozenset({"pdf"})  # one list says so of some models; that it does not says nothing
_SIZES = frozenset("bkm")  # 8b parameters, 16k tokens: another model, no other version


class _Name(NamedTuple):
    """A model's name as its maker builds it: words that say which kind, numbers that say which version."""

    words: tuple[str, ...]
    version: tuple[int, ...]
    dated: bool


def newer(entry: Entry, catalogue: Catalogue, on: date) -> Entry | None:
    """Return the newest model of the family on the same platform that is newer than `entry`, if any is."""
    if entry.released is None or entry.model.startswith("ft:") or _moving(entry):
        return None
    mine = _name(entry.model)
    found = [
        (theirs.version, theirs.dated == mine.dated, other.released.value, other.model, other)
        for other in catalogue.models(entry.platform)
        if other.released
        and other.released.value > entry.released.value
        and _later(mine, theirs := _name(other.model))
        and _lasting(other, on)
        and _as_able(entry, other)
    ]
    return max(found)[-1] if found else None


@lru_cache(maxsize=65_536)
def _name(model: str) -> _Name:
    """Take a name apart.

    >>> _name("claude-3-5-sonnet-20241022"), _name("claude-sonnet-4-5")[:2]
    (_Name(words=('claude', 'sonnet'), version=(3, 5), dated=True), (('claude', 'sonnet'), (4, 5)))
    >>> _name("gpt-4o-mini")[:2], _name("qwen3.7-max")[:2], _name("llama-3.1-8b")[:2]
    ((('gpt', 'mini'), (4,)), (('max', 'qwen'), (3, 7)), (('8b', 'llama'), (3, 1)))
    """
    spelled = l1(model)
    words: list[str] = []
    version: list[int] = []
    for part in re.split(r"[-_: ]", family(model)):
        match = _NUMBERED.fullmatch(part)
        if match is None or match[3] in _SIZES:
            words.append(part)
        else:
            words += [match[1]] if match[1] else []
            version += [int(number) for number in match[2].split(".")]
    return _Name(tuple(sorted(words)), tuple(version), family(model) != spelled)


def _later(mine: _Name, theirs: _Name) -> bool:
    """Whether it is a later version; of the same version only a snapshot follows a snapshot."""
    if mine.words != theirs.words:
        return False
    return theirs.version > mine.version or (theirs.version == mine.version and mine.dated and theirs.dated)


def _lasting(other: Entry, on: date) -> bool:
    life = lifespan(other, on)
    supported = life.state in {"active", "scheduled"}
    known = known_since(other) <= on.isoformat() and (other.released is None or other.released.value <= on)
    short = life.known_days is not None and life.known_days < LEAST_DAYS
    return supported and known and not (short or _moving(other) or other.tombstone or preview(other))


def _moving(entry: Entry) -> bool:
    return l1(entry.model).endswith("latest")


def _as_able(entry: Entry, other: Entry) -> bool:
    """Whether it takes and does what the older one does; what nobody says of it is not assumed."""
    same = bool(entry.mode and other.mode and entry.mode.value == other.mode.value)
    takes = set(entry.modalities.value) - _SELDOM_STATED if entry.modalities else set()
    reads = takes <= set(other.modalities.value if other.modalities else ())
    calls = not (entry.tools and entry.tools.value) or bool(other.tools and other.tools.value)
    return same and reads and calls
