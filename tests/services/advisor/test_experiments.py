"""Declared experiments and routes of one kind in the daily advice."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from detectors.prices import PriceBook
from services.advisor.advisor import Advisor
from services.advisor.catalogue import Catalogue
from services.advisor.compare.helped import THIN, helped
from services.advisor.compare.pairs import Pairs
from services.advisor.compared import Compared
from services.advisor.constraints import RouteRules
from services.advisor.declared import Declared, declared_for
from services.advisor.quality import Quality, quality
from services.advisor.read_labels import from_paired
from services.advisor.recommend import Adviser, as_json
from services.advisor.render import render
from services.config import Config
from services.wiring import experiments, route_rules

from .compare.labels import labelled
from .conftest import TODAY, usage

SINCE = date(2026, 8, 1)
INCUMBENT, OTHER = ("openai", "gpt-3.5-turbo-1106"), ("openai", "gpt-5.4-mini")
DECLARED = Declared("support/*", "/".join(INCUMBENT), "/".join(OTHER), SINCE, 1_600)


def _quality(pairs: Pairs, *sisters: Pairs, declared: Declared | None = None) -> Quality:
    return quality(
        pairs, 0.02, candidates=1, per_day=1_000, usd_per_pair=0.01, sisters=sisters, declared=declared
    )


def test_looks() -> None:
    """Declared, it is looked at five times on the way; between two looks the last one stands."""
    better = labelled(1_600, 0.12, 0.10)
    seen = [_quality(better.first(n), declared=DECLARED) for n in (90, 100, 199, 200, 1_600)]
    assert [one.interval.pairs if one.interval else 0 for one in seen] == [0, 100, 100, 200, 1_600]
    assert {one.interval.rule for one in seen if one.interval} == {"look"}
    assert [one.missing for one in seen] == [1_510, 1_500, 1_401, 1_400, 0]
    assert not any(one.plan for one in seen[:-1])


def test_ends_at_its_first_decision() -> None:
    """What it has decided at a look stays decided; what comes after the last look is not looked at."""
    better = labelled(2_400, 0.30, 0.10)
    early, late = (_quality(better.first(n), declared=DECLARED) for n in (400, 2_400))
    assert (early.verdict, late.verdict) == ("switch", "switch")
    assert early.interval == late.interval
    assert late.missing == 0


def test_undecided_at_its_end() -> None:
    """One that ends open is over, and has the price of a larger one."""
    over = _quality(labelled(1_600, 0.10, 0.12), declared=DECLARED)
    assert (over.verdict, over.missing, over.plan is not None) == ("abstain", 0, True)


def test_sooner_than_watching() -> None:
    """The same pairs decide at a declared look before they do for whoever merely watches."""
    pairs = labelled(400, 0.20, 0.125, seed=2)
    declared = replace(DECLARED, pairs=400)
    assert (_quality(pairs, declared=declared).verdict, _quality(pairs).verdict) == ("switch", "abstain")


def test_text(adviser: Adviser) -> None:
    """The advice says how far the experiment is, and asks for no other meanwhile."""
    rules = RouteRules(experiments=(DECLARED,))
    pairs = labelled(300, 0.10, 0.10)
    advice = adviser.recommend(usage("/".join(INCUMBENT)), rules, (), {}, {OTHER: pairs})
    assert advice is not None
    text = render(advice)
    assert "by 200 labelled pairs of 1,600 declared" in text
    assert "to settle: 1,300 more labelled pairs of the declared experiment with openai/gpt-5.4-mini" in text


@pytest.mark.parametrize(
    ("route", "candidate", "found"),
    [
        ("support/answer", OTHER, True),
        ("support/answer", ("OpenAI", "openai/GPT-5.4-mini"), True),
        ("sales/mail", OTHER, False),
        ("support/answer", ("openai", "gpt-5.4"), False),
    ],
)
def test_declared_for(route: str, candidate: tuple[str, str], found: bool) -> None:
    """An experiment is about these two models on the routes of its glob, in any spelling."""
    assert (declared_for([DECLARED], route, INCUMBENT, candidate) is not None) == found


def test_only_since() -> None:
    """Calls of before the declared day do not belong to it; without one, ninety days count."""
    row = {
        "tenant": "default",
        "route": "support/answer",
        "incumbent_platform": INCUMBENT[0],
        "incumbent_model": INCUMBENT[1],
        "candidate_platform": OTHER[0],
        "candidate_model": OTHER[1],
        "conversation": 1,
        "incumbent_bad": 0.0,
        "candidate_bad": 1.0,
        "incumbent_score": None,
        "candidate_score": None,
    }
    began = datetime(2026, 8, 1, tzinfo=UTC)
    days = (-200, -10, -1, 0, 5)
    rows = [row | {"occurred_at": began + timedelta(days=day)} for day in days]
    watched, declared = (
        from_paired(rows, began - timedelta(days=70), said)["default", "support/answer", *INCUMBENT][OTHER].n
        for said in ((), (DECLARED,))
    )
    assert (watched, declared) == (4, 2)


def test_configured() -> None:
    """The configuration's experiments reach the rules of a route."""
    said = {
        "route": DECLARED.route,
        "incumbent": DECLARED.incumbent,
        "candidate": DECLARED.candidate,
        "since": SINCE,
        "pairs": 1_600,
    }
    config = Config.parse({"experiments": [said]})
    assert experiments(config) == (DECLARED,)
    assert route_rules(config, "support/answer").experiments == (DECLARED,)


