"""What people are told that is no alert: a letter, such as the digest of a week."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from services.alerter.receivers.base import Said


@dataclass(frozen=True, slots=True)
class Letter:
    """Something to read. Nothing in it is escaped, and everything in it may come from a stranger.

    Attributes
    ----------
    id : the same however often it is sent, so that a receiver can drop a second copy
    kind : what programs know it by, such as digest
    parts : headings, the first of which is its subject, and the lines under each
    document : the same for programs
    """

    id: str
    kind: str
    parts: Sequence[tuple[str, Sequence[str]]]
    document: Mapping[str, object]

    @property
    def subject(self) -> str:
        """What it is about, in one line."""
        return self.parts[0][0]

    @property
    def lines(self) -> Iterator[str]:
        """All of it below the subject, headings apart from what stands under them."""
        for number, (heading, lines) in enumerate(self.parts):
            if number:
                yield ""
                yield heading
            yield from (f"- {line}" for line in lines)


@runtime_checkable
class Reader(Protocol):
    """A receiver that takes letters."""

    def post(self, letter: Letter) -> Said:
        """Deliver it once, or raise as `notify` does."""
