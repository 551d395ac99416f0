"""Through the whole pipeline: traffic that stops is a page, a budget that is passed a ticket of its team."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

from services.config import Config
from services.document import fired
from services.run import Embedded
from tests.services.small_fleet import START, lines

SILENT = (START + timedelta(days=14, hours=1), START + timedelta(days=15))
BUDGET = {"teams": {"support": {"owner": "support-oncall", "budget_usd_per_month": 0.5}}}


def _there(line: bytes) -> bool:
    call = json.loads(line)
    silent = SILENT[0].isoformat() <= call["occurred_at"] < SILENT[1].isoformat()
    return call["route"] != "support/answer" or not silent


def test_alerts(tmp_path: Path) -> None:
    """A route that stops for a day is one page, over when it is back; its team's budget is one ticket."""
    now = START + timedelta(days=16)
    with Embedded(tmp_path, Config.parse(BUDGET), lambda: now) as embedded:
        embedded.ingest([line for line in lines() if _there(line)])
        while embedded.score():
            pass
        embedded.watch(now)
        alerts = {one.signal: one for one in fired(embedded) if one.signal in {"silence", "budget"}}
        silence, budget = alerts["silence"], alerts["budget"]
        assert (silence.severity, silence.routes) == ("page", ("support/answer",))
        assert silence.title == "Traffic has stopped on support/answer"
        assert SILENT[0] - timedelta(hours=1) < silence.began_at < SILENT[0] + timedelta(hours=1)
        assert silence.resolved_at is not None
        assert (budget.severity, budget.series.level, budget.team) == ("ticket", "team", "support")
        assert budget.owner == "support-oncall"
        assert budget.title == "The month's budget of team support is passed"
        assert budget.facts["budget"] == "passed"
        assert [one.signal for one in fired(embedded)].count("silence") == 1


def test_set_later(tmp_path: Path) -> None:
    """A budget that is set in the middle of a month counts the calls of before, which the store has."""
    first, now = START + timedelta(days=3), START + timedelta(days=3, hours=2)
    with Embedded(tmp_path, Config(), lambda: first) as embedded:
        embedded.ingest(lines(days=4))
        while embedded.score():
            pass
        embedded.watch(first)
        embedded.watcher.save()
    small = {"teams": {"support": {"owner": "support-oncall", "budget_usd_per_month": 0.01}}}
    with Embedded(tmp_path, Config.parse(small), lambda: now) as embedded:
        embedded.watch(now)
        (budget,) = [one for one in embedded.alerter.grouping.open if one.signal == "budget"]
        assert budget.facts["budget"] == "passed"
        assert budget.n > 500
        assert budget.detected_at == first + timedelta(hours=1)
