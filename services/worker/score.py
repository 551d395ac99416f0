"""`fmwatch worker score`: the step on Kafka and a ClickHouse server, under Faust or on a bare consumer."""

from __future__ import annotations

import signal
from typing import Literal

from detectors import registry
from services.address import Address
from services.catalogue.known import known_catalogue, price_book
from services.config import Config
from services.metrics_endpoint import MetricsEndpoint, health_of
from services.wall import now
from services.wiring import allowed, brokers, check_production, opened
from services.worker import logs
from store.database import Database
from store.erasures import Erasures
from store.writer import Writer
from stream.app import Faust
from stream.kafka_log import KafkaLog
from stream.kafka_topics import present
from stream.meter import Meter
from stream.metrics import INSERT, PROGRESS_AGE
from stream.observed import ObservedEncoder, ObservedStep, observed
from stream.plain import Plain
from stream.pulse import Pulse
from stream.step import Step
from stream.topics import DEAD_LETTERS, INGEST
from stream.watchdog import STILL_S

ERASED_S = 10.0  # how often a worker looks whose data was erased meanwhile

Consumer = Literal["faust", "plain"]


def work(config: Config, consumer: Consumer, metrics: Address | None = None) -> None:
    """Score events until told to stop (SIGTERM, SIGINT); what is in hand then is stored and acknowledged.

    Parameters
    ----------
    metrics : where Prometheus reads; None is the usual place, or a free port

    Raises
    ------
    ConfigError : the configuration names no Kafka or no ClickHouse server, or somebody listens at `metrics`
    LogError, StoreUnavailable : broker or store do not answer, or topics are not as the table says
    """
    check_production(config)
    logs.to_stderr()
    meter, pulse = Meter("score"), Pulse()
    meter.ask(PROGRESS_AGE, pulse.age_s, "score")
    with MetricsEndpoint(meter, metrics, lambda: health_of(pulse, STILL_S)):
        _consume(config, consumer, meter, pulse)


def _consume(config: Config, consumer: Consumer, meter: Meter, pulse: Pulse) -> None:
    at = brokers(config)
    present(at, (*INGEST, DEAD_LETTERS))
    with opened(config) as database, KafkaLog(at) as log:
        step = ObservedStep(score_step(config, database, log, meter), meter)
        if consumer == "faust":
            Faust(at, step, pulse=pulse).run()
            return
        plain = Plain(at, step, pulse=pulse)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: plain.stop())
        plain.run()


def score_step(config: Config, database: Database, log: KafkaLog, meter: Meter) -> Step:
    """Return the step of a worker, at the wall's clock."""
    prices = price_book(config, known_catalogue(config))
    writer = Writer(database, lambda table: meter.timed(INSERT, table))
    scorers = observed(registry.scorers(prices, allowed(config)), meter)
    erased = Erasures(database, every_s=ERASED_S)
    return Step(log, writer, scorers, ObservedEncoder(registry.encoder(), meter), now, erased=erased)
