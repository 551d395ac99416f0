"""A week's digest out of a real store: sums that are exact, and nothing without its n."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest

from services.console.advised import reasons
from services.console.source import StoreSource
from services.digest.digest import Digest
from services.digest.gather import Gather
from services.digest.markdown import markdown
from services.digest.told import parts, top
from services.wording.numbers import amount
from store.database import Database
from tests.services.digest.past import ENDING, NOW

UTC_ZONE = ZoneInfo("UTC")


@pytest.fixture(scope="module")
def store(three_weeks: Path) -> Iterator[Database]:
    """The store of three weeks."""
    with Database.open(three_weeks) as database:
        yield database


def _digest(store: Database, week: str = "", tenant: str = "") -> Digest:
    return Gather(store, UTC_ZONE, lambda: NOW).digest(week, tenant)


def test_money(store: Database) -> None:
    """Calls and spend of the last week that is over are those of the calls, by team and model."""
    found = _digest(store)
    assert found.week == "2026-W33"
    (exact,) = store.rows(
        "SELECT count() AS n, sum(toInt128(ifNull(cost_pusd, 0))) / 1e12 AS usd, "
        "countIf(cost_status = 'unpriced') AS unpriced FROM generations FINAL "
        "WHERE occurred_at >= '2026-08-10 00:00:00' AND occurred_at < '2026-08-17 00:00:00'"
    )
    assert (found.now.n, found.now.unpriced_n) == (exact["n"], exact["unpriced"])
    assert found.now.usd == pytest.approx(exact["usd"], rel=1e-12)
    assert sum(one.now.n for one in found.spend) == found.now.n
    (ending,) = [one for one in found.spend if one.model == ENDING]
    assert (ending.team, ending.now.n, ending.before.n) == ("search", 7 * 40 - 3, 0)
    (own,) = [one for one in found.spend if one.model == "own-model"]
    assert (own.now.usd, own.now.unpriced_n) == (None, 3)


def test_changed(store: Database) -> None:
    """Models that routes began to call and what was declared are there, of this week only."""
    found = _digest(store)
    assert [(one.route, one.model, one.began, one.n) for one in found.moves] == [
        ("search/rank", ENDING, True, 277),
        ("search/rank", "own-model", True, 3),
    ]
    assert [(one.kind, one.from_, one.to) for one in found.changes] == [("prompt", "v13", "v14")]
    assert _digest(store, "2026-W34").changes == ()


def test_incident_and_worse(store: Database) -> None:
    """The week of the outage has its page, with how bad it was, and only failed calls may be worse."""
    found = _digest(store, "2026-W34")
    (page,) = [one for one in found.incidents if one.severity == "page" and "fail" in one.headline]
    assert "n = " in page.how_bad
    assert "95 %" in page.how_bad
    assert page.resolved_at is not None
    assert {one.rate for one in found.worse} <= {"error"}
    assert found.compared >= 2
    calm = _digest(store)
    assert (calm.worse, calm.compared > 0) == ((), True)


def test_waiting(store: Database) -> None:
    """The model that ends has its day, and its recommendation what waiting costs, or why nobody knows."""
    found = _digest(store)
    last = next(one for one in found.last_days if one.model == ENDING)
    assert (str(last.day), last.days, last.promised) == ("2026-09-28", 40, False)
    one = next(one for one in found.open if one.model == ENDING)
    assert (one.forced, one.days, one.n_days) == (True, 40, 9)
    assert one.calls_per_day == pytest.approx(357 / 9)
    assert (one.usd is None) == bool(one.unknown)
    if one.usd is not None and one.interval is not None:
        assert one.interval[0] <= one.usd <= one.interval[1]


def test_empty(store: Database) -> None:
    """A week without calls says so, and still names the next last day."""
    found = _digest(store, "2026-W30")
    (part,) = parts(found)
    assert part.lines[0] == "No call was stored in this week."
    assert ENDING in part.lines[1]


def test_nobody(store: Database) -> None:
    """A tenant that nobody knows has an empty week too."""
    found = _digest(store, tenant="nobody")
    assert (found.now.n, found.spend, found.open, found.last_days) == (0, (), (), ())
    assert markdown(parts(found)).count("\n- ") == 1


def test_future(store: Database) -> None:
    """A week that has not begun is refused, with where what is stored ends."""
    with pytest.raises(ValueError, match="has not begun; what is stored ends with 2026-08-19"):
        _digest(store, "2026-W35")


def test_not_over(store: Database) -> None:
    """A week that goes on says until when it is told."""
    assert "the week is not over, this is until Wed 19 Aug 00:00 UTC" in top(_digest(store, "2026-W34"))[0]


def test_comes_back(store: Database) -> None:
    """The document has all of it: a program that reads it has the same digest."""
    found = _digest(store)
    assert msgspec.json.decode(msgspec.json.encode(found), type=Digest) == found


def test_zone(store: Database) -> None:
    """A week of another zone begins at that zone's midnight."""
    berlin = Gather(store, ZoneInfo("Europe/Berlin"), lambda: NOW).digest()
    assert berlin.since == datetime(2026, 8, 9, 22, tzinfo=UTC)
    assert berlin.now.n != _digest(store).now.n


def test_console(store: Database) -> None:
    """The console says of each recommendation the days, the cost and the interval that the digest has."""
    source, found = StoreSource(store), {one.id: one for one in _digest(store).open}
    given = source.advice(NOW)
    shown = {one.advice.id: one.waits for one in reasons(source, given, NOW)}
    assert shown.keys() == found.keys()
    known = [one for one in found.values() if one.usd is not None and one.interval]
    assert known
    for one in known:
        assert one.usd is not None
        assert one.interval is not None
        low, high = map(amount, one.interval)
        assert f"{amount(one.usd)} USD ({low} to {high}) more than moving" in shown[one.id]
        assert f"{one.days} days, if they are as the last {one.n_days} days were" in shown[one.id]
