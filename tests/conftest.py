"""Fixtures that every room's tests share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from store.database import Database
from store.testing import ServedStore, empty, served

# The same examples on every machine, and none that fails because the machine was busy.
settings.register_profile(
    "fixed", derandomize=True, database=None, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("fixed")


@pytest.fixture(scope="session")
def store_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where this process's tests keep their store: migrated once, used by many modules."""
    return tmp_path_factory.mktemp("store")


@pytest.fixture(scope="session")
def served_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedStore]:
    """Serve one store for this process's tests, to them and to what they start; in a process of its own."""
    with served(tmp_path_factory.mktemp("served")) as store:
        yield store


@pytest.fixture(scope="module")
def opened_database(store_directory: Path) -> Iterator[Database]:
    """Open the embedded store for one module.

    chDB opens one directory at a time in a process: a module that opens a store of its own, for instance by
    starting the whole server, must not use this fixture as well.
    """
    with Database.open(store_directory) as database:
        yield database


@pytest.fixture
def database(opened_database: Database) -> Database:
    """An empty, migrated store on the real engine."""
    empty(opened_database)
    return opened_database
