"""A store with the demo's days, few calls of them, and with what the demo never has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import pytest

from services.config import Config
from services.demo.command import Pipeline
from services.demo.demo import config as fleet_config
from services.demo.demo import planned, run
from services.demo.fleet import fleet
from services.demo.incidents import Plan
from services.run import Embedded
from store import views
from store.database import Database
from store.testing import empty, served
from tests.dashboards.rarities import add
from tests.store.users import config

THIN = 0.1  # of the demo's calls, so that this takes seconds


@dataclass(frozen=True, slots=True)
class Demo:
    """An open store, and from when to when its calls are."""

    database: Database
    since: datetime
    until: datetime


@pytest.fixture
def store(opened_database: Database) -> Iterator[Database]:
    """Return an empty store, and leave it so."""
    empty(opened_database)
    yield opened_database
    empty(opened_database)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """Run the demo with all its incidents, then add what it never has."""
    plan = thinned(planned(seed=3, days=20, incidents="all", as_of=date(2026, 8, 21)))
    directory: Path = tmp_path_factory.mktemp("demo")
    with Embedded(directory, Config.parse(fleet_config(fleet())), lambda: plan.end) as embedded:
        run(plan, Pipeline(embedded, plan))
        add(embedded.database, plan.end)
        yield Demo(embedded.database, plan.start, plan.end)


@pytest.fixture(scope="module")
def nothing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """Open a store without a row as Grafana's user, in a process of its own: this one has the demo."""
    folder = tmp_path_factory.mktemp("nothing")
    with (
        served(folder / "store", config(folder / "maker")) as store,
        Database.open(url=store.url) as database,
    ):
        for name in views.statements():
            database.command(f"ALTER TABLE {name} MODIFY DEFINER = fmwatch SQL SECURITY DEFINER")
    with (
        served(folder / "store", config(folder / "reader", "fmwatch_read")) as store,
        Database.open(url=store.url) as database,
    ):
        yield database


def thinned(plan: Plan) -> Plan:
    """Return the plan with fewer calls."""
    volumes = {route: volume * THIN for route, volume in plan.volumes.items()}
    return Plan(
        plan.seed, plan.start, plan.days, volumes, plan.incidents, plan.traps, plan.topic, plan.changes
    )
