"""Two windows of the same calls out of a real store: what is apart, and what cannot be compared."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pyarrow import BufferReader, parquet

from services.alerter.errors import UnknownAlert
from services.report.comparison import Comparison, Measure
from services.report.errors import ReportError
from services.report.gather import Gather
from services.report.windows import Asked
from store.database import Database
from tests.services.report.days import ALERT, BAD, HOSTILE, LONELY, NOW, PER_DAY, ROUTE, START

DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def gather(two_days: Path) -> Iterator[Gather]:
    """Read the store."""
    with Database.open(two_days) as database:
        yield Gather(database, ZoneInfo("UTC"), lambda: NOW)


@pytest.fixture(scope="module")
def found(gather: Gather) -> Comparison:
    """The bad day against those before it."""
    return gather.comparison(Asked(route=ROUTE, since=BAD, until=NOW, before_since=START, before_until=BAD))


def measure(found: Comparison, name: str) -> Measure:
    """Return a measure by name."""
    (one,) = (each for each in found.measures if each.name == name)
    return one


def test_counts(found: Comparison) -> None:
    """Every call of both windows is counted, hours too."""
    assert (found.n, found.before_n, found.hours, found.before_hours) == (PER_DAY, 4 * PER_DAY, 24, 96)


def test_apart(found: Comparison) -> None:
    """What was arranged is found beyond chance, with interval and n; what was left alone is not."""
    assert {one.name for one in found.measures if one.moved} == {"truncated", "output tokens", "spend"}
    cut = measure(found, "truncated")
    assert cut.difference is not None
    assert cut.difference[0] < 0.27 < cut.difference[1]
    assert (cut.now.n, cut.before.n) == (PER_DAY, 4 * PER_DAY)


def test_unknown(found: Comparison) -> None:
    """What nobody could judge is no rate, and its share is said."""
    assert "hallucination" not in {one.name for one in found.measures}
    (context,) = (one for one in found.judged if one.name == "hallucination")
    assert (context.now.value, context.now.n) == (0.0, PER_DAY)


def test_spend(found: Comparison) -> None:
    """The parts of the difference in spend sum to it, and the arranged one is the largest."""
    apart, spend = found.spend.apart, measure(found, "spend")
    assert apart is not None
    assert spend.now.value is not None
    assert spend.before.value is not None
    assert apart.mix + apart.tokens + apart.price == pytest.approx(spend.now.value - spend.before.value)
    assert apart.mix > 0.8 * (spend.now.value - spend.before.value)


def test_values(found: Comparison) -> None:
    """New served models, prompt versions and languages stand beside the old ones."""
    seen = {(one.by, one.value): (one.n, one.before_n) for one in found.values}
    assert seen["prompt version", "v1"] == (0, 4 * PER_DAY)
    assert seen["prompt version", "v2"] == (PER_DAY, 0)
    assert seen["language", "fr"][0] > PER_DAY / 5
    assert seen["model", "openai/gpt-4o"][1] == 0


def test_around(found: Comparison) -> None:
    """Alerts and changes on these calls are named, those of other routes are not."""
    assert ALERT in [one.id for one in found.alerts]
    assert [one.to for one in found.changes] == ["v2<b>"]


def test_alert(gather: Gather) -> None:
    """An alert by the start of its id: its calls against the week before, in the same hours."""
    found = gather.comparison(Asked(signal=ALERT[:6]))
    assert found.alert is not None
    assert ALERT not in [one.id for one in found.alerts]
    assert (found.calls.since, found.calls.until) == (BAD, BAD + timedelta(hours=20))
    assert found.calls.hours == tuple(range(20))
    assert (found.n, found.before_n) == (200, 4 * 200)


def test_alike(gather: Gather) -> None:
    """A short window against days is compared with their same hours, by the clocks of the zone."""
    since, until = BAD + 9 * DAY / 24, BAD + 11 * DAY / 24
    asked = Asked(route=ROUTE, since=since, until=until, before_since=START, before_until=BAD)
    berlin = Gather(gather.database, ZoneInfo("Europe/Berlin"), lambda: NOW)
    assert (gather.comparison(asked).before_n, berlin.comparison(asked).before_n) == (80, 80)
    assert (gather.comparison(asked).calls.hours, berlin.comparison(asked).calls.hours) == ((9, 10), (11, 12))


def test_usual(gather: Gather) -> None:
    """Of two usual days nothing is said to differ."""
    found = gather.comparison(Asked(route=ROUTE, since=START + DAY, until=START + 2 * DAY))
    assert (found.calls.before_since, found.n, found.before_n) == (START, PER_DAY, PER_DAY)
    assert [one.name for one in found.measures if one.moved] == []


def test_one_call(gather: Gather) -> None:
    """One call, and nothing before it: a rate with a wide interval, no mean's interval, no difference."""
    found = gather.comparison(Asked(route=LONELY, since=BAD, until=NOW))
    assert (found.n, found.before_n) == (1, 0)
    (error,) = (one for one in found.measures if one.name == "error")
    assert error.now.interval is not None
    assert error.now.interval[1] > 0.7
    assert all(one.difference is None for one in found.measures)
    assert found.spend.apart is None


