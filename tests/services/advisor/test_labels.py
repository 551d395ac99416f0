from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from fmwatch.event import Feedback, Generation, Usage

from detectors.prices import PriceBook
from detectors.testing import generation
from services.advisor.advisor import Advisor, as_row
from services.advisor.catalogue import Catalogue
from services.advisor.compare.pairs import Pairs
from services.advisor.compare.settling import Undecidable
from services.advisor.constraints import RouteRules
from services.advisor.quality import quality
from services.advisor.read_labels import from_paired, read_labels
from services.advisor.read_usage import read_usage
from services.advisor.recommend import Adviser, as_json
from services.advisor.render import MOST_LINES, render
from services.advisor.usage import RouteUsage
from store.database import Database
from store.labels import BAD_LABEL, PAIR_TAG
from store.writer import Writer
from tests.store.fleet import batch, verdicts

from .compare.labels import labelled
from .conftest import TODAY, usage

INCUMBENT, OTHER = "openai/gpt-4o", ("openai", "gpt-5.4-mini")
SINCE = datetime(2026, 6, 1, tzinfo=UTC)
BETTER = labelled(2_000, 0.20, 0.10)
WORSE = labelled(2_000, 0.10, 0.20)
OPEN = labelled(200, 0.10, 0.10)


def measured(latency_ms: float = 900.0, usd: float = 10.0) -> dict[tuple[str, str], RouteUsage]:
    """What the other model did on the route: a third of the incumbent's spend per call, and as fast."""
    return {OTHER: usage("openai/gpt-5.4-mini", n=14_000, spend_usd=usd, latency_p95_ms=latency_ms)}


def incumbent(name: str = INCUMBENT) -> RouteUsage:
    """The model in use."""
    return usage(name, latency_p95_ms=1_000.0)


def test_dominated(adviser: Adviser) -> None:
    """Labels, both ledgers and both latencies recommend a move that nothing forces."""
    advice = adviser.recommend(incumbent(), RouteRules(), (), measured(), {OTHER: BETTER})
    assert advice is not None
    document = as_json(advice)
    assert (document["causes"], document["state"], document["candidate"], document["evidence"]) == (
        ["dominated"],
        "recommend",
        "openai/gpt-5.4-mini",
        "own_traffic",
    )
    interval = document["quality_interval"]
    assert isinstance(interval, list)
    assert interval[0] < document["quality_difference"] < interval[1] <= 0.02
    assert document["n"] == 2_000
    text = render(advice)
    assert "openai/gpt-5.4-mini within 2 pt by 2,000 labelled pairs, spend -67%, p95 -10%" in text
    assert "settled at 2 pt" in text
    assert "quality here" not in text
    assert len(text.splitlines()) <= MOST_LINES


@pytest.mark.parametrize(
    ("pairs", "others"),
    [
        (WORSE, measured()),
        (OPEN, measured()),
        (BETTER, measured(latency_ms=1_200.0)),
        (BETTER, measured(usd=40.0)),
        (BETTER, {}),  # a price list is no ledger
    ],
)
def test_not_dominated(adviser: Adviser, pairs: Pairs, others: dict[tuple[str, str], RouteUsage]) -> None:
    """Worse, undecided, slower, dearer or merely listed cheaper: no cause, and no goal."""
    advice = adviser.recommend(incumbent(), RouteRules(), (), others, {OTHER: pairs})
    assert advice is not None
    assert (list(advice.causes), advice.candidate) == (["superseded"], None)


def test_labels_before_words(adviser: Adviser) -> None:
    """Where an end forces a move, labels against the configured goal take it out, whoever names it."""
    rules = RouteRules(candidates=("openai/gpt-5.4-mini",))
    leaving = incumbent("openai/gpt-3.5-turbo-1106")
    against = adviser.recommend(leaving, rules, (), {}, {OTHER: WORSE})
    allowed = adviser.recommend(leaving, RouteRules(), (), {}, {OTHER: BETTER})
    assert against is not None
    assert allowed is not None
    assert against.candidate is None or against.candidate.name != "openai/gpt-5.4-mini"
    assert allowed.candidate is not None
    assert (allowed.state, allowed.candidate.name) == ("recommend", "openai/gpt-5.4-mini")
    assert "labels on this route allow" in allowed.reason


