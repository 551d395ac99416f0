"""A report as a file and as Markdown: nothing a stranger wrote is markup, nothing is loaded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest

from services.digest.markdown import markdown
from services.report.block import Block, parts
from services.report.comparison import Comparison
from services.report.gather import Gather
from services.report.page import page
from services.report.second_look import Column, SecondLook, Texts
from services.report.told import blocks
from services.report.windows import Asked
from store.database import Database
from tests.services.report.days import BAD, NOW, ROUTE

LOOK = SecondLook(
    "0.7.23", 5000, 240, 960,
    (Column("latency_ms", "p-value", "ks", 0.4, 0.005, drifted=False),
     Column("model", "distance", "jensenshannon", 0.31, 0.1, drifted=True)),
    {"ttft_ms": "0 values in one of the windows, 30 are needed"},
    Texts(0.61, drifted=True, n=240, before_n=900),
)  # fmt: skip


@pytest.fixture(scope="module")
def found(two_days: Path) -> Iterator[Comparison]:
    """The bad day against the one before."""
    with Database.open(two_days) as database:
        gather = Gather(database, ZoneInfo("UTC"), lambda: NOW)
        asked = Asked(route=ROUTE, since=BAD, until=NOW)
        yield msgspec.structs.replace(gather.comparison(asked), second_look=LOOK)


def test_words(found: Comparison) -> None:
    """What changed stands first, each with interval, n and direction, then what was not scored."""
    said = {block.heading: block for block in blocks(found)}
    (first, *_) = (line for line in said["What changed beyond chance"].lines if "token limit" in line)
    assert re.fullmatch(
        r"answers cut at the token limit: more, [\d.]+ % \(.*, n 240\) -> 2?[\d.]+ % \(.*, n 240\), "
        r"difference \+[\d.]+ to \+[\d.]+ points",
        first,
    )
    assert "no context to be held against" in said["What was not scored"].table.rows[0][0]  # type: ignore[union-attr]
    assert said["Declared changes"].lines[0].endswith("prompt: support/answer v1 -> v2<b> by ana")


def test_second_look(found: Comparison) -> None:
    """Evidently's findings are told with what they are of, and what they do not say."""
    (block,) = (one for one in blocks(found) if one.heading == "Second look: Evidently")
    assert "240 calls of now, 960 of before" in block.lines[0]
    assert "at most 5,000 of each window" in block.lines[0]
    assert block.lines[1].startswith(
        "1 of 2 columns drifted: model. That says that a distribution is another"
    )
    assert "AUC 0.61" in block.lines[2]
    assert block.table is not None
    assert block.table.rows[0][2] == "no (p-value below 0.005)"


def test_escaped(found: Comparison) -> None:
    """A hostile name is text in the page and in Markdown."""
    html, text = page(blocks(found), NOW), markdown(parts(blocks(found)))
    assert "harmed=1" in html
    assert "<script" not in html
    assert "<b>" not in html
    assert not re.search(r"(?<!\\)<(script|b|i)\b", text)
    assert not re.search(r"(?<!\\)\]\(", text)


def test_offline(found: Comparison) -> None:
    """The page's policy lets nothing be loaded, and it names nothing outside itself."""
    html = page(blocks(found), NOW)
    assert "default-src &#39;none&#39;" in html
    assert not re.search(r"(src|href)=|url\(|@import", html)


def test_locked(found: Comparison) -> None:
    """Evidently's page stands in a frame without an origin, its quotes cannot end it."""
    html = page(blocks(found), NOW, '<p title="x">"</iframe><script>harmed=1</script>')
    assert html.count("</iframe>") == 1
    assert 'sandbox="allow-scripts"' in html
    assert "allow-same-origin" not in html
    assert "<script>" not in html


def test_unseen(found: Comparison) -> None:
    """Without Evidently the report says why, and without that has no such part."""
    without = msgspec.structs.replace(found, second_look=None)
    assert "Second look: Evidently" not in [one.heading for one in blocks(without)]
    (last,) = (
        one
        for one in blocks(msgspec.structs.replace(without, unseen="no room"))
        if one.lines[-1:] == ["no room"]
    )
    assert last.heading == "Second look: Evidently"


def test_hours(found: Comparison) -> None:
    """Hours of the day to which the reference is confined are named, neighbours together, with their zone."""
    calls = msgspec.structs.replace(found.calls, hours=(0, 1, 2, 22), zone="Europe/Berlin")
    line = blocks(msgspec.structs.replace(found, calls=calls))[0].lines[1]
    assert "only the hours 0-2, 22 of the day (Europe/Berlin), as now, n 240" in line


def test_equal(found: Comparison) -> None:
    """Where nothing differs, that is said with how much was compared."""
    same = tuple(
        msgspec.structs.replace(one, now=one.before, difference=(-1.0, 1.0)) for one in found.measures
    )
    said = blocks(msgspec.structs.replace(found, measures=same))[1]
    assert said == Block(
        "What changed beyond chance", [f"Nothing: {len(same)} rates, means and quantiles were compared."]
    )
    assert found.calls.until - found.calls.since == timedelta(days=1)
