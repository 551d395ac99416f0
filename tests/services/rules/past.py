"""A past to look back on: the small fleet's sixteen days with one outage, watched as they were."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from services.alerter.alert import Alert
from services.config import Config
from services.document import fired
from services.replay_command import take_in
from services.run import Embedded
from stream.sources import Memory
from tests.services.small_fleet import DAYS, START, lines

TEAMS = {"support": {"owner": "support-oncall"}}
END = START + timedelta(days=DAYS)


def watched(directory: Path) -> Sequence[Alert]:
    """Fill a directory, and return the alerts that fired while it was watched."""
    with Embedded(directory, Config.parse({"teams": TEAMS}), lambda: END) as embedded:
        take_in(embedded, [Memory("traffic", list(lines()))])
        return fired(embedded)