@pytest.mark.parametrize("model", ["gpt-4o", "openai/gpt-4o"])
def test_model(gather: Gather, model: str) -> None:
    """A model is named alone or with its platform."""
    found = gather.comparison(Asked(route=ROUTE, model=model, since=BAD, until=NOW))
    assert 0 < found.n < PER_DAY
    assert found.before_n == 0


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (Asked(route="x\"{$}'😀", since=BAD, until=NOW), "is stored at any time; fmwatch models shows"),
        (
            Asked(route=ROUTE, since=NOW + DAY, until=NOW + 30 * DAY),
            "such calls are stored from 2026-08-10 00:00 to 2026-08-15 00:00 UTC",
        ),
        (Asked(route=ROUTE, since=NOW, until=BAD), "--from is not before --to"),
        (
            Asked(route=ROUTE, since=BAD, until=NOW, before_since=BAD, before_until=START),
            "--against ends before it begins",
        ),
        (
            Asked(route=ROUTE, since=BAD, until=NOW, before_since=START, before_until=BAD + DAY / 2),
            "the windows overlap",
        ),
        (Asked(route=ROUTE, since=BAD - 500 * DAY, until=NOW), "is more than 400 days"),
        (Asked(route=ROUTE), "--from and --to"),
        (Asked(route=ROUTE, model=HOSTILE, since=BAD, until=NOW), "is stored at any time"),
        (Asked(route=ROUTE, tenant="other", since=BAD, until=NOW), "of tenant 'other' is stored at any time"),
    ],
    ids=[
        "no route",
        "no traffic",
        "reversed",
        "against reversed",
        "overlap",
        "endless",
        "no span",
        "hostile model",
        "tenant",
    ],
)
def test_refused(gather: Gather, asked: Asked, said: str) -> None:
    """What cannot be compared is refused with the reason and the remedy."""
    with pytest.raises(ReportError) as refused:
        gather.comparison(asked)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    "asked", [Asked(signal="zzz"), Asked(signal=ALERT, tenant="other")], ids=["none", "tenant"]
)
def test_unknown_alert(gather: Gather, asked: Asked) -> None:
    """An id that nobody has, or that is another tenant's, names who lists them."""
    with pytest.raises(UnknownAlert, match="fmwatch alerts list shows them"):
        gather.comparison(asked)


def test_sample(gather: Gather, found: Comparison) -> None:
    """The drawn calls hold no text, no id and nobody's hash; the same ones come twice, at most so many."""
    first, again = (gather.sample(found.calls, 100) for _ in range(2))
    table = parquet.read_table(BufferReader(first))
    assert table.equals(parquet.read_table(BufferReader(again)))
    assert table.num_rows == 200
    content = {"prompt", "messages", "response", "context", "event_id", "user_hash", "conversation_id"}
    assert not content & set(table.column_names)
    assert b"parcel" not in first
    assert {len(one) for one in table.column("embedding").to_pylist()} == {256}
