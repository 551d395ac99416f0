"""From the allow-list in the configuration to a label on the call, a view, and a ticket with examples."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

from services.config import Config
from services.document import fired
from services.run import Embedded
from tests.services.small_fleet import START

ALLOW = {"routes": {"law/*": {"allow": {"platforms": ["azure"], "regions": ["eu-*"]}}}}


def _call(index: int, region: str, route: str = "law/review") -> bytes:
    at = (START + timedelta(minutes=index)).isoformat()
    call = {"event_id": f"c{index}", "occurred_at": at, "provider": "openai", "platform": "azure"}
    return json.dumps({**call, "request_model": "gpt-4o", "route": route, "region": region}).encode()


def test_ticket(tmp_path: Path) -> None:
    """One call out of place is a ticket on its route that names it, over after fifty that are in place."""
    calls = [_call(0, "eu-west-1"), _call(1, "us-east-1"), _call(2, ""), _call(3, "us-east-1", "shop/faq")]
    calls += [_call(index, "eu-west-1") for index in range(4, 60)]
    now = START + timedelta(hours=3)
    with Embedded(tmp_path, Config.parse(ALLOW), lambda: now) as embedded:
        embedded.ingest(calls)
        while embedded.score():
            pass
        embedded.watch(now)
        (alert,) = [one for one in fired(embedded) if one.signal == "residency"]
        assert alert.severity == "ticket"
        assert (alert.series.level, alert.routes) == ("route", ("law/review",))
        assert alert.examples == ("c1",)
        assert alert.detected_at - START < timedelta(minutes=5)
        assert alert.resolved_at is not None
        rows = embedded.database.rows(
            "SELECT route, region, residency_label AS label, n FROM v_residency("
            "since = '2026-08-03 00:00:00', until = '2026-08-03 03:00:00') ORDER BY route, region"
        )
        assert [(row["region"], row["label"], row["n"]) for row in rows if row["route"] == "law/review"] == [
            ("", "not_assessable", 1),
            ("eu-west-1", "ok", 57),
            ("us-east-1", "violation", 1),
        ]
        assert [row["label"] for row in rows if row["route"] == "shop/faq"] == ["ok"]
