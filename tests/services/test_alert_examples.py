"""An outage from calls to words: what is told of it, and what of its calls may be."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from services.config import Config
from services.document import fired
from services.replay_command import take_in
from services.run import Embedded
from services.wording.alert import headline, lines
from stream.sources import Memory
from tests.services.small_fleet import DAYS, START
from tests.services.small_fleet import lines as traffic


def test_outage(tmp_path: Path) -> None:
    """One platform fails: the alert says so, suspects the provider, and shows no call of a quiet route."""
    config = Config.parse({"routes": {"support/triage": {"capture_content": False}}})
    with Embedded(tmp_path, config, lambda: START + timedelta(days=DAYS)) as embedded:
        take_in(embedded, [Memory("traffic", list(traffic()))])
        (page,) = [alert for alert in fired(embedded) if alert.severity == "page"]
        said = dict(lines(page))
        assert headline(page).startswith("Over: openai (2 routes): ")
        assert said["Cause"].startswith("Likely the provider: 2 routes on openai at once; ")
        assert "team support" in said["For whom"]
        shown = embedded.alerter.outbox.examples(page)
        assert shown
        assert all(example.about.startswith("support/answer") for example in shown)
