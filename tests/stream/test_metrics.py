"""The table of metrics: what it says is exposed, and nothing else; as Prometheus' own rules want it."""

import re
from pathlib import Path
from typing import get_args

import pytest
from prometheus_client.parser import text_string_to_metric_families

from stream import metrics
from stream.meter import Meter
from stream.metrics import (
    DEAD_LETTERS,
    LEADER,
    LOSSES,
    TABLE,
    UNACKNOWLEDGED,
    WATCH_LAG,
    Count,
    Metric,
    Service,
    Spread,
)
from stream.metrics_page import page
from tests.stream.metered import numbers

ROOT = Path(__file__).parents[2]
ROWS = {name: row for name, row in vars(metrics).items() if isinstance(row, Metric)}
# Prometheus' base units; a name says the one it has.
BASE = {"seconds", "bytes", "ratio"}
OTHER_UNITS = re.compile(
    r"_(milliseconds|ms|microseconds|us|minutes|hours|days|kilobytes|kb|megabytes|mb|percent)(_|$)"
)


def exposed(meter: Meter) -> dict[str, tuple[str, str]]:
    """Return kind and help of our metrics by name, as Prometheus reads them."""
    families = list(text_string_to_metric_families(meter.text().decode()))
    names = [family.name + ("_total" if family.type == "counter" else "") for family in families]
    assert len(set(names)) == len(names)
    return {
        name: (family.type, family.documentation)
        for name, family in zip(names, families, strict=True)
        if name.startswith("fmwatch_")
    }


@pytest.mark.parametrize("service", get_args(Service))
def test_exposed(service: Service) -> None:
    """A process exposes the rows of the table that are its own, and no other."""
    mine = {row.name: (row.kind, row.help) for row in TABLE if service in row.services}
    assert exposed(Meter(service)) == mine


def test_complete() -> None:
    """Every row stands in the table once, and under one name."""
    assert sorted(ROWS.values(), key=id) == sorted(TABLE, key=id)
    assert len({row.name for row in TABLE}) == len(TABLE)


@pytest.mark.parametrize("name", sorted(ROWS))
def test_used(name: str) -> None:
    """Somebody counts or measures every row."""
    sources = [path.read_text() for room in ("stream", "services") for path in (ROOT / room).rglob("*.py")]
    uses = re.compile(rf"\b(count|set|ask|observe|timed|forget)\(\s*{name}\b")
    assert any(uses.search(source) for source in sources)


def test_page() -> None:
    """The page is the table: `python -m stream.metrics_page > docs/metrics.md` makes it again."""
    found = (ROOT / "docs" / "metrics.md").read_text()
    assert found == page()
    assert all(f"`{row.name}`" in found for row in TABLE)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_lint(row: Metric) -> None:
    """Names, units and sentences are as Prometheus asks for."""
    assert re.fullmatch(r"fmwatch_[a-z]+(_[a-z]+)*", row.name)
    assert row.name.endswith("_total") == isinstance(row, Count)
    assert not OTHER_UNITS.search(row.name)
    stem = row.name.removesuffix("_total")
    assert {unit for unit in BASE if stem.endswith(f"_{unit}")} == BASE & {row.unit}
    assert not re.search(r"_(counter|gauge|histogram|summary|count|sum|bucket)(_|$)", stem)
    assert re.fullmatch(r"[0-9A-Z].*\.", row.help)
    assert "|" not in row.help
    for label in row.labels:
        assert re.fullmatch(r"[a-z]+", label.name)
        assert label.name not in {"le", "quantile", "job", "instance", "tenant", "route", "model"}
        assert all(re.fullmatch(r"[a-z0-9_.-]+", word) for word in label.values)
    if isinstance(row, Spread):
        assert list(row.buckets) == sorted(set(row.buckets))


def test_from_zero() -> None:
    """A counter is there at 0 before the first, for every word of its label: so the first is an increase."""
    assert {
        numbers(Meter("score").text())[DEAD_LETTERS.name, word] for word in DEAD_LETTERS.labels[0].values
    } == {0}


def test_hostile_word() -> None:
    """A word that nobody of us wrote makes no series of its own."""
    meter = Meter("gateway")
    for word in ("queue_full", "x" * 40, 'a"}\nfmwatch_up 1', ""):
        meter.count(LOSSES, 2, word)
    assert numbers(meter.text())[LOSSES.name, "queue_full"] == 2
    assert numbers(meter.text())[LOSSES.name, "other"] == 6
    assert b"xxx" not in meter.text()
    assert (
        sum(line.startswith(b"fmwatch_client_lost_events_total{") for line in meter.text().split(b"\n")) == 9
    )


def test_levels() -> None:
    """A level is what was set, or what is so when somebody asks; forgotten, it is not there."""
    meter = Meter("watch")
    meter.set(UNACKNOWLEDGED, 3, "llm.feedback")
    assert numbers(meter.text())[UNACKNOWLEDGED.name, "llm.feedback"] == 3
    meter.forget(UNACKNOWLEDGED)
    assert (UNACKNOWLEDGED.name, "llm.feedback") not in numbers(meter.text())
    ages = iter((1.0, 2.0))
    meter.ask(WATCH_LAG, lambda: next(ages))
    assert [numbers(meter.text())[WATCH_LAG.name,] for _ in range(2)] == [1, 2]


def test_not_mine() -> None:
    """What the table does not give to a service, it cannot count."""
    with pytest.raises(KeyError):
        Meter("score").set(LEADER, 1)
