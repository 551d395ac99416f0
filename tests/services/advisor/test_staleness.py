"""Whether questions have moved past what a model knows, and what only looks like it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest

from detectors.prices import PriceBook
from services.advisor.advisor import Advisor
from services.advisor.catalogue import Catalogue
from services.advisor.constraints import RouteRules
from services.advisor.entry import Conflict, Entry, Fact
from services.advisor.knowledge import cutoff
from services.advisor.observed import Observed
from services.advisor.read_staleness import read_staleness
from services.advisor.recency import after
from services.advisor.recommend import Adviser
from services.advisor.render import render
from services.advisor.staleness import Asked, Late, question
from store.database import Database

from .conftest import TODAY, usage

CUTOFF = date(2024, 10, 1)
NOON = datetime(2026, 8, 21, 12, tzinfo=UTC)
SERIES = ("default", "support/answer", "azure", "gpt-5.4-mini")
LATE, USUAL = "Which countries joined the union in 2026?", "Which rivers cross Vienna?"


@pytest.mark.parametrize(
    "question",
    [
        LATE,
        "what changed in the tax law in november 2024?",
        "Who is the current president of France?",
        "What is the latest version of Kubernetes?",
        "How is the weather in Oslo today?",
        "What are the latest on the election",
        "As of today, which browsers support this?",
    ],
)
def test_after(question: str) -> None:
    """A later year or month, or something of the world as it is now, is past the model's knowledge."""
    assert after(question, CUTOFF, TODAY)


@pytest.mark.parametrize(
    "question",
    [
        USUAL,
        "Who won the cup in 2022?",
        "What happened in march 2024?",
        "What changed in 2024?",
        "Write a story that plays in 2026",  # fiction
        "Imagine it is 2026 and cars fly",
        "What will cities look like in 2050?",  # nobody knows
        "Invoice 4711 of 2026-03-04, is it paid?",  # papers
        "When is the payment of March 2026 due?",
        "My lease ends in 2026, can I cancel it?",
        "Summarise the latest report",  # it comes along
        "Based on the following data, predict the closing price. Today's stock price: 8.50",
        "Create a sample post about the latest news in technology",  # made up
        "Translate: the election of 2026 was close",
        "Where do I see my current order?",  # their own
        "What is our latest release about?",
        "Item 12026 is missing",  # no year
        "Call 555-2026",
        "What does my current price plan include?",
        "How are you today?",
        "Who won in 2026? " + "Here is the page. " * 100,  # it brings its material
    ],
)
def test_not_after(question: str) -> None:
    """Fiction, papers, plans, what people own or bring along: no knowledge of the world is asked."""
    assert not after(question, CUTOFF, TODAY)


def test_no_messages() -> None:
    """What only looks like messages, however deep, is the question itself."""
    deep = "[" * 3_000 + " now"
    assert question(deep) == deep


def _rows(then: int, now: int, *, late_bad: float = 0.5, bad: float = 0.1) -> list[dict[str, object]]:
    """A thousand questions before and since, of which so many are past the knowledge."""
    rows: list[dict[str, object]] = []
    for since, count in ((0, then), (1, now)):
        for text, n, rate in ((LATE, count, late_bad), ("", 1_000 - count, bad)):
            wrong = round(n * rate)
            rows += [
                {"now": since, "bad": 1, "text": text, "n": wrong},
                {"now": since, "bad": 0, "text": text, "n": n - wrong},
            ]
    return rows


def _late(rows: Sequence[dict[str, object]]) -> Late | None:
    asked = Asked(CUTOFF, TODAY)
    for row in rows:
        asked.add(row)
    return asked.late


def test_stale() -> None:
    """More such questions than before, and worse answers to them than to others: that is told, with both."""
    found = _late(_rows(30, 70))
    assert found is not None
    assert (found.then, found.now, found.n) == (0.03, 0.07, 70)
    assert (found.bad, round(found.others_bad, 2)) == (0.5, 0.1)


@pytest.mark.parametrize(
    "rows",
    [
        _rows(70, 70),  # as many as ever
        _rows(60, 70),  # hardly more
        _rows(30, 70, late_bad=0.1),  # answered as well as others
        _rows(5, 20, late_bad=0.9),  # too few to tell
        _rows(30, 10),
        [row for row in _rows(30, 70) if row["now"]],  # no past
    ],
    ids=["share", "hardly", "fine", "few", "fewer", "new"],
)
def test_silent(rows: Sequence[dict[str, object]]) -> None:
    """Neither the share nor the answers alone are a cause."""
    assert _late(rows) is None


