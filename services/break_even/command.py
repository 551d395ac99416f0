"""`fmwatch break-even`: from the options to what is printed."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import NamedTuple

from fmwatch.event import Usage

from detectors.prices import PriceBook, Unpriced
from services.advisor.catalogue import Catalogue
from services.advisor.errors import CatalogueError
from services.advisor.hosting import Comparison, Hosting, Name, assuming
from services.break_even.document import document
from services.break_even.told import told
from services.catalogue.known import known_catalogue, price_book
from services.config import Config, ConfigError
from services.volume import Tokens
from services.wall import now


class Priced(NamedTuple):
    """What calls of a model cost, and who says so."""

    name: str
    usd_per_call: float
    source: str
    as_of: str


def show(
    config_file: Path | None,
    model: str,
    tokens: Tokens,
    calls: float | None,
    *,
    endpoint: str = "",
    gpus: int | None = None,
    call_usd: float = 0.0,
    stated: Mapping[Name, float],
    as_json: bool,
    on: date | None = None,
) -> None:
    """Print from how many calls on hosting is cheaper than calling a model.

    Parameters
    ----------
    model : PLATFORM/MODEL that would be called
    calls : a month; None where nobody says
    endpoint : PLATFORM/MODEL of the configuration that would be hosted; it states what an hour costs
    stated : what holds instead of the assumptions; on : the day of the prices, by default today

    Raises
    ------
    CatalogueError : the model has no price
    ConfigError : the endpoint is not there, or has no cost by the hour
    """
    config = Config.load(config_file)
    on = on or now().date()
    catalogue = known_catalogue(config, on)
    priced = _priced(model, tokens, price_book(config, catalogue), on)
    if endpoint:
        stated = {"gpu_usd": _hourly(endpoint, catalogue), **stated}
    least = gpus or (1 if endpoint else Hosting().gpus)
    hosting = assuming(Hosting(gpus=least, usd_per_call=call_usd), stated)
    found = Comparison(priced.usd_per_call, max(tokens.output, 1), calls, hosting, frozenset(stated))
    if as_json:
        said = document(found, priced._asdict(), tokens, endpoint, on)
        sys.stdout.write(json.dumps(said, ensure_ascii=False, indent=1) + "\n")
    else:
        whose = " ".join(part for part in (priced.source, priced.as_of) if part)
        lines = told(found, f"{priced.name} ({whose})", tokens, endpoint)
        sys.stdout.writelines(f"{line}\n" for line in lines)


def _priced(model: str, tokens: Tokens, prices: PriceBook, on: date) -> Priced:
    platform, _, name = model.partition("/")
    if not name:
        raise CatalogueError(
            f"{model!r} names no platform: write PLATFORM/MODEL, such as openai/gpt-4.1-mini"
        )
    at = datetime.combine(on, time(12), UTC)
    rates = prices.rates(platform, name, at, input_tokens=tokens.input)
    if isinstance(rates, Unpriced):
        raise CatalogueError(
            f"{model} has no price ({rates.reason.replace('_', ' ')}): fmwatch catalogue show finds names, "
            "and prices in the configuration gives it one"
        )
    bill = rates.bill(Usage(input=tokens.input, output=tokens.output))
    if bill.missing:
        raise CatalogueError(f"{model} has no price of {bill.missing[0]}: give it one in prices")
    return Priced(model, bill.total / 1e12, rates.source, rates.as_of)


def _hourly(endpoint: str, catalogue: Catalogue) -> float:
    platform, _, name = endpoint.partition("/")
    entry = catalogue.get(platform, name)
    if entry is None or entry.hourly_usd is None:
        raise ConfigError(
            f"models: {endpoint} is no endpoint with a cost by the hour: write "
            f"{{platform: {platform or 'vllm'}, model: {name or 'acme-8b'}, hourly_usd: 5.2}}, or leave out "
            "--endpoint and say --gpu-usd"
        )
    return entry.hourly_usd.value
