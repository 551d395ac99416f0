"""A small fleet's traffic with one outage, as lines: enough to be watched, quick to make."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

START = datetime(2026, 8, 3, tzinfo=UTC)
DAYS = 16
OUTAGE = START + timedelta(days=14, hours=10)
OUTAGE_HOURS = 3
ROUTES = {"support/answer": "gpt-4o-mini", "support/triage": "gpt-5.4-mini"}
CALLS_PER_DAY = 150


def recent() -> bytes:
    """Return a call of today or yesterday, as a server at the wall's clock takes it."""
    return next(lines(days=1, start=datetime.now(UTC) - timedelta(days=1)))


def lately() -> datetime:
    """Return a Monday from which on traffic ends within the last week: a server has little to catch up."""
    first = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=DAYS)
    return first - timedelta(days=first.weekday())


def lines(*, seed: int = 1, days: int = DAYS, start: datetime = START) -> Iterator[bytes]:
    """Yield calls in order of time; for three hours of day 15 most of them fail on every route."""
    draw = random.Random(seed)  # noqa: S311 - the same traffic every time
    for day in range(days):
        for second in sorted(draw.uniform(0, 86_400) for _ in range(CALLS_PER_DAY * len(ROUTES))):
            at = start + timedelta(days=day, seconds=second)
            failing = OUTAGE <= START + (at - start) < OUTAGE + timedelta(hours=OUTAGE_HOURS)
            yield json.dumps(_call(draw, at, failing=failing)).encode()


def _call(draw: random.Random, at: datetime, *, failing: bool) -> dict[str, object]:
    route = draw.choice(sorted(ROUTES))
    failed = draw.random() < (0.7 if failing else 0.01)
    call: dict[str, object] = {
        "event_id": f"{draw.getrandbits(64):016x}",
        "occurred_at": at.isoformat(),
        "provider": "openai",
        "request_model": ROUTES[route],
        "team": "support",
        "route": route,
        "prompt": f"Where is parcel {draw.randrange(10**9)}?",
        "latency_ms": draw.lognormvariate(6, 0.5),
    }
    if failed:
        return call | {"error_type": "server_error"}
    usage = {"input": draw.randrange(100, 900), "output": draw.randrange(20, 200)}
    return call | {"response": "It arrives tomorrow before noon.", "finish_reason": "stop", "usage": usage}
