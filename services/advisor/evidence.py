"""What is known about a replacement, and what it would cost to know more.

Quality is never concluded from detector scores. What remains is the price at the route's own mix of tokens,
and the size of the experiment that would settle quality.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from detectors.prices import PriceBook, Rates, Unpriced
from services.advisor.hourly import HOURS_A_DAY
from services.advisor.usage import RouteUsage

SpendBasis = Literal["own_traffic", "price_list"]
ENOUGH_CALLS = 300  # of each, before their measured spend is compared
USUAL_BAD_RATIO = 0.10  # where nobody has labelled this route
_PAIRED_SAVING = 0.85  # labels of the same prompt agree a little: measured 11-16 % fewer needed
_POWER = 7.85  # (z(.975) + z(.80)) squared
_WEEK = 7


@dataclass(frozen=True, slots=True)
class Spend:
    """What the candidate costs against the incumbent, both per call on this route.

    Attributes
    ----------
    ratio : candidate / incumbent - 1, None when either has no price
    basis : own_traffic when both are measured here, else price_list
    usd_per_call : of the candidate; now_usd_per_call : of the incumbent, on the same basis
    missing : why there is no ratio
    """

    ratio: float | None
    basis: SpendBasis
    usd_per_call: float | None = None
    missing: str = ""
    now_usd_per_call: float | None = None


@dataclass(frozen=True, slots=True)
class Experiment:
    """Labelled pairs of answers that would settle a difference of `margin`.

    Attributes
    ----------
    traffic_ratio : share of the route's calls to shadow; days : for how long
    usd : the candidate's calls; labels come on top
    """

    margin: float
    pairs: int
    traffic_ratio: float
    days: int
    usd: float | None


def pairs_needed(margin: float, bad_ratio: float, difference: float = 0.0) -> int:
    """Return how many labelled pairs settle a margin with 95 % confidence and 80 % power.

    >>> pairs_needed(0.05, 0.10), pairs_needed(0.02, 0.10)
    (481, 3003)
    """
    discordant = 2 * bad_ratio * (1 - bad_ratio) * _PAIRED_SAVING
    return math.ceil(round(_POWER * (discordant - difference**2) / (margin - difference) ** 2, 6))


def experiment(usage: RouteUsage, margin: float, usd_per_call: float | None) -> Experiment:
    """Return the experiment on this route's traffic: within a week where the traffic allows it."""
    pairs = pairs_needed(margin, usage.bad_ratio or USUAL_BAD_RATIO)
    return on_traffic(margin, pairs, usage.per_day, usd_per_call)


def on_traffic(margin: float, pairs: int, per_day: float, usd_per_call: float | None) -> Experiment:
    """Return what so many pairs take of a route with `per_day` calls: a week of it, or longer if need be."""
    a_day = max(per_day, 1e-9)
    ratio = min(1.0, max(0.01, math.ceil(100 * pairs / (_WEEK * a_day)) / 100))
    days = math.ceil(pairs / (ratio * a_day))
    return Experiment(margin, pairs, ratio, days, None if usd_per_call is None else pairs * usd_per_call)


def list_cost(usage: RouteUsage, rates: Rates | Unpriced) -> float | str:
    """Return USD per call of this route's own tokens at these rates, or why there is none."""
    if isinstance(rates, Unpriced):
        return rates.reason
    if not usage.counted_n:
        return "no_usage"
    bill = rates.bill(usage.tokens)
    if bill.missing:
        return f"no_rate_for_{bill.missing[0]}"
    return bill.total / 1e12 / usage.counted_n


def spend(
    usage: RouteUsage,
    *,
    platform: str,
    model: str,
    prices: PriceBook,
    at: datetime,
    measured: Mapping[tuple[str, str], RouteUsage],
    hourly_usd: float | None = None,
    own_hourly_usd: float | None = None,
) -> Spend:
    """Compare a candidate's spend with the incumbent's.

    Parameters
    ----------
    measured : what other models did on the same route, by (platform, model)
    hourly_usd : of a candidate on an endpoint of the company's own; own_hourly_usd : of an incumbent on one
    """
    other = measured.get((platform, model))
    own, theirs = _measured(usage), _measured(other) if other else None
    if own and theirs:
        return Spend(theirs / own - 1, "own_traffic", theirs, now_usd_per_call=own)
    if hourly_usd is not None:
        return Spend(None, "price_list", None, _by_the_hour(usage, hourly_usd))
    mean_input = round((usage.tokens.input or 0) / max(usage.counted_n, 1))

    def cost(platform: str, model: str, served: str = "") -> float | str:
        rates = prices.rates(platform, model, at, usage.tier, mean_input, served=served)
        return list_cost(usage, rates)

    now, then = cost(usage.platform, usage.model, usage.served), cost(platform, model)
    if isinstance(then, str):
        return Spend(None, "price_list", None, f"{platform}/{model}: {then}")
    if isinstance(now, str) and own_hourly_usd is not None:
        return Spend(None, "price_list", then, _whatever_is_called(usage, own_hourly_usd))
    if isinstance(now, str):
        return Spend(None, "price_list", then, f"{usage.platform}/{usage.model}: {now}")
    return Spend(then / now - 1 if now else None, "price_list", then, now_usd_per_call=now)


def _by_the_hour(usage: RouteUsage, hourly_usd: float) -> str:
    """An endpoint has no price per call; both sides a day are what can be compared."""
    usd = usage.spend_usd / usage.n * usage.per_day if usage.spend_usd else 0.0
    now = f", this route {usd:,.2f} USD" if usd else ""
    return f"its endpoint costs {HOURS_A_DAY * hourly_usd:,.2f} USD a day whatever is called{now}"


def _whatever_is_called(usage: RouteUsage, hourly_usd: float) -> str:
    """What a move from an endpoint saves is the endpoint, once nobody calls it."""
    return (
        f"{usage.platform}/{usage.model} costs {HOURS_A_DAY * hourly_usd:,.2f} USD a day until its endpoint "
        "is given up, whatever is called"
    )


def _measured(usage: RouteUsage) -> float | None:
    enough = usage.spend_usd is not None and usage.n >= ENOUGH_CALLS
    return usage.spend_usd / usage.n if enough and usage.spend_usd else None
