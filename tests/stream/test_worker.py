from __future__ import annotations

from pathlib import Path

import pytest

from stream.log import Record
from stream.sqlite_log import SqliteLog
from stream.topics import GENERATIONS
from tests.stream.consumers import ConsumerSuite


class TestEmbedded(ConsumerSuite):
    """The embedded worker on the SQLite log does what every consumer does."""

    consumer = "sqlite"

    @pytest.fixture(autouse=True)
    def _directory(self, tmp_path: Path) -> None:
        self.directory = tmp_path / "data"

    def place(self) -> str:
        return str(self.directory)

    def append(self, records: list[Record]) -> None:
        with SqliteLog(self.directory) as log:
            log.append(GENERATIONS, records)
