"""Where a person says something of an alert."""

from __future__ import annotations

from abc import abstractmethod

from services import alert_json
from services.alerter.errors import UnknownAlert
from services.alerter.ledger import Ledger
from services.alerter.word import Verb, check, chosen, word
from services.alerts.reading import Document, Reading


class Saying(Reading):
    """Answers, writes down what is said, and sees that the alerter takes it."""

    def say(self, prefix: str, verb: Verb, by: str, note: str) -> Document:
        """Say something of the alert whose id begins so; the same may be said again.

        Return {alert, heard}: the alert now, and whether what was said holds already.

        Raises
        ------
        UnknownAlert, AmbiguousAlert, AlertOver : nothing was said
        StoreUnavailable : say the same again later
        """
        ledger = self._ledger()
        alert = ledger.alert(chosen(self.named(prefix), prefix))
        if alert is None:
            raise UnknownAlert(f"the alert {prefix!r} has just been erased")
        check(alert, verb)
        said = word(alert, verb, by, self.clock(), note)
        ledger.save_word(said, alert, None)
        self._pass_on(said.id)
        return {"alert": alert_json.document(ledger.alert(alert.id) or alert), "heard": self.heard(said.id)}

    @abstractmethod
    def _ledger(self) -> Ledger:
        """Return where alerts and words are kept."""

    @abstractmethod
    def _pass_on(self, word_id: str) -> None:
        """Let the alerter take what was said, for as long as a person would wait for it."""
