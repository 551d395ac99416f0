"""Where a person says something of an alert."""

from __future__ import annotations

from abc import abstractmethod

from services.alerter.alert import Alert
from services.alerter.errors import UnknownAlert
from services.alerter.ledger import Ledger
from services.alerter.word import Verb, check, check_said, chosen, word
from services.alerts.reading import Document, Reading


class Saying(Reading):
    """Answers, writes down what is said, and sees that the alerter takes it."""

    def about(self, prefix: str, verb: Verb) -> str:
        """Return the id of the alert that begins so, if that can be said of it; nothing is said.

        Raises
        ------
        UnknownAlert, AmbiguousAlert, AlertOver : it cannot
        StoreUnavailable : ask again later
        """
        return self._alert(prefix, verb, self._ledger()).id

    def say(self, prefix: str, verb: Verb, by: str, note: str) -> Document:
        """Say something of the alert whose id begins so; the same may be said again.

        Return {alert, heard}: the alert now, and whether what was said holds already.

        Raises
        ------
        Unspeakable, UnknownAlert, AmbiguousAlert, AlertOver : nothing was said
        StoreUnavailable : say the same again later
        """
        check_said(by, note)
        ledger = self._ledger()
        alert = self._alert(prefix, verb, ledger)
        said = word(alert, verb, by, self.clock(), note)
        ledger.save_word(said, alert, None)
        self._pass_on(said.id)
        return {"alert": self.document(ledger.alert(alert.id) or alert), "heard": self.heard(said.id)}

    def _alert(self, prefix: str, verb: Verb, ledger: Ledger) -> Alert:
        alert = ledger.alert(chosen(self.named(prefix), prefix))
        if alert is None:
            raise UnknownAlert(f"the alert {prefix!r} has just been erased")
        check(alert, verb)
        return alert

    @abstractmethod
    def _ledger(self) -> Ledger:
        """Return where alerts and words are kept."""

    @abstractmethod
    def _pass_on(self, word_id: str) -> None:
        """Let the alerter take what was said, for as long as a person would wait for it."""