def test_helped() -> None:
    """Alike routes make a thin one's interval narrower, at looks of its own size; there is none before 25."""
    own, *sisters = (labelled(300, 0.10, 0.08, seed=seed) for seed in (1, 2, 3, 4))
    alone, shared = _quality(own.first(200)).interval, _quality(own, *sisters).interval
    assert alone
    assert shared
    assert (shared.rule, shared.pairs) == ("pooled", 200)
    assert shared.high - shared.low < 0.8 * (alone.high - alone.low)
    assert helped(own.first(24), sisters) is None
    assert helped(own, sisters) == helped(own.first(399), [one.first(250) for one in sisters])


def test_speaks_for_itself() -> None:
    """With labels enough the route's own sequence is the narrower one, and hardly wider than alone."""
    own, *sisters = (labelled(4_000, 0.10, 0.08, seed=seed) for seed in (1, 2, 3))
    alone, shared = _quality(own).interval, _quality(own, *sisters).interval
    assert alone
    assert shared
    assert (shared.rule, shared.pairs) == ("sequence", 4_000)
    assert 1 < (shared.high - shared.low) / (alone.high - alone.low) < 1.2


def test_rarely_wrong() -> None:
    """A candidate just beyond the margin here, and better on all sisters, is hardly ever switched to."""
    wrong = 0
    for seed in range(60):
        random = np.random.default_rng(seed)
        own, *sisters = (
            Pairs.of(random.random(THIN) < 0.10, random.random(THIN) < 0.10 + difference)
            for difference in (0.0201, 0.0, 0.0, 0.0)
        )
        wrong += any(
            _quality(own.first(n), *(one.first(n) for one in sisters)).verdict == "switch"
            for n in range(25, THIN + 1, 25)
        )
    assert wrong <= 3


def test_kinds(catalogue: Catalogue) -> None:
    """Routes help each other that have the same two models and all bring passages, or none."""
    name = "/".join(INCUMBENT)
    used = [
        usage(name, "a", grounded=True),
        usage(name, "b", grounded=True),
        usage(name, "closed"),
        usage(name, "c", grounded=True, tenant="other"),
        usage("openai/gpt-4o", "d", grounded=True),
        usage(name, "e", grounded=True),
    ]
    labels = {
        (item.tenant, item.route, item.platform, item.model): {OTHER: labelled(30 + place)}
        for place, item in enumerate(used[:5])
    }
    compared = Compared(labels, used, catalogue)
    assert [pairs.n for pairs in compared.sisters(used[0])[OTHER]] == [31]
    assert compared.sisters(used[2]) == {OTHER: []}
    assert compared.of(used[5]) == {}


def test_says_whose_evidence(catalogue: Catalogue, prices: PriceBook) -> None:
    """What leans on sister routes says so, in the text and in `evidence`."""
    used = [usage("/".join(INCUMBENT), route, grounded=True) for route in "abcd"]
    labels = {
        (item.tenant, item.route, item.platform, item.model): {OTHER: labelled(200, 0.20, 0.10, seed=seed)}
        for seed, item in enumerate(used)
    }
    advice = Advisor(lambda _: used, catalogue, prices, labels=lambda _: labels).advise(TODAY)
    assert {as_json(one)["evidence"] for one in advice} == {"other_routes"}
    assert "helped by other routes of the kind" in render(advice[0])
