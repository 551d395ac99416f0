"""`fmwatch worker watch`: watcher, alerter and advisor on the production path, one leader of several."""

from __future__ import annotations

import logging
import signal
import threading
from datetime import UTC, datetime, timedelta

from services.config import Config
from services.lookout import LONG_PAST, ROUND_S, Lookout
from services.wiring import Production
from services.worker import logs
from store.database import Database
from store.errors import StoreUnavailable
from stream.errors import LogUnavailable
from stream.kafka_log import KafkaLog
from stream.leader import Leader

LOOK_S = 1.0  # how often a candidate looks whether it leads
ADVICE = timedelta(hours=1)

_log = logging.getLogger("fmwatch")


def watch(config: Config) -> None:
    """Watch while this process leads, stand by while another does; until SIGTERM or SIGINT.

    Raises
    ------
    ConfigError : the configuration names no Kafka or no ClickHouse server
    LogError, StoreUnavailable : broker or store do not answer at the start
    """
    places = Production.of(config)
    logs.to_stderr()
    with (
        Database.open(url=places.clickhouse) as database,
        KafkaLog(places.brokers) as log,
        Leader(places.brokers) as leader,
    ):
        candidate = Watch(config, database, log, leader)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: candidate.stop())
        candidate.run()


class Watch:
    """One candidate's rounds. A round that fails for a while is logged and done again."""

    def __init__(self, config: Config, database: Database, log: KafkaLog, leader: Leader) -> None:
        self._config = config
        self._database = database
        self._log = log
        self._leader = leader
        self._lookout: Lookout | None = None
        self._stopping = threading.Event()

    def stop(self) -> None:
        """End after the minutes in hand; from any thread or a signal."""
        self._stopping.set()
        if self._lookout is not None:
            self._lookout.ending = True

    def run(self) -> None:
        """Stand by and watch in turn until told to stop."""
        while not self._stopping.is_set():
            try:
                if self._leader.leads():
                    self._lead()
            except (StoreUnavailable, LogUnavailable) as error:
                _log.warning("%s; tried again in %.0f s", error, ROUND_S)
                self._stopping.wait(ROUND_S)
            self._stopping.wait(LOOK_S)

    def _lead(self) -> None:
        """Go on where the last leader's snapshot ends; what it said after that has the same ids again."""
        self._lookout = lookout = Lookout(self._config, self._database, self._log, _now, notify=LONG_PAST)
        advised = _now() - ADVICE
        while self._leader.leads():
            lookout.live()
            if _now() - advised >= ADVICE:
                lookout.daily()
                advised = _now()
            if self._rest():
                lookout.watcher.save()
                return

    def _rest(self) -> bool:
        """Wait for the next round, but not longer than we lead; True where it is time to stop."""
        for _ in range(round(ROUND_S / LOOK_S)):
            if self._stopping.wait(LOOK_S):
                return True
            if not self._leader.leads():
                return False
        return False


def _now() -> datetime:
    return datetime.now(UTC)
