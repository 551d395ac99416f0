"""What is asked about alerts, answered from the store's views."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec

from services import alert_json
from services.alert_json import stamp
from services.alerter.alert import Alert
from services.alerts.truth import MONTH_DAYS, truth
from services.config import Config
from services.wiring import addresses
from store import alert_words, alerting, series_state
from store.database import Database, utc
from store.queries import first_minute

Document = dict[str, Any]

DAYS, MOST_DAYS = 30, 3650  # for which alerts that are over are listed: as usual, and at most

# Made at import: of several threads that use a type for the first time one may crash (msgspec 0.22).
_ALERT = msgspec.json.Decoder(Alert)


class Reading:
    """Answers from a store. Any thread may call it.

    Parameters
    ----------
    clock : what time it is for what is stored; of old files it is the end of their own time
    """

    def __init__(self, database: Database, config: Config, clock: Callable[[], datetime]) -> None:
        self.database = database
        self.config = config
        self.clock = clock

    def alerts(self, days: int = DAYS) -> list[Document]:
        """Return the alerts that are open, however old, or were over within so many days, in order."""
        bodies = alerting.alert_bodies(self.database, self.clock() - timedelta(days=days))
        return [self.document(_ALERT.decode(body)) for body in bodies]

    def document(self, alert: Alert) -> Document:
        """Return an alert with links to where people reach its page."""
        return alert_json.document(alert, addresses(self.config))

    def truth(self) -> Document:
        """Return how many pages and tickets of the last month people have called false."""
        until = self.clock()
        first = first_minute(self.database)
        begun = until if first is None else datetime.fromtimestamp(first * 60, until.tzinfo)
        since = max(until - timedelta(days=MONTH_DAYS), min(begun, until))
        return truth(alerting.outcomes(self.database, since), self.config, since, until)

    def series(self) -> list[Document]:
        """Return how far every series has come, for each of its signals."""
        return [_series(row) for row in series_state.states(self.database)]

    def named(self, prefix: str) -> list[str]:
        """Return the ids of alerts that begin so."""
        return alerting.alert_ids(self.database, prefix)

    def heard(self, word_id: str) -> bool:
        """Tell whether the alerter has taken a word."""
        return alert_words.heard(self.database, word_id)


def _series(row: Document) -> Document:
    times = ("since", "ready_at", "last_at")
    moments = {name: None if row[name] is None else stamp(utc(row[name])) for name in times}
    return {**row, **moments}
