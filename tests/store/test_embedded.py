from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from store.database import Database
from store.errors import StoreError
from store.lock import DirectoryLock

ELSEWHERE = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from store.database import Database
noon = datetime(2026, 5, 4, 12, tzinfo=UTC)
sql = "SELECT {a:DateTime('UTC')} AS a, {b:DateTime64(6, 'UTC')} AS b, timezone() AS zone"
with Database.open(Path(sys.argv[1])) as database:
    assert database.rows(sql, {"a": noon, "b": noon}) == [{"a": noon, "b": noon, "zone": "Asia/Tokyo"}]
"""


def test_one_directory(tmp_path: Path) -> None:
    """A second directory in one process is refused with a remedy, and its lock is given back."""
    with Database.open(tmp_path / "one"):
        with pytest.raises(StoreError, match="one directory at a time"):
            Database.open(tmp_path / "two")
        DirectoryLock(tmp_path / "two").release()


def test_directory_or_url() -> None:
    """A store is a directory or a server, not both and not neither."""
    with pytest.raises(StoreError, match="either a directory or the URL"):
        Database.open()


def test_elsewhere(tmp_path: Path) -> None:
    """Moments given as parameters are the same moments on a machine in another time zone."""
    ran = subprocess.run(
        [sys.executable, "-c", ELSEWHERE, tmp_path], env={**os.environ, "TZ": "Asia/Tokyo"}, check=False
    )
    assert ran.returncode == 0
