"""The console of a demo knows who owns what, as its configuration says."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import urlencode

from starlette.testclient import TestClient

from services.config import Config
from services.demo.command import shown
from services.demo.demo import config, planned
from services.demo.fleet import fleet
from services.replay_command import take_in
from services.run import Embedded
from stream.sources import Memory

ROUTE = "product/assistant"


def test_owner(tmp_path: Path) -> None:
    """A route's page names the owner of the team that has it."""
    of = fleet()
    plan = planned(seed=1, days=28, incidents="none", as_of=date(2026, 8, 21))
    route = of.routes[ROUTE]
    call = {
        "event_id": "one",
        "occurred_at": (plan.end - timedelta(hours=1)).isoformat(),
        "provider": route.provider,
        "platform": route.platform,
        "request_model": route.model,
        "team": route.team,
        "route": ROUTE,
    }
    with Embedded(tmp_path, Config.parse(config(of)), lambda: plan.end) as embedded:
        take_in(embedded, [Memory("traffic", [json.dumps(call).encode()])])
        place = {"route": ROUTE, "platform": route.platform, "model": route.model, "tenant": "default"}
        page = TestClient(shown(embedded, plan)).get(f"/series?{urlencode(place)}").text
    assert "<dt>owner</dt><dd><strong>product-oncall</strong>" in page
    assert "nobody named" not in page
