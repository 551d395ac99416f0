"""Fixtures that every room's tests share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from store.database import Database
from store.testing import empty


@pytest.fixture(scope="session")
def opened_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """Open the one embedded store that chDB allows in this process."""
    directory: Path = tmp_path_factory.mktemp("store")
    with Database.open(directory) as database:
        yield database


@pytest.fixture
def database(opened_database: Database) -> Database:
    """An empty, migrated store on the real engine."""
    empty(opened_database)
    return opened_database
