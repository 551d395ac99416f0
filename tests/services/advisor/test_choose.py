"""A shortlist without traffic: what is stated, what is not, and what it costs."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
import pytest

from detectors.price_rows import DatedPrice
from detectors.prices import PriceBook
from services.advisor.catalogue import Catalogue
from services.advisor.choose import Choice, Option, Use, choose
from services.advisor.entry import Entry, Fact, Price, Snapshot
from services.advisor.needs import read_needs
from services.advisor.own import OwnModel, with_own

ON = date(2026, 11, 29)


def _fact(value: object) -> Fact[Any]:
    return Fact(value, "litellm", "2026-11", "medium")


def _price(name: str, usd: float, region: str = "", above: int = 0) -> Price:
    buckets = {"input": usd, "output": 4 * usd}
    return Price(name, region, "standard", above, buckets, "litellm", "2026-11", "medium")


def _entry(name: str, usd: float | None = 1.0, family: str = "", **said: object) -> Entry:
    """Return a living model of an invented platform that can everything."""
    facts: dict[str, Any] = {
        "mode": "chat",
        "status": "active",
        "context_tokens": 200_000,
        "output_tokens": 8_000,
        "tools": True,
        "modalities": ("image", "text"),
        **said,
    }
    prices = facts.pop("prices", () if usd is None else (_price(name, usd),))
    stated: dict[str, Any] = {key: _fact(value) for key, value in facts.items() if value is not None}
    return Entry("acme", name, family or name, prices=prices, **stated)


def _chosen(
    *entries: Entry,
    needs: str = "tools",
    calls: float | None = 10**6,
    own: tuple[OwnModel, ...] = (),
    **more: Any,
) -> Choice:
    listed = Catalogue(Snapshot("1", ON, {}, {}, entries))
    catalogue = with_own(listed, own, ON)
    book = PriceBook(more.get("contract", ()), catalogue.prices(), catalogue.deployments)
    tokens = more.get("tokens", (3_000, 400))
    use = Use(read_needs(needs, catalogue, sum(tokens)), tokens[0], tokens[1], calls)
    return choose(use, catalogue, book, ON)


def _names(options: tuple[Option, ...]) -> list[str]:
    return [option.entry.model for option in options]


def test_feasible_first_then_price() -> None:
    """What is stated to have everything is listed by price, and nothing that lacks anything."""
    found = _chosen(
        _entry("dear", 3.0),
        _entry("cheap", 0.5),
        _entry("no-tools", 0.1, tools=False),
        _entry("short", 0.1, context_tokens=2_000),
        _entry("curt", 0.1, output_tokens=100),
        _entry("vectors", 0.1, mode="embedding"),
    )
    assert _names(found.feasible) == ["cheap", "dear"]
    assert found.unsure == ()
    assert found.lacking == {
        "tools": 1,
        "3,400 tokens of context": 1,
        "400 tokens of answer": 1,
        "chat": 1,
    }
    cheap = found.feasible[0].cost
    assert cheap.usd_per_call == pytest.approx((3_000 * 0.5 + 400 * 2) / 10**6)
    assert (cheap.source, cheap.as_of) == ("litellm", "2026-11")


def test_unknown_is_apart() -> None:
    """What nobody states is never counted as there; each model says what is not known of it."""
    found = _chosen(
        _entry("known", 3.0),
        _entry("silent", 0.1, tools=None),
        _entry("unsupported", 0.2, status=None, tools=None),
        _entry("unpriced", None),
    )
    assert _names(found.feasible) == ["known"]
    assert {one.entry.model: one.unknown for one in found.unsure} == {
        "silent": ("tools",),
        "unsupported": ("tools", "whether it is supported"),
        "unpriced": ("unknown model",),
    }
    assert _names(found.unsure) == ["silent", "unpriced", "unsupported"]  # the nearest first


@pytest.mark.parametrize(
    "said",
    [
        {"shutdown_at": date(2029, 1, 1)},  # announced, however far
        {"status": "deprecated"},
        {"status": "retired"},
        {"earliest_at": date(2027, 5, 1)},  # 153 days
        {"preview": True},
        {"released": date(2027, 1, 1)},
    ],
)
def test_short_lives(said: dict[str, Any]) -> None:
    """A model that is announced to end, may end within 180 days, or is not for everybody, is no choice."""
    found = _chosen(_entry("one", **said))
    assert (found.feasible, found.unsure, found.lacking) == ((), (), {"180 days to live": 1})


def test_long_lives() -> None:
    """A model that is promised longer, and one whose end nobody knows, are a choice; the latter says so."""
    found = _chosen(_entry("promised", earliest_at=date(2027, 5, 28)), _entry("open", 2.0))
    assert [(one.life.known_days, one.unstated) for one in found.feasible] == [
        (180, ()),
        (None, ("when it ends",)),
    ]


def test_tombstone() -> None:
    """A model that no list names any more is gone."""
    assert _chosen(msgspec.structs.replace(_entry("one"), tombstone="2026-08-01")).feasible == ()


def test_region_has_its_price() -> None:
    """Where a region is needed its price counts, the dearest of its places; else the usual price does."""
    prices = (_price("one", 1.0), _price("one", 1.1, "eu-central-1"), _price("one", 1.3, "eu-west-3"))
    one, other = _entry("one", prices=prices), _entry("other", 0.1)
    found = _chosen(one, other, needs="tools,eu")
    assert [(option.entry.model, option.cost.region) for option in found.feasible] == [("one", "eu-west-3")]
    assert found.feasible[0].cost.usd_per_call == pytest.approx(1.3 * 4_600 / 10**6)
    assert [option.unknown for option in found.unsure] == [("in eu",)]
    assert _names(_chosen(one, other).feasible) == ["other", "one"]


def test_long_inputs_have_their_price() -> None:
    """A call longer than a step of the price costs what the step says, in a region too."""
    prices = tuple(_price("one", usd, "eu", above) for usd, above in ((1.0, 0), (2.0, 100_000)))
    one = _entry("one", prices=prices)
    for tokens, usd in (((100_000, 100), 1.0), ((100_001, 100), 2.0)):
        (option,) = _chosen(one, needs="eu", tokens=tokens).feasible
        assert option.cost.usd_per_call == pytest.approx((tokens[0] + 400) * usd / 10**6)


def test_contract_goes_before() -> None:
    """What was agreed is what it costs, also where a region is needed."""
    one = _entry("one", prices=(_price("one", 1.0, "eu"),))
    contract = [DatedPrice("acme", "one", buckets={"input": 0.2, "output": 0.2})]
    (option,) = _chosen(one, needs="eu", contract=contract).feasible
    assert option.cost.source == "contract"
    assert option.cost.usd_per_call == pytest.approx(3_400 * 0.2 / 10**6)


OWN = OwnModel(
    platform="vllm", model="ours", base="acme/one", status="active", hourly_usd=5.0, regions=("eu-west-3",)
)


def test_own_endpoint() -> None:
    """An endpoint costs by the hour: a price of its calls needs to know how many share it."""
    found = _chosen(_entry("one"), needs="vllm,tools,eu", own=(OWN,))
    (option,) = found.feasible
    assert option.cost.usd_per_call == pytest.approx(5.0 * 730 / 10**6)
    assert (option.cost.source, option.cost.hourly_usd) == ("own", 5.0)
    (unsure,) = _chosen(_entry("one"), needs="vllm,tools,eu", own=(OWN,), calls=None).unsure
    assert "its endpoint costs 5 USD an hour, and no volume is stated" in unsure.unknown[0]
    assert _chosen(_entry("one"), needs="vllm,us", own=(OWN,)).lacking["us"] == 1


def test_one_choice() -> None:
    """A name, its snapshot at the same price, and the company's deployment of it, are one choice."""
    found = _chosen(
        _entry("one", 1.0),
        _entry("one-2026-08-01", 1.0, "one"),
        _entry("one-2026-01-01", 2.0, "one"),
        own=(OwnModel(platform="acme", model="prod", serves="one-2026-08-01"),),
    )
    assert [(option.entry.model, option.also) for option in found.feasible] == [
        ("one", ("one-2026-08-01", "prod")),
        ("one-2026-01-01", ()),
    ]


def test_shipped(catalogue: Catalogue) -> None:
    """On the shipped catalogue the example finds models, none of which ends soon or lacks a price."""
    book = PriceBook(catalogue=catalogue.prices())
    found = choose(Use(read_needs("tools,128k,eu", catalogue, 3_400), 3_000, 400, 10**6), catalogue, book, ON)
    assert len(found.feasible) >= 10
    assert len(found.feasible) + len(found.unsure) <= found.looked_at - sum(found.lacking.values())
    for option in found.feasible:
        assert option.cost.usd_per_call
        assert not option.unknown
        assert option.life.known_days is None or option.life.known_days >= 180
        assert option.entry.tools
        assert option.entry.tools.value
    assert list(found.feasible) == sorted(found.feasible, key=lambda option: option.order)
