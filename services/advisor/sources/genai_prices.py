"""Claims of genai-prices: list prices by the day, of each tier and length of input.

The list matches models by rules of its own, among them "contains gpt-4o". A rule may stand for a family, and
a family carries no price: only names that the list writes out are claimed.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import genai_prices
from genai_prices.types import ModelPrice

from detectors.genai_list import CONTEXTS, KEYS
from detectors.platforms import genai_platforms
from services.advisor.claim import Claim, day
from services.advisor.entry import Price
from services.advisor.sources.region import region_in

SOURCE = "genai_prices"
_FILE = "data.json"
_PER = {
    10**6: 1.0,
    10**3: 1e3,
    1: 3600.0,
}  # what the list counts in: our unit, a thousand of it, an hour of seconds

Model = Mapping[str, Any]
Values = Mapping[str, Any]


class _Stretch(NamedTuple):
    """The prices of a tier between two days."""

    from_: date | None
    until: date | None
    values: Values


def claims(where: Path) -> Iterator[Claim]:
    """Read the list: as published, a file or its folder, or the folder of the package installed here."""
    for provider in _providers(where):
        for platform, model in product(genai_platforms(provider["id"]), provider["models"]):
            yield from _model(platform, model)


def _providers(where: Path) -> Sequence[Mapping[str, Any]]:
    if where.resolve() == Path(genai_prices.__file__).parent:
        from genai_prices.data import providers  # noqa: PLC0415 - the table costs 0.3 s and 25 MiB to load

        return [_published(provider) for provider in providers]
    file = where / _FILE if where.is_dir() else where
    found: Sequence[Mapping[str, Any]] = json.loads(file.read_text(encoding="utf-8"))
    return found


def _published(said: Any) -> Any:  # noqa: ANN401 - of any depth
    """Return what the package holds in the form in which it is published."""
    if isinstance(said, ModelPrice):
        return {key: _published(value) for key, value in vars(said).items() if value is not None}
    if dataclasses.is_dataclass(said):
        names = [each.name for each in dataclasses.fields(said)]
        found = {name.rstrip("_"): getattr(said, name) for name in names}
        return {name: _published(value) for name, value in found.items() if value is not None}
    if isinstance(said, list):
        return [_published(each) for each in said]
    if isinstance(said, Decimal):
        return float(said)
    return said.isoformat() if isinstance(said, date) else said


def _model(platform: str, model: Model) -> Iterator[Claim]:
    for name in dict.fromkeys([model["id"].lower(), *_written_out(model["match"])]):
        region = region_in(name) if platform == "bedrock" else ""
        if context := model.get("context_window"):
            yield Claim(platform, name, "context_tokens", context, SOURCE, "low")
        if any("start_time" in _constraint(price) for price in _conditional(model)):
            continue  # a price of the catalogue holds the whole day
        for tier in ("standard", *CONTEXTS):
            for stretch in _stretches(model, tier):
                for price in _steps(name, region, tier, stretch):
                    yield Claim(platform, name, "prices", price, SOURCE, "medium")


def _written_out(match: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names that a rule is met by as a whole."""
    if "equals" in match:
        yield str(match["equals"]).lower()
    for part in match.get("or", ()):
        yield from _written_out(part)


def _stretches(model: Model, tier: str) -> Iterator[_Stretch]:
    """Yield a tier's prices day by day; equal ones that follow on each other as one."""
    dated = [*_conditional(model), *model.get("price_variants", ())]
    days = sorted({found for price in dated if (found := _start(price))})
    stretches: list[_Stretch] = []
    for from_, until in zip([None, *days], [*days, None], strict=True):
        values = _values(model, tier, from_ or date.min)
        if stretches and stretches[-1].values == values:
            stretches[-1] = stretches[-1]._replace(until=until)
        else:
            stretches.append(_Stretch(from_, until, values))
    return iter(stretches)


def _values(model: Model, tier: str, on: date) -> Values:
    """Return what holds on a day: of several prices the last, of variants the first that names a bucket."""
    listed = _conditional(model)
    holding = [price for price in listed if _holds(price, on)]
    standard: Values = (holding[-1] if holding else listed[0])["prices"] if listed else model["prices"]
    if tier == "standard":
        return standard
    variants = [v for v in model.get("price_variants", ()) if v["when"] == CONTEXTS[tier] and _holds(v, on)]
    own = {key: value for variant in reversed(variants) for key, value in variant["prices"].items()}
    return {**standard, **own} if own else {}


def _conditional(model: Model) -> Sequence[Mapping[str, Any]]:
    prices = model["prices"]
    return prices if isinstance(prices, list) else ()


def _constraint(price: Mapping[str, Any]) -> Mapping[str, Any]:
    return price.get("constraint") or {}


def _start(price: Mapping[str, Any]) -> date | None:
    return day(_constraint(price).get("start_date"))


def _holds(price: Mapping[str, Any], on: date) -> bool:
    return (_start(price) or date.min) <= on


def _steps(name: str, region: str, tier: str, stretch: _Stretch) -> Iterator[Price]:
    priced = {key: value for _, key, _ in KEYS if (value := stretch.values.get(key)) is not None}
    if not any(_at(priced[key], 0) for key in ("input_mtok", "output_mtok") if key in priced):
        return  # free, or not priced by the token
    starts = {
        step["start"] for value in priced.values() if isinstance(value, Mapping) for step in value["tiers"]
    }
    for above in (0, *sorted(starts)):
        buckets = {
            bucket: _at(priced[key], above) / _PER[unit] for bucket, key, unit in KEYS if key in priced
        }
        yield Price(
            name,
            region,
            tier,
            above,
            dict(sorted(buckets.items())),
            SOURCE,
            "",
            "medium",
            stretch.from_,
            stretch.until,
        )


def _at(value: Any, above: int) -> float:  # noqa: ANN401 - a number, or steps of the input's length
    if not isinstance(value, Mapping):
        return float(value)
    passed = [step["price"] for step in value["tiers"] if step["start"] <= above]
    return float(passed[-1] if passed else value["base"])
