"""What a report says of real calls: which window and alerts, what a call costs, and what is only chance."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest

from services.alerter.store_ledger import StoreLedger
from services.report.block import Block
from services.report.comparison import Comparison
from services.report.gather import Gather
from services.report.told import blocks
from services.report.windows import Asked
from store.database import Database
from tests.services.report.days import ALERT, BAD, NOW, PER_DAY, ROUTE, START, alert, made

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
OPEN, LATE, BETWEEN = "0be0000000000001", "1a7e000000000001", "be7ee00000000001"


@pytest.fixture(scope="module")
def gather(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gather]:
    """Read a store with more alerts: one that is not over, and two at the edges of the other's window."""
    directory = made(tmp_path_factory.mktemp("told") / "data")
    late, between = BAD + 19 * HOUR, BAD - 20 * MINUTE
    more = [
        replace(alert(), id=OPEN, state="firing", resolved_at=None),
        replace(alert(), id=LATE, began_at=late, fired_at=late + 2 * HOUR, resolved_at=late + 3 * HOUR),
        replace(alert(), id=BETWEEN, began_at=between, fired_at=between + MINUTE, resolved_at=BAD - MINUTE),
    ]
    with Database.open(directory) as database:
        StoreLedger(database, lambda: NOW).save_alerts(more, NOW)
        yield Gather(database, ZoneInfo("UTC"), lambda: NOW)


def said(found: Comparison, heading: str = "") -> Block:
    """Return a part of the report by its heading, the first one by default."""
    every = blocks(found)
    return next(one for one in every if one.heading == heading) if heading else every[0]


def lines(found: Comparison, heading: str) -> Sequence[str]:
    """Return what is said under a heading."""
    return said(found, heading).lines


def test_open(gather: Gather) -> None:
    """An alert that is not over is about its calls until now, not until it was first known, and says so."""
    found = gather.comparison(Asked(signal=OPEN))
    assert (found.calls.since, found.calls.until, found.n) == (BAD, NOW, PER_DAY)
    assert said(found).lines[-1] == "It is not over: its window ends with what is stored."
    later = Gather(gather.database, ZoneInfo("UTC"), lambda: NOW + 90 * DAY).comparison(Asked(signal=OPEN))
    assert later.calls.until == BAD + 28 * DAY
    assert said(later).lines[-1] == "It is not over: its window ends 28 days after the start."
    assert not any("is not over" in line for line in said(gather.comparison(Asked(signal=ALERT))).lines)


def test_alerts(gather: Gather) -> None:
    """Alerts that began in neither window are left out; one that fired after them says when it began."""
    found = gather.comparison(Asked(signal=ALERT))
    told = dict(zip((one.id for one in found.alerts), lines(found, "Alerts on these calls"), strict=True))
    assert {LATE, OPEN} < told.keys()
    assert not {ALERT, BETWEEN} & told.keys()
    assert told[LATE].startswith("began Fri 14 Aug 19:00 UTC (now), fired Fri 14 Aug 21:00 UTC, page")
    assert told[OPEN].startswith("Fri 14 Aug 03:00 UTC (now), page")


def test_seconds(gather: Gather) -> None:
    """A window of seconds shows them, and hours are called those of the clock."""
    short = gather.comparison(Asked(route=ROUTE, since=BAD, until=BAD + timedelta(seconds=20)))
    assert said(short).lines[0] == (
        "Now: Fri 14 Aug 2026 00:00:00 to Fri 14 Aug 00:00:20 UTC, n 1 in 1 clock hour."
    )
    odd = gather.comparison(Asked(route=ROUTE, since=BAD, until=BAD + HOUR + timedelta(seconds=1)))
    assert "00:00:00 to Fri 14 Aug 01:00:01 UTC" in said(odd).lines[0]
    day = gather.comparison(Asked(route=ROUTE, since=BAD, until=NOW))
    assert "Fri 14 Aug 2026 00:00 to Sat 15 Aug 00:00 UTC, n 240 in 24 clock hours" in said(day).lines[0]


def test_spend(gather: Gather) -> None:
    """What a call costs stands beside the sum, and the difference with its interval where it is no chance."""
    found = gather.comparison(Asked(route=ROUTE, since=BAD, until=NOW, before_since=START, before_until=BAD))
    now, before, apart = lines(found, "Spend per call")
    assert found.spend.usd is not None
    number = re.match(r"Now: ([\d.]+) USD \(.*, n 240\) per priced call, ([\d.]+) USD together\.", now)
    assert number is not None
    each, together = map(float, number.groups())
    assert (240 * each, together) == pytest.approx((found.spend.usd, found.spend.usd), rel=0.01)
    assert before.startswith("Before: ")
    assert re.match(r"A priced call costs [\d.]+ USD more than before \(\+[\d.]+ to \+[\d.]+ USD\): ", apart)
    assert "by what a token costs: how many are in, out and cached, and prices" in apart


def test_spend_by_chance(gather: Gather) -> None:
    """A difference in spend that chance explains is no fact, and is not split."""
    found = gather.comparison(Asked(route=ROUTE, since=START + DAY, until=START + 2 * DAY))
    *_, apart = lines(found, "Spend per call")
    assert re.search(
        r"than before, which is within chance: the difference is -[\d.]+ to \+[\d.]+ USD\.$", apart
    )
    one = gather.comparison(Asked(route=ROUTE, since=START + DAY, until=START + DAY + MINUTE,
                                  before_since=START, before_until=START + MINUTE))  # fmt: skip
    assert lines(one, "Spend per call")[-1].endswith("whether beyond chance is not known: too few calls.")


def test_too_few(gather: Gather) -> None:
    """What could not be compared is not counted as compared, and its cell says why."""
    since = START + DAY
    found = gather.comparison(Asked(route=ROUTE, since=since, until=since + HOUR))
    unknown = [one for one in found.measures if one.difference is None]
    known = len(found.measures) - len(unknown)
    assert unknown
    (nothing,) = lines(found, "What changed beyond chance")
    assert nothing.startswith(
        f"Nothing: {known} rates, means and quantiles were compared, {len(unknown)} could"
    )
    table = said(found, "Measured in both windows").table
    assert table is not None
    assert [row[-1] for row in table.rows].count("not known: too few calls") == len(unknown)
    (first, *rest) = found.measures
    nobody = msgspec.structs.replace(first, before=type(first.before)(0), difference=None)
    without = msgspec.structs.replace(found, measures=(nobody, *rest))
    other = said(without, "Measured in both windows").table
    assert other is not None
    assert other.rows[0][-1] == "not known: no such calls before"
