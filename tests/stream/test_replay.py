from pathlib import Path

import pytest

from store.database import Database
from stream.feed import ReplayCounts
from stream.sources import opened
from tests.stream import hostile
from tests.stream.fakes import replay


def run(tmp_path: Path, database: Database, *paths: Path, done: bool = True) -> ReplayCounts:
    """Replay files as a command would, each time with a newly opened log."""
    replaying = replay(tmp_path / "log", database)
    try:
        counts = replaying.run(opened(paths, tmp_path))
        if done:
            replaying.done()
        return counts
    finally:
        replaying.log.close()


def _adds_up(counts: ReplayCounts) -> bool:
    return counts.events == counts.stored + counts.duplicates + counts.dead_letters


@pytest.fixture
def mixed(tmp_path: Path) -> tuple[Path, hostile.Mix]:
    """A file of 3,000 lines, a third of them hostile."""
    made = hostile.mix(3000, seed=1)
    path = tmp_path / "mixed.jsonl"
    path.write_bytes(b"\n".join(made.lines))
    return path, made


def test_hostile(tmp_path: Path, database: Database, mixed: tuple[Path, hostile.Mix]) -> None:
    """Of 3,000 lines, a third of them hostile, each ends where it belongs and the sums are exact."""
    path, made = mixed
    counts = run(tmp_path, database, path)
    assert counts.dead_letter_reasons == dict(made.reasons)
    assert (counts.events, counts.stored, counts.duplicates) == (made.events, made.stored, made.duplicates)
    assert _adds_up(counts)
    stored = database.query("SELECT count() AS n FROM generations FINAL")
    letters = database.query("SELECT count() AS n FROM dead_letters FINAL")
    assert (stored["n"][0], letters["n"][0]) == (made.stored, made.reasons.total())
