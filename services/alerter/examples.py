"""Example calls for a notification, read when it is sent: what was erased meanwhile is not in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

from services.alerter.alert import Alert
from services.wording.examples import Example, call_of, examples, shows
from store.console import calls
from store.database import Database

BEFORE, AFTER = timedelta(days=1), timedelta(days=30)
MOST = 2
SILENT = frozenset({"privacy"})  # what was found in its calls is better not sent anywhere


def none(_: Alert) -> tuple[()]:
    """Return nothing to show of an alert."""
    return ()


class StoreExamples:
    """Reads an alert's example calls from the store, redacted and masked.

    Parameters
    ----------
    speaks : whether the content of a route's calls may be shown
    """

    def __init__(self, database: Database, speaks: Callable[[str], bool]) -> None:
        self.database = database
        self.speaks = speaks

    def __call__(self, alert: Alert) -> Sequence[Example]:
        """Return the first few; raises StoreUnavailable where the store is away."""
        if not alert.examples or alert.signal in SILENT:
            return ()
        rows = calls(
            self.database,
            alert.examples,
            since=alert.began_low - BEFORE,
            until=alert.detected_at + AFTER,
        )
        found = [call for call in map(call_of, rows) if shows(alert, call) and self.speaks(call.route)]
        return examples(alert, found)[:MOST]
