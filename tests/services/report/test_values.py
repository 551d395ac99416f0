"""Shares of values are shares of all calls, also where there are more values than are listed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from services.report.gather import Gather
from services.report.told import blocks
from services.report.windows import Asked
from store.compared import MOST_VALUES
from store.database import Database
from store.writer import Writer
from tests.store.fleet import START, batch, call, moved, verdicts

DAY = timedelta(days=1)
VERSIONS = MOST_VALUES + 10
PER_DAY = 2 * VERSIONS
ERRORS = 5


@pytest.fixture(scope="module")
def gather(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gather]:
    """Read a store with two days of as many calls of each prompt version, the first calls of each failed."""
    directory: Path = tmp_path_factory.mktemp("values")
    with Database.open(directory) as database:
        for day in range(2):
            events = [
                moved(
                    call(number),
                    event_id=f"{day}-{number}",
                    occurred_at=START + day * DAY + number * timedelta(minutes=1),
                    route="r",
                    prompt_version=f"v{number % VERSIONS:02}",
                    error_type="timeout" if number < ERRORS else "",
                )
                for number in range(PER_DAY)
            ]
            found = verdicts(events)
            failed = ["error"] * ERRORS + ["ok"] * (PER_DAY - ERRORS)
            Writer(database).generations(
                [(batch(events), {**found, "outcome": replace(found["outcome"], label=failed)})]
            )
        yield Gather(database, ZoneInfo("UTC"), lambda: START + 2 * DAY)


def told(gather: Gather, day: int) -> tuple[dict[str, Sequence[str]], Sequence[str]]:
    """Return the rows about values on a day against the one before, by their names, and their states."""
    since = START + day * DAY
    found = gather.comparison(Asked(route="r", since=since, until=since + DAY))
    (block,) = (one for one in blocks(found) if one.heading == "Who answered, and what was asked")
    assert block.table is not None
    return {name: parts for name, *parts in block.table.rows}, block.table.states


def test_shares(gather: Gather) -> None:
    """A value's share is of all calls, and the rest counts every value that is not shown."""
    rows, _ = told(gather, 1)
    assert rows["error timeout"] == ["5 % (n 5)", "5 % (n 5)"]
    assert rows["prompt version v00"] == ["2 % (n 2)", "2 % (n 2)"]
    assert rows["prompt version: 42 more"] == ["84 % (n 84)", "84 % (n 84)"]


def test_nothing_before(gather: Gather) -> None:
    """Where no call came before, nothing is called new."""
    rows, states = told(gather, 0)
    assert rows["error timeout"] == ["5 % (n 5)", "-"]
    assert set(states) == {""}
