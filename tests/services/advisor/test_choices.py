"""The picture of advice: every model it looked at, with the cost and the quality that are known."""

from __future__ import annotations

import pytest

from detectors.price_rows import DatedPrice
from detectors.prices import PriceBook
from services.advisor.advisor import as_row
from services.advisor.catalogue import Catalogue
from services.advisor.choices import choices
from services.advisor.constraints import RouteRules
from services.advisor.recommend import Adviser
from services.advisor.render import render
from services.wording.frontier import choices_of

from .compare.labels import labelled
from .conftest import TODAY, usage
from .test_labels import OTHER, SINCE, incumbent, measured

RULES = RouteRules(candidates=("openai/gpt-5.4-nano",))


def test_choices(adviser: Adviser) -> None:
    """The incumbent is what others are compared with; who has no labels has no quality, only a price."""
    advice = adviser.recommend(incumbent(), RULES, (), measured(), {OTHER: labelled(2_000, 0.20, 0.10)})
    assert advice is not None
    found = {one.name: one for one in choices(advice)}
    now, other, nano = (found[f"openai/{name}"] for name in ("gpt-4o", "gpt-5.4-mini", "gpt-5.4-nano"))
    assert (now.incumbent, now.difference) == (True, 0.0)
    assert now.usd_per_call == pytest.approx(30 / 14_000)
    assert other.usd_per_call == pytest.approx(10 / 14_000)
    assert (other.basis, other.pairs) == ("own_traffic", 2_000)
    assert other.low < other.difference < other.high < 0  # type: ignore[operator]  # it has labels
    assert (nano.difference, nano.basis) == (None, "price_list")
    assert nano.usd_per_call is not None
    assert "cost and quality: openai/gpt-4o surely dominated by openai/gpt-5.4-mini" in render(advice)
    assert list(choices_of(str(as_row(advice, SINCE)["body"]))) == choices(advice)


def test_unpriced(adviser: Adviser) -> None:
    """Without a price there is no cost, and without labels no word on which is dominated."""
    advice = adviser.recommend(usage("openai/gpt-4-0314", spend_usd=None, counted_n=0), RouteRules())
    assert advice is not None
    assert choices(advice)[0].usd_per_call is None
    assert "cost and quality" not in render(advice)


def test_free(catalogue: Catalogue) -> None:
    """Beside a candidate that costs nothing the incumbent has its list price still."""
    free = [DatedPrice("openai", "gpt-5.4-nano", buckets={"input": 0.0, "output": 0.0})]
    adviser = Adviser(catalogue, PriceBook(free, catalogue.prices()), TODAY)
    advice = adviser.recommend(usage("openai/gpt-4-0314", spend_usd=None), RULES)
    assert advice is not None
    found = {one.name: one.usd_per_call for one in choices(advice)}
    assert found["openai/gpt-4-0314"] == pytest.approx((1_100 * 30 + 210 * 60) / 1e6)
    assert found["openai/gpt-5.4-nano"] == 0
    assert as_row(advice, SINCE)["spend_difference_ratio"] == -1