def test_cutoff() -> None:
    """Where hosts disagree about a model's knowledge the latest day holds; unknown stays unknown."""
    said = Fact("2024-06", "list", "2026-08-01", "medium")
    other = Conflict("knowledge", (("azure", "2024-06"), ("groq", "2024-12-31")))
    assert cutoff(Entry("azure", "m", "m", knowledge=said)) == date(2024, 6, 1)
    assert cutoff(Entry("azure", "m", "m", knowledge=said, conflicts=(other,))) == date(2024, 12, 31)
    assert cutoff(Entry("azure", "m", "m")) is None


def _store(database: Database, **changed: object) -> None:
    """Ten weeks of questions; of the last two every eighth is past the knowledge, half of these refused."""
    rows = []
    for n in range(3_500):
        ago = n // 50
        is_late = n % 8 == 0 and (ago < 14 or n % 40 == 0)
        row: dict[str, object] = {
            "tenant": SERIES[0],
            "route": SERIES[1],
            "platform": SERIES[2],
            "request_model": SERIES[3],
            "event_id": f"e{n}",
            "cluster": n,
            "occurred_at": NOON - timedelta(days=ago),
            "prompt": "",
            "messages": json.dumps([{"role": "user", "content": LATE if is_late else USUAL}]),
            "context": [],
            "tool_calls": "",
            "usage_searches": None,
            "outcome": "ok",
            "refusal_label": "refused" if is_late and n % 16 == 0 else "answered",
        }
        rows.append(row | changed)
    database.insert("generations", {name: [row[name] for row in rows] for name in rows[0]})


def test_read(database: Database) -> None:
    """Stored questions are read, of models whose knowledge is known; the user's last words count."""
    _store(database)
    found = read_staleness(database, TODAY, {SERIES: CUTOFF})
    assert list(found) == [SERIES]
    assert found[SERIES].now == pytest.approx(1 / 8, abs=0.02)
    assert found[SERIES].then == pytest.approx(1 / 40, abs=0.02)
    assert read_staleness(database, TODAY, {}) == {}
    assert read_staleness(database, TODAY, {SERIES: date(2026, 2, 1)}) == {}


@pytest.mark.parametrize(
    "retrieval",
    [{"context": ["Croatia joined in 2013"]}, {"tool_calls": '[{"name": "search"}]'}, {"usage_searches": 1}],
    ids=["passages", "tools", "search"],
)
def test_retrieval(database: Database, retrieval: dict[str, object]) -> None:
    """Whoever looks things up does not depend on what the model knows."""
    _store(database, **retrieval)
    assert read_staleness(database, TODAY, {SERIES: CUTOFF}) == {}


def test_text(adviser: Adviser) -> None:
    """The line has both shares and how much worse the answers are; it moves nobody."""
    seen = Observed(late=_late(_rows(30, 70)))
    advice = adviser.recommend(usage("azure/gpt-5.4-mini"), RouteRules(), seen=seen)
    assert advice is not None
    assert (list(advice.causes), advice.state, advice.candidate) == (["stale"], "abstain", None)
    text = render(advice)
    assert "7% of questions without retrieval are about after 2024-10 (was 3%)" in text
    assert "refused or bad there 5.0x as often as elsewhere, n 70" in text
    assert "give these questions passages or a search" in text


def test_asked_with_what_is_known(catalogue: Catalogue, prices: PriceBook) -> None:
    """The day until which a model knows the world comes from the catalogue."""
    asked = {}

    def observe(today: date, cutoffs: object) -> dict[tuple[str, str, str, str], Observed]:
        asked[today] = cutoffs
        return {SERIES: Observed(late=_late(_rows(30, 70)))}

    used = [usage("azure/gpt-5.4-mini"), usage("openai/no-such-model")]
    advice = Advisor(lambda _: used, catalogue, prices, observe=observe).advise(TODAY)
    assert [list(one.causes) for one in advice] == [["stale"]]
    assert asked == {TODAY: {SERIES: date(2025, 8, 31)}}
