"""One way to consume, in a process of its own: prints its processor seconds and ends.

For bench.pipeline it ends when so many events have come. For bench.pair it shares events with others: without
EVENTS it prints for each line of its standard input how long it has kept a processor busy, and ends with it.

python -m bench.pipeline_worker bare|plain|faust BROKERS STORE GROUP [EVENTS] [--scored]
"""

from __future__ import annotations

import argparse
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

from fmwatch.event import Generation
from kafka import KafkaConsumer

from bench.mix import halves
from bench.whole import lines_of
from detectors import registry
from detectors.batch import Batch
from detectors.prices import PriceBook
from detectors.testing import NOON
from store.database import Database
from store.writer import Writer
from stream.app import Faust
from stream.decode import decode
from stream.kafka_connection import reached
from stream.kafka_log import KafkaLog
from stream.kafka_reader import delivery
from stream.log import Delivery, Position, Record
from stream.plain import Plain
from stream.scoring import verdicts
from stream.step import TOGETHER, Counts, Step
from stream.topics import GENERATIONS
from stream.worker import LINES

WARMING = 2_048  # events of other texts, so that no way pays for cold caches


class Counted:
    """A step that reports the processor time from the start of the consumer to the last event.

    Parameters
    ----------
    events : the process ends after so many; None where it is asked
    """

    def __init__(self, step: Callable[[Sequence[Delivery]], Counts], events: int | None) -> None:
        self._step = step
        self._left = float("inf") if events is None else events
        warming = Record(b"", b"\n".join(lines_of(halves(WARMING)[1])))
        step([Delivery(Position(GENERATIONS, 0, 0), warming)])
        self._began = time.process_time()
        if events is None:
            threading.Thread(target=self._answer, daemon=True).start()

    def __call__(self, deliveries: Sequence[Delivery]) -> Counts:
        """Take a batch; leave the process once all events have come."""
        counts = self._step(deliveries)
        self._left -= counts.events
        if self._left <= 0:
            self._tell()
            os._exit(0)
        return counts

    def _answer(self) -> None:
        for _ in sys.stdin:
            self._tell()
        os._exit(0)

    def _tell(self) -> None:
        sys.stdout.write(f"{time.process_time() - self._began}\n")
        sys.stdout.flush()


def main() -> None:
    """Consume until all events have come."""
    parser = argparse.ArgumentParser()
    parser.add_argument("way", choices=["bare", "plain", "faust"])
    parser.add_argument("brokers")
    parser.add_argument("store")
    parser.add_argument("group")
    parser.add_argument("events", type=int, nargs="?")
    parser.add_argument("--scored", action="store_true")
    chosen = parser.parse_args()
    database, log = Database.open(url=chosen.store), KafkaLog(chosen.brokers)
    scorers = registry.scorers(PriceBook()) if chosen.scored else []
    if chosen.way == "bare":
        bare(chosen.brokers, chosen.group, chosen.events, Writer(database), scorers)
    step = Step(log, Writer(database), scorers, registry.encoder(), _now)
    counted = Counted(step, chosen.events)
    if chosen.way == "plain":
        Plain(chosen.brokers, counted, group=chosen.group, topics=[GENERATIONS]).run()
    Faust(chosen.brokers, counted, group=chosen.group, topics=[GENERATIONS]).run()


def bare(brokers: str, group: str, events: int | None, writer: Writer, scorers: Sequence[object]) -> None:
    """Do what must be done and nothing more: poll, decode, score where asked to, insert."""
    consumer = KafkaConsumer(
        GENERATIONS,
        **reached(brokers),
        group_id=group,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    took = Counted(lambda deliveries: _taken(deliveries, writer, scorers), events)
    while True:
        took(list(_polled(consumer)))


def _polled(consumer: KafkaConsumer) -> Iterator[Delivery]:
    lines = 0
    while lines < LINES:
        found = [delivery(one) for batch in consumer.poll(500, max_records=500).values() for one in batch]
        if not found and lines:
            return
        yield from found
        lines += sum(one.record.value.count(b"\n") + 1 for one in found)


def _taken(deliveries: Sequence[Delivery], writer: Writer, scorers: Sequence[object]) -> Counts:
    lines = [line for one in deliveries for line in one.record.lines]
    found = [event for line in lines if isinstance(event := decode(line, _now), Generation)]
    batches = (Batch(found[at : at + TOGETHER], registry.encoder()) for at in range(0, len(found), TOGETHER))
    writer.generations((batch, verdicts(batch, scorers)) for batch in batches)  # type: ignore[arg-type]
    return Counts(events=len(found))


def _now() -> datetime:
    return NOON + timedelta(days=1)


if __name__ == "__main__":
    main()
