"""CLINC150 as a route's traffic: two weeks of reference, a quiet start, then what is to be found or ignored.

Nine domains are known, the tenth is unseen. No text comes twice, except as a retry.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from functools import cache
from typing import Any

import numpy as np
from fmwatch.event import Generation
from numpy.typing import NDArray

from bench.report import required
from detectors import registry
from detectors.batch import Batch
from detectors.monitors.base import Leaf, Observations
from detectors.monitors.cells import DAY
from detectors.monitors.clusters import first_of_cluster
from detectors.monitors.testing import MONDAY

REFERENCE, QUIET, AFTER = 10_000, 1_000, 4_000
REFERENCE_DAYS = 14
PER_DAY = REFERENCE / REFERENCE_DAYS
DAYS = REFERENCE_DAYS + (QUIET + AFTER) / PER_DAY
LEAF = Leaf("default", "openai", "support/bot", "gpt-5.4")
RETRY_SECONDS = 4.0
NOTHING: Mapping[str, Any] = {
    "NDArray[np.bool_]": False,
    "NDArray[np.int8]": -1,
    "NDArray[np.int32]": 0,
    "NDArray[np.float32]": np.nan,
    "NDArray[np.float64]": np.nan,
}

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Spell = Callable[[list[str], random.Random], list[str]]


@dataclass(frozen=True, slots=True, eq=False)
class Texts:
    """Encoded texts: int8 rows and the share of their words that the vocabulary lacks."""

    rows: NDArray[np.int8]
    unknown: NDArray[np.float32]

    def of(self, places: Ints) -> Texts:
        """Return the texts at these places."""
        return Texts(self.rows[places], self.unknown[places])


@dataclass(frozen=True, slots=True)
class Case:
    """What happens after the quiet start.

    Attributes
    ----------
    unseen : share of texts from the unseen domain
    spell, share : how texts are spelled from then on, and how many of them
    rhythm : topics have their hours of the day, in the reference too
    retries : how many texts are repeated fifty times
    """

    words: str
    unseen: float = 0.0
    spell: Spell | None = None
    share: float = 1.0
    rhythm: bool = False
    retries: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """One drawn stream, ordered by time: `reference` texts, then the quiet ones, then the case.

    Attributes
    ----------
    minute, hour, first, texts : of each text
    unseen : whether it is from the domain that only the case shows
    reference : how many texts come before the monitor is due
    changed : how many come before the case begins
    """

    minute: Ints
    first: NDArray[np.bool_]
    texts: Texts
    unseen: NDArray[np.bool_]
    reference: int
    changed: int

    @property
    def hour(self) -> Ints:
        """Hour of the day."""
        return self.minute // 60 % 24

    def observations(self) -> Observations:
        """Return the run as a monitor reads it."""
        return plain(
            self.minute,
            leaves=[LEAF],
            first=self.first,
            prompt_embedding=self.texts.rows,
            response_embedding=np.zeros_like(self.texts.rows),
            prompt_unknown_ratio=self.texts.unknown,
        )


def plain(minute: Ints, leaves: Sequence[Leaf], **known: Any) -> Observations:  # noqa: ANN401 - columns
    """Return calls of which nothing is known but these columns."""
    n = len(minute)
    columns: dict[str, Any] = {
        column.name: np.full(
            n, NOTHING[str(column.type)], dtype=str(column.type).split(".")[1][:-1].strip("_")
        )
        for column in fields(Observations)
        if str(column.type) in NOTHING
    }
    columns |= {
        "minute": minute,
        "leaves": leaves,
        "teams": [""] * len(leaves),
        "first": np.ones(n, np.bool_),
    }
    columns |= {"prompt_versions": [""], "regions": [""]}
    columns |= {"served_models": [""], "languages": ["en"], "event_id": [f"e{at:07}" for at in range(n)]}
    columns |= {f"{side}_embedding": np.zeros((n, 1), np.int8) for side in ("prompt", "response")}
    start, end = int(minute[0]) // DAY * DAY, int(minute[-1]) + 1
    return Observations(**{**columns, **known, "start": start, "end": end})


def draw(case: Case, seed: int, unseen: int) -> Run:
    """Return a stream of 10,000 texts of reference, 1,000 quiet ones and 4,000 of the case.

    Parameters
    ----------
    unseen : number of the domain that only the case may show
    """
    chance = np.random.default_rng([seed, unseen])
    # Where topics have their hours the volume has none, or one domain would run out of texts.
    at_s = _arrivals(chance, 0.0 if case.rhythm else 0.75)
    reference = int(np.searchsorted(at_s, REFERENCE_DAYS * 86_400))
    changed = reference + QUIET
    new = (np.arange(len(at_s)) >= changed) & (chance.random(len(at_s)) < case.unseen)
    places = np.zeros(len(at_s), dtype=np.int64)
    places[~new] = _known(chance, unseen, at_s[~new] / 3600.0, rhythm=case.rhythm)
    places[new] = chance.permutation(domains()[unseen])[: int(new.sum())]
    texts = encoded().of(places)
    if case.spell:
        struck = np.flatnonzero((np.arange(len(at_s)) >= changed) & (chance.random(len(at_s)) < case.share))
        spelled = _encode(respelled(case.spell, [corpus()[place] for place in places[struck]], seed))
        texts.rows[struck], texts.unknown[struck] = spelled.rows, spelled.unknown
    return _with_retries(case.retries, chance, at_s, (texts, new), (reference, changed))


def _arrivals(chance: np.random.Generator, swing: float) -> Floats:
    """Return seconds since the start of every text; the daily swing is sevenfold at .75."""
    hour = np.arange(round(DAYS * 24))
    weight = 1 + swing * np.sin(2 * np.pi * (hour % 24 - 7) / 24)
    parts = (hour < REFERENCE_DAYS * 24, hour >= REFERENCE_DAYS * 24)
    counts = np.zeros(len(hour), dtype=np.int64)
    for part, n in zip(parts, (REFERENCE, QUIET + AFTER), strict=True):
        counts[part] = chance.multinomial(n, weight[part] / weight[part].sum())
    return np.sort((np.repeat(hour, counts) + chance.random(counts.sum())) * 3600.0)


def _known(chance: np.random.Generator, unseen: int, hours: Floats, *, rhythm: bool) -> Ints:
    """Draw texts of the nine known domains; with a rhythm each domain has its time of the day."""
    pools = [chance.permutation(pool) for at, pool in enumerate(domains()) if at != unseen]
    if not rhythm:
        return chance.permutation(np.concatenate(pools))[: len(hours)]
    peak = 24.0 * np.arange(len(pools)) / len(pools)
    weight = np.exp(1.5 * np.cos(2 * np.pi * (hours[:, None] - peak[None, :]) / 24.0))
    chosen = (np.cumsum(weight, axis=1) < (chance.random(len(hours)) * weight.sum(axis=1))[:, None]).sum(
        axis=1
    )
    places = np.zeros(len(hours), dtype=np.int64)
    for at, pool in enumerate(pools):
        own = np.flatnonzero(chosen == at)
        places[own] = pool[np.arange(len(own)) % len(pool)]
    return places


def _with_retries(
    times: int,
    chance: np.random.Generator,
    at_s: Floats,
    drawn: tuple[Texts, NDArray[np.bool_]],
    counts: tuple[int, int],
) -> Run:
    """Repeat some of the texts fifty times, and let the product's own clusters say what is a repeat."""
    source = np.arange(len(at_s))
    for struck in chance.choice(np.arange(counts[1], len(at_s)), times, replace=False).tolist():
        source = np.append(source, np.full(49, struck))
    repeat = np.concatenate([np.zeros(len(at_s)), np.tile(np.arange(1, 50), times)])
    at_us = ((at_s[source] + repeat * RETRY_SECONDS) * 1e6).astype(np.int64)
    order = np.argsort(at_us, kind="stable")
    first = first_of_cluster(source.astype(np.uint64), at_us)[order]
    minute = MONDAY + at_us[order] // 60_000_000
    texts, unseen = drawn
    return Run(minute, first, texts.of(source[order]), unseen[source[order]], *counts)


