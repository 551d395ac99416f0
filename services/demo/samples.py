"""Real texts and real arrivals that ship with the demo; docs/data.md says where each comes from."""

from __future__ import annotations

import gzip
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray
from ruamel.yaml import YAML

FOLDER = Path(__file__).parent / "data"

Form = TypeVar("Form")


class Arrivals(msgspec.Struct, frozen=True):
    """The Azure trace as columns: when a request came and how many tokens went in and out."""

    at_ms: list[int]
    input: list[int]
    output: list[int]

    def moments(self) -> NDArray[np.float64]:
        """Return the arrivals as shares of the trace's length, in order, each in [0, 1)."""
        at = np.asarray(self.at_ms, dtype=np.float64)
        return np.asarray(at / (at[-1] + 1.0))


class OtherLanguage(msgspec.Struct, frozen=True):
    """Questions and replies in a language that the fleet does not usually see."""

    stems: list[str]
    tails: list[str]
    replies: list[str]


class Phrases(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Texts of our own: how people open and close a question, how a model declines, what code looks like."""

    insults: list[str]
    refusals: list[str]
    openings: list[str]
    closings: list[str]
    references: list[str]
    emails: list[str]
    names: list[str]
    lead_ins: list[str]
    signatures: list[str]
    summary_prompts: list[str]
    extract_prompts: list[str]
    readers: list[str]
    replies: dict[str, list[str]]
    code_actions: list[str]
    code_objects: list[str]
    code_limits: list[str]
    code_languages: list[str]
    code_bodies: list[str]
    review_actions: list[str]
    review_replies: list[str]
    other_languages: dict[str, OtherLanguage]


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """Everything the demo's texts are made of.

    Attributes
    ----------
    banking : (question, intent) of Banking77
    assistant : queries of CLINC150 by domain
    chat : (question, sentences of the answer) of HaluEval
    documents : sentences of each document of SummEdits
    arrivals : the Azure trace, "conv" and "code"
    articles : sentences of the invented bank's help centre by intent
    phrases : our own texts
    """

    banking: Sequence[tuple[str, str]]
    assistant: Mapping[str, Sequence[str]]
    chat: Sequence[tuple[str, list[str]]]
    documents: Sequence[Sequence[str]]
    arrivals: Mapping[str, Arrivals]
    articles: Mapping[str, Sequence[str]]
    phrases: Phrases


@cache
def samples() -> Samples:
    """Return the shipped samples, read once."""
    return Samples(
        banking=_packed("banking", list[tuple[str, str]]),
        assistant=_packed("assistant", dict[str, list[str]]),
        chat=_packed("chat", list[tuple[str, list[str]]]),
        documents=_packed("documents", list[list[str]]),
        arrivals=_packed("arrivals", dict[str, Arrivals]),
        articles=table("articles", dict[str, list[str]]),
        phrases=table("phrases", Phrases),
    )


def table(name: str, form: type[Form]) -> Form:
    """Return one of the demo's own tables, checked against its form."""
    text = (FOLDER / f"{name}.yaml").read_text(encoding="utf-8")
    return msgspec.convert(YAML(typ="safe").load(text), form)


def _packed(name: str, form: type[Form]) -> Form:
    return msgspec.json.decode(gzip.decompress((FOLDER / f"{name}.json.gz").read_bytes()), type=form)
