"""Whether a model answers worse than it did: what is told, and what only looks like it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from detectors import registry
from detectors.monitors.base import Series, Signal
from detectors.text import words
from services.advisor.causes import degraded
from services.advisor.constraints import RouteRules
from services.advisor.decline import FLOOR, Decline, Tallies, decline
from services.advisor.observed import Labelled, Observed, Worse
from services.advisor.questions import explained
from services.advisor.recommend import Adviser, as_json
from services.advisor.render import MOST_LINES, render
from services.demo.samples import samples

from .compare.labels import labelled
from .conftest import TODAY, usage

DAYS = 42
LAST = (TODAY - date(1970, 1, 1)).days
Rate = Callable[[int], float]


def _tallies(
    rate: Rate,
    calls: int = 500,
    kinds: Callable[[int], tuple[int, ...]] = lambda _: (1, 2),
    seed: int = 1,
    wander: float = 0.0,
) -> Tallies:
    """Days from 41 before today to today (`ago` 41 to 0), of calls each in a conversation of its own."""
    random = np.random.default_rng(seed)
    rows = []
    for ago in range(DAYS - 1, -1, -1):
        level = max(0.001, rate(ago) * (1 + wander * random.standard_normal()))
        for kind in kinds(ago):
            n = calls // len(kinds(ago))
            bad = random.binomial(n, min(level, 1.0))
            rows.append((LAST - ago, kind, n, bad, n, bad, bad))
    columns = dict(zip(("day", "alike", "n", "bad", "mm", "bb", "mb"), zip(*rows, strict=True), strict=True))
    return Tallies.of(columns)


def _steady(_: int) -> float:
    return 0.06


def _worse(ago: int) -> float:
    return 0.12 if ago < 4 else 0.06


def test_found() -> None:
    """A rise from 6 to 12 % is found, with its size and about the day it began."""
    found = decline(_tallies(_worse), TODAY)
    assert found is not None
    assert 0.05 < found.then < 0.07
    assert 0.10 < found.now < 0.14
    assert FLOOR / 4 < found.low < 0.06 < found.high
    assert abs((found.since - (TODAY - timedelta(days=3))).days) <= 1
    assert found.n == pytest.approx(2_000, rel=0.3)


@pytest.mark.parametrize(
    "tallies",
    [
        _tallies(_steady),
        _tallies(lambda ago: 0.07 if ago < 7 else 0.06, calls=20_000),  # sure, and too small to matter
        _tallies(_worse, calls=40),  # too few calls
        _tallies(lambda ago: 0.03 if ago < 7 else 0.06),  # better
        _tallies(_worse, kinds=lambda ago: (3,) if ago < 4 else (1, 2)),  # a new prompt, or new detectors
        _tallies(_worse, kinds=lambda ago: (3, 3, 1) if ago < 4 else (1, 2)),  # for most of the calls
    ],
    ids=["steady", "small", "few", "better", "new", "mostly new"],
)
def test_silent(tallies: Tallies) -> None:
    """Nothing is told of what is small, thin or better, or has nothing of the past to compare with."""
    assert decline(tallies, TODAY) is None


def test_mix() -> None:
    """More of the questions that always were hard are no decline: the past is weighted as today's are."""
    random = np.random.default_rng(2)
    rows = []
    for ago in range(DAYS - 1, -1, -1):
        hard = 300 if ago < 5 else 50
        for kind, n, rate in ((1, 400, 0.02), (2, hard, 0.30)):
            bad = random.binomial(n, rate)
            rows.append((LAST - ago, kind, n, bad, n, bad, bad))
    columns = dict(zip(("day", "alike", "n", "bad", "mm", "bb", "mb"), zip(*rows, strict=True), strict=True))
    assert decline(Tallies.of(columns), TODAY) is None


def test_retries() -> None:
    """One conversation that repeats a bad answer a hundred times is one observation."""
    base = _tallies(_steady, calls=300)
    extra = np.array([LAST])
    more = np.array([120.0])
    loud = Tallies(
        np.append(base.day, extra),
        np.append(base.alike, np.array([1], np.uint64)),
        *(np.append(column, more) for column in base[2:4]),
        *(np.append(column, more**2) for column in base[4:]),
    )
    assert decline(loud, TODAY) is None


@pytest.mark.parametrize("wander", [0.0, 0.3])
def test_rarely_false(wander: float) -> None:
    """Of 100 routes without a change, asked every day of a month, at most one is told to be worse."""
    told = 0
    for seed in range(100):
        long = _long(72, wander, seed)
        told += any(
            decline(
                long.where((long.day <= LAST - ago) & (long.day > LAST - ago - DAYS)), TODAY - timedelta(ago)
            )
            for ago in range(30)
        )
    assert told <= 1


def _long(days: int, wander: float, seed: int) -> Tallies:
    """Days without a change whose level wanders from day to day; conversations of two."""
    random = np.random.default_rng(seed)
    rows = []
    for ago in range(days - 1, -1, -1):
        rate = float(np.clip(0.08 * (1 + wander * random.standard_normal()), 0.005, 0.5))
        for kind in (1, 2, 3):
            bad = 2 * random.binomial(100, rate)
            rows.append((LAST - ago, kind, 200, bad, 400, 2 * bad, 2 * bad))
    columns = dict(zip(("day", "alike", "n", "bad", "mm", "bb", "mb"), zip(*rows, strict=True), strict=True))
    return Tallies.of(columns)