def test_open_is_priced(adviser: Adviser) -> None:
    """What labels leave open has its price in the text: pairs, share, days and USD, or undecidable."""
    rules = RouteRules(candidates=("openai/gpt-5.4-mini",))
    leaving = incumbent("openai/gpt-3.5-turbo-1106")
    busy = adviser.recommend(leaving, rules, (), {}, {OTHER: OPEN})
    quiet = adviser.recommend(replace(leaving, n=140), rules, (), {}, {OTHER: OPEN})
    assert busy is not None
    assert quiet is not None
    assert "labels do not settle it" in render(busy)
    assert "to settle: 2 pt: " in render(busy)
    assert "undecidable at this traffic" in render(quiet)


def test_too_few_labels() -> None:
    """Ten pairs are no interval and no plan."""
    known = quality(labelled(10), 0.02, candidates=1, per_day=1_000, usd_per_pair=None)
    assert (known.interval, known.verdict, known.plan) == (None, "abstain", None)


def test_no_bad_answer_yet() -> None:
    """Where no answer was bad so far, the margin is small, not nothing, and 500 pairs do not settle it."""
    pairs = Pairs.of(np.zeros(500), np.zeros(500))
    known = quality(pairs, 0.02, candidates=1, per_day=500, usd_per_pair=None)
    assert known.verdict == "abstain"
    assert 0 < known.margin < 0.005
    assert isinstance(known.plan, Undecidable)


def test_several_candidates_are_held_to_more() -> None:
    """Five candidates on one route make each interval wider."""
    one, five = (quality(OPEN, 0.02, candidates=n, per_day=1_000, usd_per_pair=None) for n in (1, 5))
    assert one.interval
    assert five.interval
    assert five.interval.high > one.interval.high
    assert isinstance(quality(OPEN, 0.02, candidates=1, per_day=1, usd_per_pair=None).plan, Undecidable)


def test_half_labelled() -> None:
    """A request with one label of two counts as not labelled; scores that are missing count as none."""
    row = {
        "tenant": "default",
        "route": "r",
        "incumbent_platform": "a",
        "incumbent_model": "one",
        "candidate_platform": "b",
        "candidate_model": "two",
        "conversation": 2**64 - 1,
        "occurred_at": datetime(2026, 8, 20, tzinfo=UTC),
        "incumbent_bad": 0.0,
        "candidate_bad": 1.0,
        "incumbent_score": 0.1,
        "candidate_score": 0.4,
    }
    found = from_paired([row, row | {"candidate_bad": None}, row | {"incumbent_score": None}], SINCE)
    pairs = found["default", "r", "a", "one"]["b", "two"]
    assert pairs.difference.tolist() == [1.0, 1.0]
    assert pairs.score == pytest.approx([0.3, 0.0])
    assert pairs.unlabelled.n == 1
    assert pairs.unlabelled.mean == pytest.approx(0.3)


def test_judge_in_place_of_the_detector() -> None:
    """A judge is heard who has judged every labelled pair, and of the others only those it has judged."""
    judged = {"pair:j:1": 0.5, "pair:k:1": -1.0}
    rows = [
        _row(0, bad=1.0, judged=judged),
        _row(1, bad=0.0, judged={"pair:j:1": -0.5}),
        _row(2, bad=None, judged=judged),
        _row(3, bad=None, judged={}),
    ]
    pairs = from_paired(rows, SINCE)["default", "r", "a", "one"]["b", "two"]
    assert pairs.score.tolist() == [0.5, -0.5]
    assert (pairs.unlabelled.n, pairs.unlabelled.mean) == (1, 0.5)
    rows.append(_row(4, bad=1.0, judged={"pair:k:1": 1.0}))
    pairs = from_paired(rows, SINCE)["default", "r", "a", "one"]["b", "two"]
    assert pairs.score == pytest.approx([0.3] * 3)
    assert pairs.unlabelled.n == 2


