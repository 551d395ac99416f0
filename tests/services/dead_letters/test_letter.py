"""One letter: its id is its place, and it says how much of its original is there."""

from __future__ import annotations

import pytest

from services.dead_letters.letter import brief, document
from stream.again import Again
from tests.services.dead_letters.letters import NOON, letter, line


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        (line(), "whole"),
        ("ein ü und 😀".encode(), "whole"),
        (b"\0\x1b[2J", "whole"),
        (b"", "whole"),
        (b"x" * 65_536, "whole"),
        (b"x" * 65_537, "cut"),
        (b"\xff\xfe bad", "not_kept"),
    ],
)
def test_kept(raw: bytes, kept: str) -> None:
    """An original is whole where the bytes it was made of come back; cut where it was too long."""
    assert letter(raw).kept == kept


def test_damaged() -> None:
    """Of a damaged file there is no original at all: its letter has size and no hash."""
    assert letter(b"", original_bytes=5000, sha256="").kept == "not_kept"


def test_again() -> None:
    """A letter that is handed in again keeps its place, its hash and the time at which it was refused."""
    one = letter(line(), tenant="acme")
    assert one.again(NOON) == Again("acme", "llm.generations", 3, 17, 0, one.sha256, NOON, NOON)


def test_brief() -> None:
    """In short a letter says why it was refused last."""
    assert (brief(letter(b"x"))["reason"], brief(letter(b"x"))["outcome"]) == ("wrong_type", None)
    again = {"again_reason": "missing_field", "again_field": "provider", "again_message": "it is missing"}
    found = brief(letter(b"x", outcome="refused", replayed_at=NOON, **again))
    assert (found["id"], found["reason"], found["field"]) == (
        "generations-3-17-0",
        "missing_field",
        "provider",
    )
    assert found["replayed_at"] == "2026-11-02T12:00:00Z"


def test_document() -> None:
    """In full it also says why it was refused first, where it came from, and its original."""
    found = document(letter(b"x", outcome="refused", again_reason="missing_field"))
    assert found["first_refusal"] == {
        "reason": "wrong_type",
        "field": "usage.input",
        "message": "usage.input must be a whole number, not text",
    }
    assert (found["topic"], found["offset"], found["original"]) == ("llm.generations", 17, "x")
