"""Example calls for a notification, read when it is sent: what was erased meanwhile is not in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from services.alerter.alert import Alert
from services.alerter.explain import asked_of
from services.alerter.kinship import DRIFT
from services.alerter.triage import QUESTIONS
from services.wording.examples import Call, Example, call_of, examples, shown, shows
from services.wording.telling import telling
from store.console import calls
from store.database import Database
from store.slices import usual

BEFORE, AFTER = timedelta(days=1), timedelta(days=30)
MOST = 2
MOST_USUAL = 300  # usual calls that an alert's are held against
SILENT = frozenset({"privacy"})  # what was found in its calls is better not sent anywhere


def none(_: Alert) -> tuple[()]:
    """Return nothing to show of an alert."""
    return ()


class StoreExamples:
    """Reads an alert's example calls from the store, redacted and masked.

    Where an alert is about a kind of text, the first example has the words that tell it from the usual ones.

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
        found = self._calls(alert.examples, alert.began_low - BEFORE, alert.detected_at + AFTER)
        own = [call for call in found if shows(alert, call)]
        first = examples(alert, own)[:MOST]
        words = self._words(alert, own) if first else ()
        return [replace(one, words=words if at == 0 else ()) for at, one in enumerate(first)]

    def _calls(self, ids: Sequence[str], since: datetime, until: datetime) -> list[Call]:
        rows = calls(self.database, ids, since=since, until=until)
        return [call for call in map(call_of, rows) if self.speaks(call.route)]

    def _words(self, alert: Alert, own: Sequence[Call]) -> tuple[str, ...]:
        part, asked = alert.explanation.slice, asked_of(alert)
        of_a_kind = alert.signal in DRIFT or (part is not None and part.by == QUESTIONS)
        if asked is None or not of_a_kind:
            return ()
        side = "response" if alert.signal == "response_drift" else "prompt"
        ids = usual(self.database, asked, MOST_USUAL)
        before = [call for call in self._calls(ids, asked.since, asked.began) if call.tenant == asked.tenant]
        return telling(_texts(own, side), _texts(before, side))


def _texts(found: Sequence[Call], side: str) -> list[str]:
    """Return the texts of one side as they may be shown; toxic ones may not."""
    fine = [call for call in found if call.labels.get(f"toxicity_{side}") != "toxic"]
    return [shown(getattr(call, side), toxic=False) for call in fine]