def test_verdicts_alone_are_no_labels() -> None:
    """Pairs that only a judge has seen have no interval and no verdict."""
    rows = [_row(n, bad=None, judged={"pair:j:1": -1.0}) for n in range(500)]
    pairs = from_paired(rows, SINCE)["default", "r", "a", "one"]["b", "two"]
    known = quality(pairs, 0.02, candidates=1, per_day=1_000, usd_per_pair=None)
    assert (pairs.n, known.interval, known.verdict) == (0, None, "abstain")


def _row(conversation: int, bad: float | None, judged: dict[str, float]) -> dict[str, object]:
    """A request that both models answered, the detector's difference .3."""
    return {
        "tenant": "default",
        "route": "r",
        "incumbent_platform": "a",
        "incumbent_model": "one",
        "candidate_platform": "b",
        "candidate_model": "two",
        "conversation": conversation,
        "occurred_at": datetime(2026, 8, 20, tzinfo=UTC),
        "incumbent_bad": bad,
        "candidate_bad": bad,
        "incumbent_score": 0.1,
        "candidate_score": 0.4,
        "judged": judged,
    }


def test_from_feedback_to_advice(catalogue: Catalogue, prices: PriceBook, database: Database) -> None:
    """Labels that people send become a recommendation with its interval, and are stored with it."""
    _store(database)
    used = [incumbent(), *measured().values()]
    advisor = Advisor(lambda _: used, catalogue, prices, labels=lambda today: read_labels(database, today))
    advice = advisor.advise(TODAY)
    assert [(one.usage.model, one.state) for one in advice] == [("gpt-4o", "recommend")]
    made_at = datetime(2026, 8, 21, 12, tzinfo=UTC)
    assert Writer(database).advice([as_row(one, made_at) for one in advice]) == []
    row = database.rows("SELECT quality_difference, quality_low, quality_high, n FROM advice FINAL")[0]
    assert row["quality_low"] < row["quality_difference"] < row["quality_high"] <= 0.02
    assert row["n"] == 600


def test_compared_is_not_moved(database: Database) -> None:
    """Requests that are sent to a candidate as well are no traffic that has moved to it."""
    today = datetime(2026, 8, 21, 9, tzinfo=UTC)
    events = [
        generation(event_id=f"{model}-{at.day}-{n}", occurred_at=at, request_model=model, tags=tags)
        for n in range(10)
        for model, at, tags in (
            ("gpt-4o", today - timedelta(days=10), {}),
            ("gpt-4o", today, {}),
            ("gpt-5.4-mini", today, {PAIR_TAG: f"gpt-4o-21-{n}"}),
        )
    ]
    Writer(database).generations([(batch(events), verdicts(events))])
    used = {one.model: one for one in read_usage(database, TODAY)}
    assert (used["gpt-4o"].n, used["gpt-5.4-mini"].n) == (20, 10)
    assert (used["gpt-4o"].recent_share_of_route, used["gpt-4o"].moved) == (1.0, 0.0)


def _store(database: Database) -> None:
    """Six hundred requests that both models answered, the first worse, all labelled."""
    at = datetime(2026, 8, 20, 9, tzinfo=UTC)
    random = np.random.default_rng(1)
    events: list[Generation] = []
    labels: list[Feedback] = []
    for n in range(600):
        for name, rate, tags in (("gpt-4o", 0.4, {}), ("gpt-5.4-mini", 0.1, {PAIR_TAG: f"gpt-4o-{n}"})):
            call = generation(
                event_id=f"{name}-{n}",
                occurred_at=at + timedelta(seconds=n),
                app="support/answer",
                request_model=name,
                prompt=f"question {n}",
                tags=tags,
                usage=Usage(input=10, output=10),
            )
            bad = bool(random.random() < rate)
            events.append(call)
            labels.append(Feedback(event_id=call.event_id, kind="label", name=BAD_LABEL, value=bad, at=at))
    writer = Writer(database)
    assert writer.generations([(batch(events), verdicts(events))]) == []
    assert writer.feedback(labels) == []
