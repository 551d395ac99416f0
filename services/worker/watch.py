"""`fmwatch worker watch`: watcher, alerter and advisor on the production path, one leader of several."""

from __future__ import annotations

import logging
import signal
import threading
from contextlib import suppress
from functools import partial

from services.address import Address
from services.advice_round import AdviceRound
from services.config import Config
from services.lookout import LONG_PAST, ROUND_S, Lookout
from services.lookout_numbers import LookoutNumbers
from services.metrics_endpoint import MetricsEndpoint, health_of
from services.wall import now
from services.wiring import brokers, check_production, opened
from services.worker import logs
from store.database import Database
from store.errors import StoreUnavailable
from stream.errors import LogUnavailable
from stream.kafka_log import KafkaLog
from stream.kafka_topics import present
from stream.leader import ROUND_MS, Leader
from stream.meter import Meter
from stream.metrics import LEADER, PROGRESS_AGE
from stream.pulse import Pulse
from stream.topics import ALERTS, INGEST, SIGNALS

LOOK_S = 1.0  # how often a candidate looks whether it leads
STILL_S = ROUND_MS / 1000  # whoever does not look for so long does not lead any more

_log = logging.getLogger("fmwatch")


def watch(config: Config, metrics: Address | None = None) -> None:
    """Watch while this process leads, stand by while another does; until SIGTERM or SIGINT.

    Parameters
    ----------
    metrics : where Prometheus reads; None is the usual place, or a free port

    Raises
    ------
    ConfigError : the configuration names no Kafka or no ClickHouse server, or somebody listens at `metrics`
    LogError, StoreUnavailable : broker or store do not answer at the start, or topics are missing
    """
    check_production(config)
    at = brokers(config)
    logs.to_stderr()
    meter, pulse = Meter("watch"), Pulse()
    with MetricsEndpoint(meter, metrics, lambda: health_of(pulse, STILL_S)):
        present(at, (*INGEST, SIGNALS, ALERTS))
        with (
            opened(config) as database,
            KafkaLog(at) as log,
            Leader(at) as leader,
        ):
            candidate = Watch(config, database, log, leader, meter=meter, pulse=pulse)
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: candidate.stop())
            candidate.run()


class Watch:
    """One candidate's rounds. A round that fails for a while is logged and done again."""

    def __init__(
        self,
        config: Config,
        database: Database,
        log: KafkaLog,
        leader: Leader,
        *,
        meter: Meter,
        pulse: Pulse,
    ) -> None:
        self._config = config
        self._database = database
        self._log = log
        self._leader = leader
        self._numbers = LookoutNumbers(meter, now)
        self._pulse = pulse
        self._waiting_for = ""  # what the last round found away
        self._lookout: Lookout | None = None
        meter.set(LEADER, 0)
        meter.ask(PROGRESS_AGE, pulse.age_s, "watch")
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
                if self._leads():
                    self._lead()
                self._waiting_for = ""
            except (StoreUnavailable, LogUnavailable) as error:
                self._wait(error)
            self._stopping.wait(LOOK_S)

    def _lead(self) -> None:
        """Go on where the last leader's snapshot ends; what it said after that has the same ids again."""
        with self._numbers.failing():
            self._lookout = lookout = self._new()
        with AdviceRound(lookout.look, partial(_advise, lookout)) as advice:
            while self._leads():
                lookout.live()
                self._waiting_for = ""
                advice.turn()
                if self._rest():
                    lookout.watcher.save()
                    return

    def _new(self) -> Lookout:
        return Lookout(
            self._config,
            self._database,
            self._log,
            now,
            notify=LONG_PAST,
            numbers=self._numbers,
            pulse=self._pulse,
        )

    def _leads(self) -> bool:
        self._pulse.beat(self._waiting_for)
        leads = self._leader.leads()
        self._numbers.meter.set(LEADER, leads)
        if not leads:
            self._numbers.quiet()
        return leads

    def _wait(self, error: Exception) -> None:
        """Say what is away, and how much waits meanwhile: that matters most while the store is away."""
        self._waiting_for = str(error)
        self._pulse.beat(self._waiting_for)
        _log.warning("%s; tried again in %.0f s", error, ROUND_S)
        if isinstance(error, StoreUnavailable):
            with suppress(LogUnavailable):
                self._numbers.waiting(self._log)
        self._stopping.wait(ROUND_S)

    def _rest(self) -> bool:
        """Wait for the next round, but not longer than we lead; True where it is time to stop."""
        for _ in range(round(ROUND_S / LOOK_S)):
            if self._stopping.wait(LOOK_S):
                return True
            if not self._leads():
                return False
        return False


def _advise(lookout: Lookout, *, looked: bool) -> None:
    """Advise; where that fails, the watching goes on, and the advice of the last hour stays."""
    try:
        lookout.daily(looked=looked)
    except StoreUnavailable as error:
        _log.warning("no advice this hour: %s", error)
    except LogUnavailable:
        raise
    except Exception:  # noqa: BLE001 - a defect in advice must not end the watching
        _log.exception("no advice this hour, by a defect of fmwatch")