@cache
def _clinc() -> tuple[list[str], list[Ints]]:
    found = json.loads(required("drift", "clinc150", "data_full.json").read_text(encoding="utf-8"))
    groups = json.loads(required("drift", "clinc150", "domains.json").read_text(encoding="utf-8"))
    rows = [row for part in ("train", "val", "test") for row in found[part]]
    texts = dict(rows)
    intents = np.array(list(texts.values()))
    return list(texts), [np.flatnonzero(np.isin(intents, names)) for names in groups.values()]


def corpus() -> list[str]:
    """Return the distinct texts."""
    return _clinc()[0]


def domains() -> list[Ints]:
    """Return the places of each domain's texts, in the order of the file."""
    return _clinc()[1]


@cache
def encoded() -> Texts:
    """Return all texts as the workers encode them."""
    return _encode(corpus())


def _encode(texts: Sequence[str]) -> Texts:
    batch = Batch([_call(text) for text in texts], registry.encoder())
    return Texts(batch.prompt_embedding, batch.prompt_unknown_ratio)


def _call(text: str) -> Generation:
    return Generation("e", datetime.fromtimestamp(0, UTC), "openai", "gpt-5.4", prompt=text)


def respelled(spell: Spell, texts: Sequence[str], seed: int) -> list[str]:
    """Return the texts spelled another way."""
    chance = random.Random(seed)  # noqa: S311 - a seeded experiment, no secret
    return [" ".join(spell(text.split(), chance)) for text in texts]


def typos(times: int) -> Spell:
    """Return a way to misspell: so many slips of the finger in words of four letters and more."""

    def spell(words: list[str], chance: random.Random) -> list[str]:
        long = [at for at, word in enumerate(words) if len(word) > 3]
        for at in chance.sample(long, min(times, len(long))):
            words[at] = _slip(words[at], chance)
        return words

    return spell


def _slip(word: str, chance: random.Random) -> str:
    at = chance.randrange(len(word) - 1)
    letter = chance.choice("abcdefghijklmnopqrstuvwxyz")
    ways = (
        word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        word[:at] + word[at + 1 :],
        word[:at] + letter + word[at:],
        word[:at] + letter + word[at + 1 :],
    )
    return chance.choice(ways)


def joined(words: list[str], _: random.Random) -> list[str]:
    """Lose every other blank."""
    return ["".join(words[at : at + 2]) for at in range(0, len(words), 2)]


def pieces(words: list[str], _: random.Random) -> list[str]:
    """Cut words into pieces of three letters, as a tokenizer that leaks into the text does."""
    return [word[at : at + 3] for word in words for at in range(0, len(word), 3)]


def shouted(words: list[str], _: random.Random) -> list[str]:
    """Write in capitals."""
    return [word.upper() for word in words]
