"""`fmwatch worker score`: the step on Kafka and a ClickHouse server, under Faust or on a bare consumer."""

from __future__ import annotations

import signal
from datetime import UTC, datetime
from typing import Literal

from detectors import registry
from detectors.prices import PriceBook
from services.advisor.catalogue import Catalogue
from services.config import Config
from services.wiring import Production, contract_prices
from services.worker import logs
from store.database import Database
from store.writer import Writer
from stream.app import Faust
from stream.errors import LogError
from stream.kafka_log import KafkaLog
from stream.kafka_topics import KafkaTopics
from stream.plain import Plain
from stream.step import Step
from stream.topics import DEAD_LETTERS, INGEST

Consumer = Literal["faust", "plain"]


def work(config: Config, consumer: Consumer) -> None:
    """Score events until told to stop (SIGTERM, SIGINT); what is in hand then is stored and acknowledged.

    Raises
    ------
    ConfigError : the configuration names no Kafka or no ClickHouse server
    LogError, StoreUnavailable : broker or store do not answer, or topics are not as the table says
    """
    places = Production.of(config)
    logs.to_stderr()
    _check_topics(places.brokers)
    with Database.open(url=places.clickhouse) as database, KafkaLog(places.brokers) as log:
        step = score_step(config, database, log)
        if consumer == "faust":
            Faust(places.brokers, step).run()
            return
        plain = Plain(places.brokers, step)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: plain.stop())
        plain.run()


def score_step(config: Config, database: Database, log: KafkaLog) -> Step:
    """Return the step of a worker, at the wall's clock."""
    prices = PriceBook(contract_prices(config), Catalogue.load().prices())
    return Step(log, Writer(database), registry.scorers(prices), registry.encoder(), _now)


def _now() -> datetime:
    return datetime.now(UTC)


def _check_topics(brokers: str) -> None:
    """Refuse to start where a topic is missing: a consumer would wait for it without a word."""
    with KafkaTopics(brokers) as topics:
        missing = [one for one in topics.check() if not one.what and one.topic in (*INGEST, DEAD_LETTERS)]
    if missing:
        raise LogError("\n".join(map(str, missing)))
