"""A store with four usual days and one on which a new prompt, model and language come, for reports.

What is arranged: on the last day answers are cut ten times as often, a third is French, half of the calls
goes to a model at another price, and a name is as hostile as names get.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from fmwatch.event import Change

from detectors.monitors.base import Series
from services.alerter.alert import Alert
from services.alerter.store_ledger import StoreLedger
from services.config import Config
from services.replay_command import take_in
from services.run import Embedded
from stream.sources import Memory

START = datetime(2026, 8, 10, tzinfo=UTC)  # a Monday
DAYS = 5
BAD = START + timedelta(days=4)
NOW = START + timedelta(days=DAYS)
PER_DAY = 240
ROUTE = "support/answer"
HOSTILE = "ev'il\"{$}</script><script>harmed=1</script>|[x](javascript:y)😀" + "m" * 260
LONELY = "legal/once"
ALERT = "5ee1e5abcd000001"


def made(directory: Path) -> Path:
    """Return the directory of a store in which all of it was taken in, with an alert about the last day."""
    with Embedded(directory, Config.parse({}), lambda: NOW) as embedded:
        take_in(embedded, [Memory("traffic", [*lines()])])
        embedded.writer.changes(
            [
                Change(
                    at=BAD - timedelta(minutes=5),
                    kind="prompt",
                    route=ROUTE,
                    from_="v1",
                    to="v2<b>",
                    by="ana",
                ),
                Change(at=BAD, kind="deploy", route="other/route", by="bob"),
            ]
        )
        StoreLedger(embedded.database, lambda: NOW).save_alerts([alert()], NOW)
    return directory


def lines() -> Iterator[bytes]:
    """Yield calls in order of time."""
    draw = random.Random(7)  # noqa: S311 - the same traffic every time
    for day in range(DAYS):
        bad = day == DAYS - 1
        for number in range(PER_DAY):
            at = START + timedelta(days=day, minutes=6 * number)
            yield json.dumps(_call(draw, at, bad=bad)).encode()
    lonely = {
        "event_id": "once",
        "occurred_at": NOW.isoformat(),
        "provider": "openai",
        "request_model": "gpt-4o",
    }
    yield json.dumps(
        lonely | {"route": LONELY, "occurred_at": (NOW - timedelta(hours=1)).isoformat()}
    ).encode()


def _call(draw: random.Random, at: datetime, *, bad: bool) -> dict[str, object]:
    cut = draw.random() < (0.3 if bad else 0.03)
    french = bad and draw.random() < 0.33
    other = bad and draw.random() < 0.5
    number = draw.randrange(10**9)
    return {
        "event_id": f"{draw.getrandbits(64):016x}",
        "occurred_at": at.isoformat(),
        "provider": "openai",
        "request_model": "gpt-4o" if other else "gpt-4o-mini",
        "response_model": HOSTILE if other else "gpt-4o-mini-2024-07-18",
        "team": "support",
        "route": ROUTE,
        "prompt_version": "v2" if bad else "v1",
        "prompt": (
            f"Où se trouve mon colis {number} et pourquoi est-il en retard ?"
            if french
            else f"Where is my parcel {number} and why is it late?"
        ),
        "response": (
            "Votre colis arrive demain avant midi, avec la voiture habituelle."
            if french
            else "It arrives tomorrow before noon, by the usual van."
        ),
        "finish_reason": "length" if cut else "stop",
        "latency_ms": draw.lognormvariate(6, 0.5),
        "usage": {"input": draw.randrange(100, 900), "output": 200 if cut else draw.randrange(20, 180)},
    }


def alert() -> Alert:
    """Return an alert about the last day."""
    found = BAD + timedelta(hours=3)
    return Alert(
        ALERT, "f", "truncated", "truncated", "page", "resolved",
        Series("route", "default", route=ROUTE), "support", "", (ROUTE,), 1.0,
        BAD, BAD - timedelta(minutes=30), BAD + timedelta(minutes=30), found,
        0.3, 0.03, 0.2, 0.4, "ratio", 30, "rate", f"{ROUTE}: 30 % of answers <i>are</i> cut",
        fired_at=found, resolved_at=BAD + timedelta(hours=20),
    )  # fmt: skip
