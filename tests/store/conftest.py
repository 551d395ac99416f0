"""The tests of this room run twice: over the engine in this process, and over a server that several share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from store.database import Database
from store.testing import ServedStore


@pytest.fixture(scope="module", params=["embedded", "server"])
def opened_database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """Open the store for one module, in both forms that it has."""
    if request.param == "server":
        store: ServedStore = request.getfixturevalue("served_store")
        database = Database.open(url=store.url)
    else:
        directory: Path = request.getfixturevalue("store_directory")
        database = Database.open(directory)
    with database:
        yield database
