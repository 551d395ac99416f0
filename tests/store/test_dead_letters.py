from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from store import console, dead_letters
from store.database import Database
from store.dead_letters import Asked
from store.writer import Writer
from tests.store.fleet import START

HOUR = timedelta(hours=1)
IDS = [f"generations-{offset % 3}-{offset}-1" for offset in range(6)]


def _row(offset: int, **more: object) -> dict[str, object]:
    return {
        "tenant": "acme" if offset % 2 else "default",
        "topic": "llm.generations",
        "partition": offset % 3,
        "offset": offset,
        "line": 1,
        "at": START + offset * HOUR,
        "reason": "invalid_json",
        "message": "the line is not JSON",
        "original": f"line {offset}",
        "original_bytes": 6,
        "sha256": f"{offset:064}",
        **more,
    }


def _outcome(offset: int, replayed_at: datetime, **more: object) -> dict[str, object]:
    place = {
        name: _row(offset)[name] for name in ("tenant", "topic", "partition", "offset", "line", "sha256")
    }
    return {**place, "replayed_at": replayed_at, **more}


@pytest.fixture
def letters(database: Database) -> Database:
    """Six letters an hour apart; a replay has stored the third, and refused the fourth for another reason."""
    writer = Writer(database)
    writer.dead_letters([_row(offset) for offset in range(6)])
    again = {"outcome": "refused", "reason": "missing_field", "field": "provider", "message": "it is missing"}
    writer.dead_letter_replays([_outcome(2, START, outcome="stored"), _outcome(3, START, **again)])
    return database


def _ids(rows: list[dead_letters.Row]) -> list[str]:
    return [
        dead_letters.letter_id(*(row[n] for n in ("topic", "partition", "offset", "line"))) for row in rows
    ]


def test_newest(letters: Database) -> None:
    """The newest come first, without their originals."""
    rows = dead_letters.newest(letters, Asked(), 2)
    assert _ids(rows) == [IDS[5], IDS[4]]
    assert "original" not in rows[0]


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        (Asked(), [0, 1, 2, 3, 4, 5]),
        (Asked(reason="invalid_json"), [0, 1, 2, 4, 5]),
        (Asked(reason="missing_field"), [3]),
        (Asked(tenant="acme"), [1, 3, 5]),
        (Asked(since=START + 4 * HOUR), [4, 5]),
        (Asked(until=START + HOUR), [0]),
        (Asked("invalid_json", "acme", START + HOUR, START + 5 * HOUR), [1]),
        (Asked(tenant="nobody"), []),
    ],
)
def test_asked(letters: Database, asked: Asked, meant: list[int]) -> None:
    """The reason is that of the last refusal; what is left out does not matter; `until` is the end."""
    assert _ids(dead_letters.newest(letters, asked, 100))[::-1] == [IDS[offset] for offset in meant]
    assert sum(row["n"] for row in dead_letters.counted(letters, asked)) == len(meant)
    assert dead_letters.unsettled(letters, asked) == [IDS[offset] for offset in meant if offset != 2]


def test_whole(letters: Database) -> None:
    """Letters come with their originals in the order asked for; what is no id of one has none."""
    asked = [
        IDS[4],
        "generations-0-4-1",
        IDS[1],
        "nonsense",
        f"generations-1-{'9' * 30}-1",
        "generations-1-04-1",
    ]
    assert [row["original"] for row in dead_letters.whole(letters, asked)] == ["line 4", "line 1"]
    assert dead_letters.whole(letters, ["nonsense"]) == []


def test_outcomes(letters: Database) -> None:
    """What became of the letters of one replay is found by its time."""
    assert dead_letters.last_replay(letters) == START
    assert dead_letters.outcomes(letters, START) == [
        {"outcome": "stored", "reason": "", "n": 1},
        {"outcome": "refused", "reason": "missing_field", "n": 1},
    ]
    Writer(letters).dead_letter_replays([_outcome(3, START + HOUR, outcome="stored")])
    assert dead_letters.outcomes(letters, START + HOUR) == [{"outcome": "stored", "reason": "", "n": 1}]
    assert dead_letters.unsettled(letters, Asked()) == [IDS[offset] for offset in (0, 1, 4, 5)]


def test_never(database: Database) -> None:
    """Where nothing was replayed there is no last time."""
    assert dead_letters.last_replay(database) is None
    Writer(database).dead_letters([_row(1)])
    assert dead_letters.last_replay(database) is None


def test_log_begun_anew(letters: Database) -> None:
    """A letter that got another one's place, in a log begun anew, does not get its outcome."""
    Writer(letters).dead_letters([_row(2, sha256="f" * 64)])
    (row,) = dead_letters.whole(letters, [IDS[2]])
    assert (row["outcome"], row["replayed_at"]) == ("", None)


def test_unusable(letters: Database) -> None:
    """What a replay has stored is missing no more."""
    assert console.unusable(letters, START) == 5


def test_by_place(letters: Database) -> None:
    """Looking for a letter reads its place in the key, not every letter there is."""
    plan = letters.query(
        "EXPLAIN indexes = 1 SELECT original FROM v_dead_letters "
        "WHERE (topic, partition, offset, line) IN [('llm.generations', 1, 4, 1)]"
    )["explain"]
    assert any("offset, line) in 1-element set" in line for line in plan)
