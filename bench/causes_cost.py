"""What a day's look for `degraded`, `stale` and the form of answers costs on a fleet of 60 routes.

Routes get calls of 90 days, some with passages, some with years and recency words in their questions.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from services.advisor.observed import Incumbent
from services.advisor.read_decline import read_declines
from services.advisor.read_forms import read_forms
from services.advisor.read_staleness import read_staleness
from store.database import Database

ROUTES, DAYS = 60, 90
TODAY, CUTOFF = date(2026, 8, 21), date(2024, 10, 1)
_MODEL = ("azure", "gpt-4o")
_ENCODER = "none"
_ASKED = (
    "How do I close the account of order {n}?",
    "What is the latest exchange rate for order {n}?",
    "Who won the election in 2026, asked by {n}?",
    "Write a story about a lighthouse number {n}",
)
_PASSAGE = "To close your account, move the rest of your money away and open Profile, Close account. " * 4
Row = Mapping[str, object]


def cost(per_day: int, seed: int) -> list[Row]:
    """Return seconds of each look, over 60 routes of `per_day` calls."""
    with tempfile.TemporaryDirectory() as folder, Database.open(Path(folder)) as database:
        for day in range(DAYS):
            database.insert("generations", _day(day, per_day, np.random.default_rng([seed, day])))
        cutoffs: dict[Incumbent, date] = {("default", _route(n), *_MODEL): CUTOFF for n in range(ROUTES)}
        looks = {
            "degraded": lambda: read_declines(database, TODAY, _ENCODER),
            "stale": lambda: read_staleness(database, TODAY, cutoffs),
            "form": lambda: read_forms(database, TODAY),
        }
        return [
            {"cost": name, "routes": ROUTES, "calls": ROUTES * per_day * DAYS, **_timed(look)}
            for name, look in looks.items()
        ]


def _timed(look: Callable[[], object]) -> Row:
    look()
    begun, worked = time.perf_counter(), time.process_time()
    look()
    return {
        "seconds": round(time.perf_counter() - begun, 2),
        "cpu_s": round(time.process_time() - worked, 2),
    }


def _day(ago: int, per_day: int, random: np.random.Generator) -> dict[str, list[Any]]:
    noon = datetime(TODAY.year, TODAY.month, TODAY.day, 12, tzinfo=UTC) - timedelta(days=ago)
    route, nth = np.divmod(np.arange(ROUTES * per_day), per_day)
    n = len(route)
    bad, grounded = random.random(n) < 0.06, route % 2 == 1
    asked = random.choice(len(_ASKED), n, p=(0.9, 0.03, 0.03, 0.04))
    return {
        "tenant": ["default"] * n,
        "route": [_route(one) for one in route],
        "platform": [_MODEL[0]] * n,
        "request_model": [_MODEL[1]] * n,
        "event_id": [f"{ago}-{one}" for one in range(n)],
        "cluster": random.integers(2**63, size=n).tolist(),
        "occurred_at": [noon + timedelta(seconds=one) for one in nth.tolist()],
        "prompt_name": ["answer"] * n,
        "prompt_version": ["v13"] * n,
        "response": ['{"answer": "It takes nine days."}'] * n,
        "prompt": [_ASKED[kind].format(n=one) for one, kind in enumerate(asked)],
        "context": [[_PASSAGE] * 3 if one else [] for one in grounded],
        "context_scores": [[0.8] * 3 if one else [] for one in grounded],
        "language": ["en"] * n,
        "usage_input": random.lognormal(6, 1, n).astype(int).tolist(),
        "outcome": ["ok"] * n,
        "refusal_label": np.where(bad & ~grounded, "refused", "answered").tolist(),
        "hallucination_label": np.select(
            [~grounded, bad], ["not_assessable", "unsupported"], "grounded"
        ).tolist(),
        "detector_versions": ['{"hallucination": "2", "refusal": "1", "toxicity_prompt": "3"}'] * n,
    }


def _route(number: int) -> str:
    return f"team{number % 6}/route{number}"
