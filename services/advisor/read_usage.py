"""From the store's rows to what the advisor reasons about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from fmwatch.event import Usage

from services.advisor.usage import RouteUsage
from store.database import Database
from store.usage import route_usage

_PICO = 1e12
_BUCKETS = ("input", "output", "cache_read", "cache_write_5m", "cache_write_1h", "reasoning")
_Row = Mapping[str, Any]
_Share = Callable[[_Row, str], float | None]


def read_usage(database: Database, today: date, days: int = 14) -> list[RouteUsage]:
    """Return what every route did with every model in the `days` before the end of `today`."""
    until = datetime.combine(today + timedelta(days=1), time(), UTC)
    since, week, day = (until - timedelta(days=back) for back in (days, 7, 1))
    return from_rows(route_usage(database, since, until, week=week, day=day), float(days))


def from_rows(rows: Sequence[_Row], days: float) -> list[RouteUsage]:
    """Return rows as usage, with each model's share of its tenant's and its route's calls."""
    tenants: Counter[str] = Counter()
    routes: Counter[tuple[str, str, str]] = Counter()
    for row in rows:
        tenants[row["tenant"]] += _asked(row)
        for name, n in _times(row).items():
            routes[row["tenant"], row["route"], name] += n

    def share(row: _Row, name: str) -> float | None:
        whole = routes[row["tenant"], row["route"], name]
        return _times(row)[name] / whole if whole else None

    def of_tenant(row: _Row) -> float:
        return _asked(row) / max(tenants[row["tenant"]], 1)

    return [_usage(row, days, of_tenant(row), share) for row in rows]


def _asked(row: _Row) -> int:
    """Return how many calls applications made: what we ask to compare models is no traffic."""
    return int(row["n"] - row["compared_n"])


def _times(row: _Row) -> Mapping[str, int]:
    return {"n": _asked(row), "n_before": row["n_before"], "n_now": row["n_now"]}


def _usage(row: _Row, days: float, of_tenant: float, share: _Share) -> RouteUsage:
    before, now = share(row, "n_before"), share(row, "n_now")
    usual = (share(row, "n") or 0.0) if before is None else before
    return RouteUsage(
        tenant=row["tenant"],
        team=row["team"],
        route=row["route"],
        platform=row["platform"],
        model=row["model"],
        n=row["n"],
        compared_n=row["compared_n"],
        days=days,
        served=row["served"],
        share=of_tenant,
        share_of_route=usual,
        recent_share_of_route=usual if now is None else now,
        tokens=Usage(**{name: row[name] for name in _BUCKETS}),
        counted_n=row["counted_n"],
        spend_usd=None if row["unpriced_n"] else row["cost_pusd"] / _PICO,
        latency_p95_ms=_number(row["latency_p95_ms"]),
        longest_input_tokens=row["longest_input_tokens"],
        grounded=2 * row["grounded_n"] > row["n"],
        tools=bool(row["tools"]),
        images=bool(row["images"]),
        tier=row["tier"] or "standard",
        last_at=datetime.fromtimestamp(row["last_us"] / 1e6, UTC),
    )


def _number(value: float | None) -> float | None:
    return None if value is None or value != value else value  # noqa: PLR0124 - NaN is the store's "none"
