"""A slice of the stream as columns: every text is split and embedded once, for all scorers."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Protocol

import numpy as np
from fmwatch.event import Generation
from numpy.typing import NDArray

from detectors import language
from detectors.spelling import unknown_ratio
from detectors.text import words

Embeddings = NDArray[np.int8]


class Encoder(Protocol):
    """Turns split texts into unit-length rows, scaled by 127 to int8. Pure; never raises on any text."""

    @property
    def version(self) -> str:
        """Rows of different versions must never be compared."""

    def encode(self, texts: Sequence[Sequence[str]]) -> Embeddings:
        """Return int8 (n, d); a text without known words is a row of zeros."""


class Batch:
    """Events and the columns derived from them, each made at most once."""

    def __init__(self, events: Sequence[Generation], encoder: Encoder) -> None:
        self.events = events
        self.encoder = encoder

    def __len__(self) -> int:
        return len(self.events)

    @cached_property
    def prompt(self) -> list[str]:
        """What was asked: `prompt`, else the last user message, else the last message."""
        return [event.prompt or _last_user(event) for event in self.events]

    @cached_property
    def response(self) -> list[str]:
        """What was answered; empty when nothing was."""
        return [event.response for event in self.events]

    @cached_property
    def context(self) -> list[tuple[str, ...]]:
        """The passages each call was given."""
        return [tuple(passage.text for passage in event.context) for event in self.events]

    @cached_property
    def prompt_words(self) -> list[list[str]]:
        """Lower-cased words of each prompt."""
        return [words(text) for text in self.prompt]

    @cached_property
    def response_words(self) -> list[list[str]]:
        """Lower-cased words of each response."""
        return [words(text) for text in self.response]

    @cached_property
    def prompt_language(self) -> list[str]:
        """ISO code of each prompt's language, or "unknown"."""
        return [language.of(text, split) for text, split in zip(self.prompt, self.prompt_words, strict=True)]

    @cached_property
    def response_language(self) -> list[str]:
        """ISO code of each response's language, or "unknown"."""
        return [
            language.of(text, split) for text, split in zip(self.response, self.response_words, strict=True)
        ]

    @cached_property
    def prompt_unknown_ratio(self) -> NDArray[np.float32]:
        """Share of each prompt's words that no dictionary holds; NaN where that cannot be told."""
        return unknown_ratio(self.prompt, self.prompt_words, self.prompt_language)

    @cached_property
    def response_unknown_ratio(self) -> NDArray[np.float32]:
        """Share of each response's words that no dictionary holds; NaN where that cannot be told."""
        return unknown_ratio(self.response, self.response_words, self.response_language)

    @cached_property
    def prompt_embedding(self) -> Embeddings:
        """int8 (n, d) rows of the prompts."""
        return self.encoder.encode(self.prompt_words)

    @cached_property
    def response_embedding(self) -> Embeddings:
        """int8 (n, d) rows of the responses."""
        return self.encoder.encode(self.response_words)


def _last_user(event: Generation) -> str:
    for message in reversed(event.messages):
        if message.role == "user":
            return message.content
    return event.messages[-1].content if event.messages else ""
