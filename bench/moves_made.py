"""A route that moves from one model to another, drawn hour by hour with known rates."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np

from services.advisor.compare.pairs import Floats
from services.moved.traffic import Traffic

START = datetime(2026, 8, 1, tzinfo=UTC)
FIRST = int(START.timestamp()) // 3600
USUAL = {"errors": 0.01, "empty": 0.002, "cut": 0.01, "refused": 0.02, "slow": 0.05, "bad": 0.10}


@dataclass(frozen=True)
class Model:
    """How a model answers: rates of what is bad, by column, and mean USD of a call."""

    rates: dict[str, float] = field(default_factory=lambda: dict(USUAL))
    usd: float = 0.01

    def but(self, usd: float | None = None, **rates: float) -> Model:
        """Return the same with some of it changed."""
        return Model(self.rates | rates, self.usd if usd is None else usd)


def shares(*steps: tuple[float, int], before: int = 72) -> Floats:
    """Return the candidate's share of each hour: 0 for some hours, then (share, hours) each."""
    return np.concatenate([np.zeros(before), *(np.full(hours, share) for share, hours in steps)])


def traffic(
    share: Floats,
    per_hour: float,
    candidate: Model,
    random: np.random.Generator,
    *,
    incumbent: Model | None = None,
    labelled: float = 0.0,
    outages: float = 0.0,
) -> Traffic:
    """Draw the hours of a route with a daily rhythm.

    Parameters
    ----------
    labelled : share of the calls that people judge
    outages : share of the hours in which a model fails in one of five calls, each model for itself
    """
    hours = np.arange(len(share))
    rate = per_hour * (1 + 0.6 * np.sin(2 * np.pi * hours / 24))
    # Conversations of four calls go the same way.
    conversations = random.poisson(rate / 4)
    moved = random.binomial(conversations, share)
    columns = {
        "incumbent": _side(4 * (conversations - moved), incumbent or Model(), random, labelled, outages),
        "candidate": _side(4 * moved, candidate, random, labelled, outages),
    }
    return Traffic(FIRST, columns)


def _side(
    n: np.ndarray, model: Model, random: np.random.Generator, labelled: float, outages: float
) -> dict[str, Floats]:
    rates = model.rates
    failing = np.where(random.random(len(n)) < outages, 0.2, rates["errors"])
    judged = random.binomial(n, labelled)
    found = {
        "n": n,
        "errors": random.binomial(n, failing),
        "empty": random.binomial(n, rates["empty"]),
        "cut": random.binomial(n, rates["cut"]),
        "refusal_n": n,
        "refused": random.binomial(n, rates["refused"]),
        "latency_n": n,
        "slow": random.binomial(n, rates["slow"]),
        "priced_n": n,
        "usd": model.usd * random.gamma(np.maximum(n, 1e-9)),
        "labelled": judged,
        "bad": random.binomial(judged, rates["bad"]),
    }
    return {name: np.asarray(column, np.float64) for name, column in found.items()}
