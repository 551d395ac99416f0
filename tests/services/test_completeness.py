"""Calls that get lost on their way into the store become one page, in the embedded form."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from starlette.applications import Starlette
from starlette.testclient import TestClient

from services.access.door import Sender
from services.alerter.alert import Alert
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


class _Site:
    """A gateway and all behind it, at a clock that is set by hand."""

    def __init__(self, embedded: Embedded) -> None:
        self.embedded = embedded
        self.receipts = Receipts(embedded.log, embedded.clock, every_s=3600)
        gateway = Gateway(embedded.log, embedded.border, embedded.clock, receipts=self.receipts)
        self.client = TestClient(
            Starlette(routes=gateway.routes()), base_url="http://127.0.0.1:8765", client=("127.0.0.1", 1)
        )

    def score(self) -> None:
        while self.embedded.score():
            pass

    def alerts(self, now: datetime) -> list[Alert]:
        self.receipts.write()
        self.score()
        self.embedded.watch(now)
        return fired(self.embedded)


def test_page(tmp_path: Path) -> None:
    """Calls that are not stored are a page: how many of how many, since when, and whose; then it is over."""
    clock = [START]
    with Embedded(tmp_path, Config.parse(CONFIG), lambda: clock[0]) as embedded:
        site = _Site(embedded)
        for number in range(3):
            clock[0] = START + timedelta(minutes=number)
            body = _lines(100 * number, 100)
            assert site.client.post("/v1/events", content=body).json()["accepted"] == 100
            if number == 1:  # somebody else reads them away: the worker never sees them
                taken = embedded.log.read(GENERATIONS, "score", lines=10_000)
                embedded.log.commit("score", [one.position for one in taken])
            site.score()
        clock[0] = START + timedelta(minutes=30)
        (alert,) = site.alerts(clock[0])
        assert (alert.signal, alert.severity, alert.team, alert.owner) == (
            *("completeness", "page"),
            *("shop", "shop-oncall"),
        )
        assert alert.began_at == START + timedelta(minutes=1)
        assert (alert.observed, alert.n) == (1.0, 100)
        assert "100 of 100 calls that gateways took in were not stored within 15 minutes" in alert.note
        clock[0] = START + timedelta(hours=2)
        (alert,) = site.alerts(clock[0])
        assert alert.resolved_at is not None


def test_lost_before(tmp_path: Path) -> None:
    """Calls that an application says it has lost are one too, with the reason; told twice they count once."""
    clock = [START]
    with Embedded(tmp_path, Config.parse(CONFIG), lambda: clock[0]) as embedded:
        site = _Site(embedded)
        counts = "client=c1; team=shop; captured=1000/1000; queue_full=50/50; rejected=400/400"
        for number in range(2):
            body = _lines(100 * number, 100)
            answer = site.client.post("/v1/events", content=body, headers={"Fmwatch-Counts": counts})
            assert answer.status_code == 200
        clock[0] = START + timedelta(minutes=30)
        (alert,) = site.alerts(clock[0])
        assert (alert.signal, alert.team, alert.n, alert.observed) == ("completeness", "shop", 250, 0.2)
        assert "applications lost 50 calls before they were sent (50 queue_full)" in alert.note


def test_another_tenants(tmp_path: Path) -> None:
    """Calls that are sent with a token of another tenant are kept nowhere, so they are lost, and say so."""
    with Embedded(tmp_path, Config.parse(CONFIG), lambda: START) as embedded:
        receipts = Receipts(embedded.log, embedded.clock, every_s=3600)
        gateway = Gateway(embedded.log, embedded.border, embedded.clock, receipts=receipts)
        line = json.dumps({"tenant": "other", **json.loads(_lines(0, 1))}).encode()
        rejects = gateway.put([line] * 12, "generation", Sender("acme"))
        assert {one.reason for one in rejects} == {"foreign_tenant"}
        receipts.close()
        while embedded.score():
            pass
        (row,) = embedded.database.rows("SELECT tenant, lost_by_reason FROM v_completeness")
        assert row == {"tenant": "acme", "lost_by_reason": {"lost_foreign_tenant": 12}}