def _asked(
    now_kind: float, *, fit: float = 0.5, bad: tuple[float, float] = (0.05, 0.30), rise: float = 0.0
) -> list[dict[str, object]]:
    """Questions of two kinds; of the second, which is worse, there is `now_kind` now and 10 % before."""
    random = np.random.default_rng(3)
    rows: list[dict[str, object]] = []
    for now in (0, 1):
        for _ in range(1_500):
            kind = int(random.random() < (now_kind if now else 0.10))
            place = random.normal(80 if kind else -80, 10, 256).clip(-127, 127).astype(np.int8)
            rate = bad[kind] + rise * now
            rows.append(
                {
                    "now": now,
                    "bad": random.random() < rate,
                    "fit": fit if now else 0.5,
                    "prompt_embedding": place.tobytes(),
                }
            )
    return rows


def test_explained() -> None:
    """Other questions and a retrieval that gave way explain a rise; the same questions do not."""
    assert explained(_asked(0.10, rise=0.06)) == ""
    assert explained(_asked(0.40)) == "other kinds of questions are asked"
    assert explained(_asked(0.10, rise=0.06, fit=0.3)) == "passages fit the questions less than they did"
    assert explained([row | {"prompt_embedding": b"", "fit": None} for row in _asked(0.40)]) == ""


@pytest.mark.parametrize("new", [0, 600], ids=["as always", "half are new"])
def test_real_questions(new: int) -> None:
    """A bank's bot that declines what is asked about the household is as good as ever; else it fell."""
    random, held = np.random.default_rng(4), samples()
    texts = [held.banking[which][0] for which in random.choice(len(held.banking), 2_400 - new, replace=False)]
    lies = registry.encoder().encode([words(text) for text in [*texts, *held.assistant["home"][:new]]])
    rate = np.repeat([0.05, 0.05 if new else 0.15, 0.5], [1_200, 1_200 - new, new])
    rows = [
        {"now": nth >= 1_200, "bad": random.random() < rate[nth], "fit": None, "prompt_embedding": bytes(lie)}
        for nth, lie in enumerate(lies)
    ]
    random.shuffle(rows)
    assert explained(rows) == ("other kinds of questions are asked" if new else "")


RISE = Decline(TODAY - timedelta(days=3), 0.061, 0.094, 0.012, 0.054, 2_000)
CONFIRMED = Labelled(100, 5.0, 100, 30.0)
REFUTED = Labelled(1_000, 60.0, 1_000, 55.0)


def test_text(adviser: Adviser) -> None:
    """The line has both rates, the interval, the day and who says so; nothing moves without labels."""
    worse = Worse(RISE, near="deploy v14 on 2026-08-18")
    advice = adviser.recommend(usage("azure/gpt-5.4-mini"), RouteRules(), seen=Observed(worse))
    assert advice is not None
    text = render(advice)
    assert "bad answers 6.1 -> 9.4 % (+1.2..+5.4 pt) since 2026-08-18" in text
    assert "deploy v14 on 2026-08-18" in text
    assert "by detectors only, 0 of the 50 labels" in text
    assert "label 50 answers from before and 50 since" in text
    assert "docs/runbooks/advice.md" in text
    assert (list(advice.causes), advice.state, advice.candidate) == (["degraded"], "abstain", None)
    assert len(text.splitlines()) <= MOST_LINES
    assert advice.answers


def test_other_questions(adviser: Adviser) -> None:
    """While the route's questions drift, only labels tell that the model got worse."""
    drift = Signal(
        signal="prompt_drift",
        state="raised",
        series=Series("route", "default", route="support/answer"),
        team="support",
        minute=0,
        began=0,
        began_low=0,
        began_high=0,
        observed=1.0,
        reference=0.0,
        low=0.9,
        high=1.0,
        unit="ratio",
        n=50,
        routes=["support/answer"],
        share_of_traffic=0.1,
        monitor="drift/1",
    )
    item = usage("azure/gpt-5.4-mini")
    told = [
        adviser.recommend(item, RouteRules(), [drift], seen=Observed(worse))
        for worse in (Worse(RISE), Worse(RISE, CONFIRMED))
    ]
    assert told[0] is None
    assert told[1] is not None


def test_labels() -> None:
    """Fifty labels on either side confirm it, leave it open, or withdraw it."""
    line = degraded.evidence(Worse(RISE, CONFIRMED))
    assert line is not None
    assert "confirmed by 100 labels" in line
    assert degraded.confirmed(Worse(RISE, CONFIRMED))
    open_ = degraded.evidence(Worse(RISE, Labelled(60, 4.0, 60, 6.0)))
    assert open_ is not None
    assert "left open by 60 labels" in open_
    assert degraded.evidence(Worse(RISE, REFUTED)) is None
    assert not degraded.confirmed(Worse(RISE, replace(CONFIRMED, now_n=49)))


def test_recommends_what_labels_allow(adviser: Adviser) -> None:
    """Confirmed by labels, it is a reason to move to what labels allow, even where nothing is saved."""
    other, better = ("azure", "gpt-4.1-mini"), labelled(2_000, 0.20, 0.10)
    states = [
        adviser.recommend(
            usage("azure/gpt-5.4-mini"), RouteRules(), (), {}, {other: better}, seen=Observed(worse)
        )
        for worse in (Worse(RISE), Worse(RISE, CONFIRMED))
    ]
    documents = [as_json(one) for one in states if one]
    assert [document["state"] for document in documents] == ["abstain", "recommend"]
    assert documents[1]["candidate"] == "azure/gpt-4.1-mini"
