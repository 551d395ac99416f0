"""What is printed: short, aligned, harmless, and with what to do next."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from services.dead_letters import told
from services.dead_letters.letter import brief, document
from services.dead_letters.reading import Document
from tests.services.dead_letters.letters import NOON, letter, line

DATA = Path("my data")
HOSTILE = "\x1b[2J\u202e[red]\r\nevil"


def _listing(*letters: Document, total: int = 0, **counts: dict[str, int]) -> list[str]:
    reasons = counts.get("reasons", {"wrong_type": len(letters)})
    found = {
        "dead_letters": letters,
        "total": total or len(letters),
        "reasons": reasons,
        "stored_since": counts.get("stored", {}),
        "newest_at": "2026-11-02T12:00:00Z",
    }
    return list(told.listing(found, 120, DATA))


def _done(**fields: Any) -> str:
    usual = {
        "dry_run": False,
        "taken": 0,
        "stored": 0,
        "duplicates": 0,
        "refused": {},
        "waiting": 0,
        "restamped": 0,
        "not_replayable": {},
        "stored_before": 0,
        "left": 0,
    }
    return "\n".join(told.replayed(usual | fields, DATA))


def test_table() -> None:
    """A line a letter under one head; a column that nothing is in is left out."""
    head, first, blank, sums, *rest = _listing(brief(letter(line())))
    assert head.split() == ["refused", "(UTC)", "reason", "field", "what", "it", "says", "id"]
    assert first.split("  ")[0] == "2026-11-02 12:00"
    assert (head.index("id"), blank) == (first.index("generations-3-17-0"), "")
    assert sums == "1 dead letter: 1 wrong type"
    assert "fmwatch dead-letters show generations-3-17-0 --data 'my data'" in rest[1]


def test_outcomes() -> None:
    """What a replay has done stands beside the letter, and below how many are stored."""
    stored = brief(letter(line(), outcome="stored", replayed_at=NOON))
    refused = brief(letter(line(), outcome="refused", again_reason="missing_field", replayed_at=NOON))
    lines = _listing(stored, refused, reasons={"wrong_type": 1, "missing_field": 1}, stored={"wrong_type": 1})
    assert "stored since" in lines[1]
    assert "missing field" in lines[2]
    assert "refused again" in lines[2]
    assert "1 of them a replay has stored since." in lines


def test_what_next() -> None:
    """It names --restamp while a clock waits for it, and no replay where all is stored."""
    one = brief(letter(line()))
    clock = {"clock_out_of_range": 1}
    assert "replay --reason clock_out_of_range --restamp" in "\n".join(_listing(one, reasons=clock))
    assert "replay" not in "\n".join(_listing(one, reasons=clock, stored=clock)[3:]).replace(
        "a replay has", ""
    )
    assert "Only the newest 1 are shown; --limit shows more." in _listing(one, total=9)


@pytest.mark.parametrize("width", [40, 80, 120, 200])
def test_narrow(width: int) -> None:
    """On a narrow screen the message is cut, never the id; on a wide one nothing is."""
    long = brief(letter(line(), message="支払い方法は? " * 9, field="f" * 600))
    found = {"dead_letters": [long], "total": 1, "reasons": {}, "stored_since": {}}
    row = list(told.listing(found, width, DATA))[1]
    assert row.endswith("  generations-3-17-0")
    assert width < 200 or "…" in row
    assert len(row) < 200


def test_hostile() -> None:
    """Nothing that a letter holds can steer a terminal."""
    evil = letter(HOSTILE.encode(), message=HOSTILE, field=HOSTILE, tenant=HOSTILE)
    again = letter(HOSTILE.encode(), outcome="refused", replayed_at=NOON, again_message=HOSTILE)
    printed = [*_listing(brief(evil)), *told.letter(document(evil)), *told.letter(document(again))]
    assert all(one.isprintable() for one in printed)
    assert printed[-1] == r"\x1b[2J\u202e[red]\r\nevil"


def test_letter() -> None:
    """One letter says why, whose, whence, how much of it is there, and then its original."""
    text = "\n".join(told.letter(document(letter(line()))))
    assert "wrong type, in the field usage.input" in text
    assert "llm.generations, partition 3, offset 17, line 0" in text
    assert "bytes, whole" in text
    assert "replayed" not in text
    assert text.endswith(line().decode())


def test_cut() -> None:
    """One that is cut says that it cannot be replayed; one without any hash that it is unknown."""
    text = "\n".join(told.letter(document(letter(b"x" * 70_000, sha256=""))))
    assert "70,000 bytes, cut at 64 KiB: it cannot be replayed" in text
    assert "unknown" in text


def test_reason_now() -> None:
    """Refused again for another reason, both are told; for the same, it is told once."""
    same = {"again_reason": "wrong_type", "again_field": "usage.input"}
    message = "usage.input must be a whole number, not text"
    other = letter(line(), outcome="refused", replayed_at=NOON, again_reason="missing_field")
    repeated = letter(line(), outcome="refused", replayed_at=NOON, again_message=message, **same)
    assert any("reason now    missing field" in one for one in told.letter(document(other)))
    assert not any("reason now" in one for one in told.letter(document(repeated)))


def test_nothing() -> None:
    """An empty answer says whether there are any letters at all."""
    assert "No dead letters:" in told.nothing({"total": 0, "newest_at": None})
    found = told.nothing({"total": 1200, "newest_at": "2026-11-02T12:00:00Z"})
    assert "1,200 in all, the newest of 2026-11-02 12:00:00Z" in found


def test_replayed() -> None:
    """A replay adds up in one line, and says of the rest why."""
    text = _done(taken=9, stored=4, duplicates=2, refused={"wrong_type": 3}, not_replayable={"cut": 1})
    assert text.startswith("stored 4 + duplicates 2 + refused again 3 = 9 dead letters handed in\n")
    assert "  not replayable: 1 whose original is cut at 64 KiB" in text
    assert "dead-letters list --data 'my data'" in text


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({}, "There is nothing to replay."),
        ({"stored_before": 2}, "left alone: 2 that an earlier replay has stored"),
        ({"taken": 1, "refused": {"clock_out_of_range": 1}}, "the same with --restamp"),
        ({"taken": 3, "waiting": 2}, "the same again later"),
        ({"taken": 1, "stored": 1, "left": 5}, "not handed in yet: 5"),
        ({"taken": 1, "stored": 1, "dry_run": True}, "would store 1"),
        ({"taken": 1, "stored": 1, "restamped": 1}, "restamped: 1 got the time at which they were received"),
    ],
)
def test_says(fields: dict[str, Any], says: str) -> None:
    """Each thing that can happen is said, and what to do about it."""
    assert says in _done(**fields)
