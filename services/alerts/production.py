"""Alerts on a ClickHouse server, beside the watcher that leads in a process of its own."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime

from services.alerter.ledger import Ledger
from services.alerter.store_ledger import StoreLedger
from services.alerts.saying import Saying
from services.config import Config
from services.lookout import ROUND_S
from store.database import Database

PATIENCE_S = ROUND_S + 5.0
LOOK_S = 0.5

Wait = Callable[[float], None]


class Production(Saying):
    """Leaves what is said in the store, where the watcher that leads takes it in its next round."""

    def __init__(
        self, database: Database, config: Config, clock: Callable[[], datetime], wait: Wait = time.sleep
    ) -> None:
        super().__init__(database, config, clock)
        self._wait = wait

    def _ledger(self) -> Ledger:
        return StoreLedger(self.database, self.clock)

    def _pass_on(self, word_id: str) -> None:
        for _ in range(round(PATIENCE_S / LOOK_S)):
            if self.heard(word_id):
                return
            self._wait(LOOK_S)
