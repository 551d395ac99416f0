"""What is likely to replace a model where its provider does not say: a hint for a shortlist, never evidence.

First where the provider sent the model's siblings, then what is alike: the same task, tier and line, newer.
`python -m bench.lifecycle` measures how often that names the provider's own successor; the weights are set by
hand, and hardly matter within a factor of two.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from detectors.identity import family, l1
from services.advisor.catalogue import Catalogue, line
from services.advisor.entry import Entry
from services.advisor.lifespan import lifespan

_TASKS = {
    "embedding": r"embed|bge|gte(?!-rerank)",
    "rerank": r"rerank",
    "ocr": r"ocr",
    "moderation": r"moderation",
    "transcription": r"whisper|transcribe|asr",
    "realtime": r"realtime|live",
    "speech": r"tts",
    "audio": r"audio|voxtral|omni",
    "image": r"image|dall-e|canvas",
    "video": r"video|sora|veo|reel",
    "code": r"code|codestral|devstral|build",
    "search": r"search",
}
# fmt: off
_TIERS = frozenset((
    "mini", "nano", "micro", "lite", "flash", "pro", "max", "plus", "turbo", "large", "medium", "small",
    "opus", "sonnet", "haiku", "fast", "tiny", "instant", "light", "premier", "highspeed", "thinking",
    "reasoning", "terra", "sol", "luna", "air", "multilingual", "english", "vision",
))
# fmt: on
_TASK, _TIER, _STEM, _LINE, _OWN_FAMILY = 3.0, 2.0, 2.0, 1.0, 2.0  # what two models have in common
_NEWEST, _UNSTATED = 1.0, -1.0  # how new it is among all; nobody states that it is supported
_SIBLINGS = 5.0  # all votes of siblings; more of them for
_LIKE = {"task": 3.0, "tier": 3.0, "stem": 3.0, "line": 2.0}  # a sibling that is so much alike
_SAME_NOTICE, _OTHER_TASK = 2.0, 0.3


class _Kind(NamedTuple):
    """What a model's name says about it."""

    task: str
    tier: frozenset[str]
    stem: str
    line: str


def successors(entry: Entry, catalogue: Catalogue, on: date) -> list[Entry]:
    """Return living models of the same platform, the likeliest successor first; one of each family."""
    alive = _alive(entry, catalogue, on)
    votes = _votes(entry, catalogue, on)
    most = max(votes.values(), default=0.0)
    oldest_first = sorted(alive.values(), key=_released)

    def score(place: int, other: Entry) -> float:
        alike = _alike(_kind(entry.model), _kind(other.model))
        alike += _OWN_FAMILY if other.family == entry.family else 0.0
        alike += _NEWEST * place / len(alive) if other.released else 0.0
        alike += _UNSTATED if lifespan(other, on).state == "unknown" else 0.0
        return alike + (_SIBLINGS * votes.get(other.family, 0.0) / most if most else 0.0)

    scored = [(score(place, other), other.model, other) for place, other in enumerate(oldest_first)]
    return [other for _, _, other in sorted(scored, key=lambda one: (-one[0], one[1]))]


@lru_cache(maxsize=65_536)
def _kind(model: str) -> _Kind:
    name = l1(model)
    task = next((task for task, pattern in _TASKS.items() if re.search(pattern, name)), "chat")
    tier = frozenset(re.split(r"[-_.: ]", name)) & _TIERS
    return _Kind(task, tier, re.split(r"[-\d]", name)[0], line(model))


def _alike(one: _Kind, other: _Kind) -> float:
    return (
        _TASK * (one.task == other.task)
        + _TIER * (one.tier == other.tier)
        + _STEM * (one.stem == other.stem)
        + _LINE * (one.line == other.line)
    )


def _alive(entry: Entry, catalogue: Catalogue, on: date) -> Mapping[str, Entry]:
    """Return the newest living model of each family, by family; of its own only a later snapshot."""
    found: dict[str, Entry] = {}
    for other in catalogue.models(entry.platform):
        older = other.released and entry.released and other.released.value < entry.released.value
        mine = other.family == entry.family and not _later_snapshot(entry, other)
        if older or mine or other.tombstone or lifespan(other, on).leaving:
            continue
        known = found.get(other.family)
        if known is None or _released(other) > _released(known):
            found[other.family] = other
    return found


def _later_snapshot(entry: Entry, other: Entry) -> bool:
    one, two = l1(entry.model), l1(other.model)
    return family(one) != one and family(two) != two and two > one


def _votes(entry: Entry, catalogue: Catalogue, on: date) -> Mapping[str, float]:
    """Return how strongly siblings speak for each family: where their provider sent them, as read by then."""
    votes: dict[str, float] = defaultdict(float)
    mine = _kind(entry.model)
    for sibling in catalogue.models(entry.platform):
        named = [
            item for item in sibling.said(on) if item.by == "provider" and item.platform == entry.platform
        ]
        for item in named:
            votes[family(item.model)] += _weight(entry, mine, sibling) / len(named)
    return votes


def _weight(entry: Entry, mine: _Kind, sibling: Entry) -> float:
    theirs = _kind(sibling.model)
    weight = 1.0 if theirs.task == mine.task else _OTHER_TASK
    for what, times in _LIKE.items():
        weight *= times if getattr(theirs, what) == getattr(mine, what) else 1.0
    notices = entry.deprecated_at, sibling.deprecated_at
    same = all(notices) and notices[0] and notices[1] and notices[0].value == notices[1].value
    return weight * (_SAME_NOTICE if same else 1.0)


def _released(entry: Entry) -> date:
    return entry.released.value if entry.released else date.min
