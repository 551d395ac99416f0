"""A store with three weeks of the small fleet, a change and advice, for digests."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from fmwatch.event import Change

from services.config import Config
from services.replay_command import take_in
from services.run import Embedded
from stream.sources import Memory
from tests.services.small_fleet import DAYS, START, lines

NOW = START + timedelta(days=DAYS)  # a Wednesday: 2026-08-19
CONFIG: dict[str, object] = {
    "teams": {"support": {"owner": "support-oncall"}},
    "routes": {"support/*": {"team": "support"}},
}
ENDING = "gpt-3.5-turbo-1106"


def made(directory: Path) -> Path:
    """Return the directory of a store in which all of it was taken in, watched and advised on."""
    with Embedded(directory, Config.parse(CONFIG), lambda: NOW) as embedded:
        take_in(embedded, [Memory("traffic", [*lines(), *_ending()])])
        embedded.writer.changes(
            [
                Change(
                    at=datetime(2026, 8, 11, 9, 30, tzinfo=UTC),
                    kind="prompt",
                    route="support/answer",
                    from_="v13",
                    to="v14",
                    by="anna",
                    note="shorter | *answers*",
                )
            ]
        )
        embedded.advise(NOW.date())
    return directory


def _ending() -> list[bytes]:
    """Return calls of a route on a model that ends, from the second week on, and three that have no price."""
    call = {
        "provider": "openai",
        "team": "search",
        "route": "search/rank",
        "request_model": ENDING,
        "response": "3, 1, 2",
        "usage": {"input": 2000, "output": 100},
    }
    found = []
    for number in range(9 * 40):
        at = START + timedelta(days=7 + number // 40, minutes=30 * (number % 40))
        own = {"event_id": f"ending-{number}", "occurred_at": at.isoformat()}
        found.append({**call, **own, **({"request_model": "own-model"} if number < 3 else {})})
    return [json.dumps(one).encode() for one in found]
