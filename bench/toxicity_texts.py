"""The texts that the toxicity model is trained and judged on, with their labels, split once."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from zlib import crc32

from bench.report import required

FOLDS = 5
FRAMED = 600  # sentences of each kind
OWN = Path(__file__).parent / "sentences"
# One category of the source was removed from this copy.
CATEGORIES = ("S", "H", "V", "HR", "SH", "H2", "V2")

_BLANK = re.compile(r"\{(\w+)\}")
_MARKUP = re.compile(r"https?://\S+|@\w+|&#?\w+;|\bRT\b")


@dataclass(frozen=True, slots=True)
class Source:
    """One kind of text.

    Attributes
    ----------
    importance : of each text in training; 0 keeps the source out of it
    """

    name: str
    texts: list[str]
    toxic: list[bool]
    importance: float

    @property
    def folds(self) -> list[int]:
        """Return the part each text belongs to; equal texts share one."""
        return [crc32(text.encode()) % FOLDS for text in self.texts]


def sources() -> list[Source]:
    """Return every source, the moderation set first."""
    return [
        Source("openai_moderation", *_moderation(), 1),
        _benign("halueval_queries", _general("user_query"), 0),
        _benign("halueval_answers", _general("chatgpt_response"), 0.05),
        Source("tdavidson", *_tweets(), 0.05),
        _benign("banking77", _banking(), 0.1),
        _benign("clinc150", _clinc(), 0.1),
        _benign("summedits", _documents(), 0.3),
        Source("own_insults", _lines("insults.txt"), [True] * len(_lines("insults.txt")), 1),
        _benign("own_benign", _lines("benign.txt"), 1),
        Source("framed_insults", _framed("insult"), [True] * FRAMED, 0.3),
        _benign("framed_kind", _framed("kind"), 0.3),
        _benign("framed_things", _framed("things"), 0.3),
    ]


def _benign(name: str, texts: list[str], importance: float) -> Source:
    return Source(name, texts, [False] * len(texts), importance)


def _moderation() -> tuple[list[str], list[bool]]:
    rows = list(_json_lines(required("toxicity", "openai_moderation", "dev.jsonl")))
    toxic = [any(row.get(category) == 1 for category in CATEGORIES) for row in rows]
    return [str(row["prompt"]) for row in rows], toxic


def categories() -> list[list[str]]:
    """Return the categories marked on each text of the moderation set."""
    rows = _json_lines(required("toxicity", "openai_moderation", "dev.jsonl"))
    return [[category for category in CATEGORIES if row.get(category) == 1] for row in rows]


def _general(field: str) -> list[str]:
    path = required("traffic", "halueval_general", "general_data.json")
    return [str(row[field]) for row in _json_lines(path)]


def _tweets(every: int = 2) -> tuple[list[str], list[bool]]:
    with required("toxicity", "tdavidson", "labeled_data.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))[::every]
    return [_MARKUP.sub("", row["tweet"]) for row in rows], [row["class"] != "2" for row in rows]


def _banking(every: int = 4) -> list[str]:
    with required("drift", "banking77", "train.csv").open(encoding="utf-8") as file:
        return [row["text"] for row in csv.DictReader(file)][::every]


def _clinc(every: int = 5) -> list[str]:
    path = required("drift", "clinc150", "data_full.json")
    return [text for text, _ in json.loads(path.read_text(encoding="utf-8"))["train"]][::every]


def _documents() -> list[str]:
    files = sorted(required("hallucination", "summedits").glob("*.json"))
    return sorted({row["doc"] for file in files for row in json.loads(file.read_text(encoding="utf-8"))})


def _lines(name: str) -> list[str]:
    return (OWN / name).read_text(encoding="utf-8").splitlines()


def _framed(kind: str) -> list[str]:
    """Fill the frames at random, always the same way."""
    table = json.loads((OWN / "frames.json").read_text(encoding="utf-8"))
    chosen, lists = Random(kind), table[kind]  # noqa: S311 - no secret
    frames = lists.get("frames", table["frames"])
    fillers = {**lists, "name": table["names"]}
    return [
        _BLANK.sub(lambda blank: chosen.choice(fillers[blank[1]]), chosen.choice(frames))
        for _ in range(FRAMED)
    ]


def _json_lines(path: Path) -> Iterator[dict[str, object]]:
    with path.open(encoding="utf-8") as file:
        yield from map(json.loads, _filled(file))


def _filled(lines: Iterable[str]) -> Iterator[str]:
    return (line for line in lines if line.strip())
