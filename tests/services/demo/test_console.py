"""What a demo serves at the end of its own time: a console that takes words, and answers to commands."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest
from starlette.testclient import TestClient

from detectors.monitors.base import Series, Signal
from services.config import Config
from services.demo.demo import config, planned
from services.demo.fleet import fleet
from services.demo.served import served
from services.replay_command import take_in
from services.run import Embedded
from stream.sources import Memory

ROUTE = "product/assistant"
PLAN = planned(seed=1, days=28, incidents="none", as_of=date(2026, 8, 21))
OF = fleet().routes[ROUTE]


@pytest.fixture(name="embedded")
def _embedded(tmp_path: Path) -> Iterator[Embedded]:
    """One call of a route, an hour before the demo's end."""
    call = {
        "event_id": "one",
        "occurred_at": (PLAN.end - timedelta(hours=1)).isoformat(),
        "provider": OF.provider,
        "platform": OF.platform,
        "request_model": OF.model,
        "team": OF.team,
        "route": ROUTE,
    }
    with Embedded(tmp_path, Config.parse(config(fleet())), lambda: PLAN.end) as embedded:
        take_in(embedded, [Memory("traffic", [json.dumps(call).encode()])])
        yield embedded


def browser(embedded: Embedded) -> TestClient:
    """Return a browser on the machine of the demo."""
    return TestClient(served(embedded), base_url="http://127.0.0.1:8765", client=("127.0.0.1", 40_000))


def raised(embedded: Embedded) -> str:
    """Raise an alert on the route; return its id."""
    minute = int(PLAN.end.timestamp()) // 60 - 30
    found = Signal(
        signal="error",
        state="raised",
        series=Series("route", "default", route=ROUTE),
        team=OF.team,
        minute=minute,
        began=minute - 60,
        began_low=minute - 60,
        began_high=minute - 60,
        observed=0.3,
        reference=0.01,
        low=0.2,
        high=0.4,
        unit="ratio",
        n=100,
        routes=(ROUTE,),
        share_of_traffic=0.1,
        monitor="rate 1",
        note="",
    )
    (alert,) = embedded.alerter.take([found], PLAN.end, notify=False)
    return alert.id


def test_owner(embedded: Embedded) -> None:
    """A route's page names the owner of the team that has it, as the demo's configuration says."""
    place = {"route": ROUTE, "platform": OF.platform, "model": OF.model, "tenant": "default"}
    page = browser(embedded).get(f"/series?{urlencode(place)}").text
    assert "<dt>owner</dt><dd><strong>product-oncall</strong>" in page
    assert "nobody named" not in page


def test_said(embedded: Embedded) -> None:
    """What is said of an alert holds at once, and stands in its list for commands."""
    alert_id, client = raised(embedded), browser(embedded)
    page = client.get(f"/alerts/{alert_id}").text
    (key,) = re.findall(r'name="key" value="([^"]+)"', page)
    said = client.post(f"/alerts/{alert_id}/ack", data={"by": "ana", "note": "looking", "key": key})
    assert "acknowledged by ana" in said.text
    (listed,) = client.get("/api/alerts").json()["alerts"]
    assert (listed["id"], listed["state"]) == (alert_id, "acknowledged")


def test_report(embedded: Embedded) -> None:
    """An alert's page names the command for the report with the demo's directory, and that is answered."""
    alert_id, client = raised(embedded), browser(embedded)
    hint = f"fmwatch report --signal {alert_id} --data {embedded.directory}"
    assert hint in client.get(f"/alerts/{alert_id}").text
    answer = client.get("/api/report.json", params={"signal": alert_id})
    assert answer.status_code == 200
    assert datetime.fromisoformat(answer.json()["made_at"]) <= PLAN.end


def test_closed(embedded: Embedded) -> None:
    """What would pay for answers that go with the demo is refused before anybody is asked, with a reason."""
    client = browser(embedded)
    for path in (
        "/api/shadow/draw",
        "/api/shadow/uses",
        "/api/erase",
        "/v1/events",
        "/api/dead-letters/replay",
    ):
        answer = client.post(path, content=b"{}")
        assert (answer.status_code, "this is a demo" in answer.json()["error"]) == (403, True)


def test_well(embedded: Embedded) -> None:
    """Who asks whether it is well is told so."""
    assert browser(embedded).get("/healthz").json() == {"status": "ok"}
