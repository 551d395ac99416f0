"""Pairs on the production path: read from the store, put on the brokers, judged by a model and a person."""

from __future__ import annotations

import json
import os
import re
import subprocess
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from services.access.door import LocalDoor
from services.config import Config, LogConfig
from services.fake_provider.reply import Reply
from services.fake_provider.testing import FakeProvider
from services.late_log import LateLog
from services.testing import FMWATCH, Production
from services.worker.console import application
from store.database import Database
from tests.services.console.pressing import press
from tests.services.shadow.calls import CANDIDATE, ROUTE, lines

pytestmark = pytest.mark.kafka
LABELS = "SELECT count() AS n FROM v_feedback WHERE kind = 'label' AND value_number = 1"


def run(production: Production, *arguments: object) -> dict[str, Any]:
    """Run a command on this broker and this store, and return its document."""
    places = {"FMWATCH_LOG_KAFKA": production.brokers, "FMWATCH_STORE_CLICKHOUSE": production.store.url}
    done = subprocess.run(
        [FMWATCH, *map(str, arguments), "--json"], capture_output=True, check=False, env=os.environ | places
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def count(database: Database) -> tuple[int, int]:
    """Return how many pairs and how many verdicts are stored."""
    row = database.rows(
        "SELECT (SELECT count() FROM v_calls WHERE tags['pair_of'] != '') AS pairs, "
        "(SELECT count() FROM v_feedback WHERE by = 'judge') AS verdicts"
    )[0]
    return row["pairs"], row["verdicts"]


def test_shadow(production: Production, tmp_path: Path) -> None:
    """Answers go over the brokers into the store; before they are there, nothing is asked twice."""
    production.send(lines(10).splitlines())
    with (
        Database.open(url=production.store.url) as database,
        FakeProvider(reply=Reply("Next week.")) as provider,
    ):
        with production.worker("score", "--consumer", "plain"):
            production.until(lambda: database.rows("SELECT count() AS n FROM v_calls")[0]["n"] == 10)
        to = ("--route", ROUTE, "--candidate", CANDIDATE, "--url", provider.openai_url, "--usd", 1)
        more = (*to, "--data", tmp_path / "here", "--per-minute", 60_000)
        assert run(production, "shadow", *more, "--pairs", 6)["pairs"] == 6
        assert run(production, "shadow", *more, "--pairs", 6)["asked"] == 0
        assert len(provider.asked) == 6
        assert count(database) == (0, 0)
        with production.worker("score", "--consumer", "plain"):
            production.until(lambda: count(database) == (6, 0))
            assert run(production, "judge", *more, "--by", "openai/gpt-5")["now"]["unreadable"] == 6
            production.until(lambda: count(database) == (6, 6))
            with LateLog(Config(log=LogConfig(kafka=production.brokers))) as log:
                judge_one(database, log)
            production.until(lambda: database.rows(LABELS)[0]["n"] == 2)


def judge_one(database: Database, log: LateLog) -> None:
    """Say on the production console that both answers of a pair are bad."""
    app = application(database, LocalDoor(), Config(), log)
    browser = TestClient(app, base_url="http://127.0.0.1:8766", client=("127.0.0.1", 40_000))
    (judge,) = re.findall(r'href="(/label/judge[^"]+)"', browser.get("/label").text)
    page = browser.get(f"{unescape(judge)}&by=ana")
    assert "Where is parcel" in page.text
    assert press(browser, page, "both").status_code == 303
