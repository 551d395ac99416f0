"""An incident that is killed in the middle."""

from __future__ import annotations

from pathlib import Path

from bench.kills import run


def test_few(tmp_path: Path) -> None:
    """Killed three times at random places, it is told as without: the same pages, one resolve of each."""
    row = run(tmp_path, 7, 3)
    assert row["same"], row
    assert row["one_resolve_each"]
    assert row["kills"] >= 1
    assert row["pages"] >= 1
