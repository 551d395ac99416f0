"""The p95 of latency and how sure it is, from quantiles around it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from services.moved.traffic import SIDES
from store.moves import LEVELS

_P95 = 0.95
_Z = 1.96


@dataclass(frozen=True, slots=True)
class P95:
    """The 95 % quantile of a model's answers.

    Attributes
    ----------
    n : answers; ms : None where there are none
    low, high : 95 % interval for independent answers, once looked at; None where too few
    """

    n: int = 0
    ms: float | None = None
    low: float | None = None
    high: float | None = None


def p95(rows: Sequence[Mapping[str, Any]]) -> dict[str, P95]:
    """Return the p95 of each side, of rows of `store.moves.latencies`."""
    found = {SIDES[bool(row["candidate"])]: _of(int(row["n"]), row["quantiles"]) for row in rows}
    return {side: found.get(side, P95()) for side in SIDES}


def _of(n: int, quantiles: Sequence[float]) -> P95:
    if not n:
        return P95()
    half = _Z * (_P95 * (1 - _P95) / n) ** 0.5
    ms, low, high = np.interp([_P95, _P95 - half, _P95 + half], LEVELS, quantiles).tolist()
    known = LEVELS[0] <= _P95 - half and _P95 + half <= LEVELS[-1]
    return P95(n, ms, low, high) if known else P95(n, ms)
