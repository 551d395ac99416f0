"""Calls that a gateway took in and that never reach the store become one page, in the embedded form."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from starlette.applications import Starlette
from starlette.testclient import TestClient

from services.config import Config
from services.document import fired
from services.gateway.http import Gateway
from services.gateway.receipts import Receipts
from services.run import Embedded
from stream.topics import GENERATIONS

START = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
CONFIG = {
    "teams": {"shop": {"owner": "shop-oncall"}},
    "routes": {"shop/*": {"team": "shop"}},
}


def _lines(first: int, n: int) -> bytes:
    call = {
        "occurred_at": START.isoformat(),
        "provider": "openai",
        "request_model": "gpt-4o",
        "route": "shop/faq",
        "usage": {"input": 9, "output": 2},
    }
    return b"\n".join(
        json.dumps({**call, "event_id": f"e{number}"}).encode() for number in range(first, first + n)
    )


def test_page(tmp_path: Path) -> None:
    """It says how many of how many, since when, and whose; the others make no alert."""
    clock = [START]
    with Embedded(tmp_path, Config.parse(CONFIG), lambda: clock[0]) as embedded:
        receipts = Receipts(embedded.log, embedded.clock, every_s=3600)
        gateway = Gateway(embedded.log, embedded.border, embedded.clock, receipts=receipts)
        client = TestClient(
            Starlette(routes=gateway.routes()), base_url="http://127.0.0.1:8765", client=("127.0.0.1", 1)
        )
        for number in range(3):
            clock[0] = START + timedelta(minutes=number)
            body = _lines(100 * number, 100)
            assert client.post("/v1/events", content=body).json()["accepted"] == 100
            if number == 1:  # somebody else reads them away: the worker never sees them
                taken = embedded.log.read(GENERATIONS, "score", lines=10_000)
                embedded.log.commit("score", [one.position for one in taken])
            while embedded.score():
                pass
        receipts.close()
        while embedded.score():
            pass
        clock[0] = START + timedelta(minutes=30)
        embedded.watch(clock[0])
        (alert,) = fired(embedded)
        assert (alert.signal, alert.severity, alert.team, alert.owner) == (
            *("completeness", "page"),
            *("shop", "shop-oncall"),
        )
        assert alert.began_at == START + timedelta(minutes=1)
        assert alert.observed == 1.0
        assert alert.n == 100
        clock[0] = START + timedelta(hours=2)
        embedded.watch(clock[0])
        (alert,) = fired(embedded)
        assert alert.resolved_at is not None
