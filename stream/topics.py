"""The topics of the log: name, what the key is, how many partitions, how long records stay."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from fmwatch import records

# Those that events come in by; clients write to them as well.
GENERATIONS = records.GENERATIONS
FEEDBACK = records.FEEDBACK
CHANGES = records.CHANGES
RECEIPTS = "llm.receipts"  # written by gateways
SIGNALS = "llm.signals"
ALERTS = "llm.alerts"
DEAD_LETTERS = "llm.dead-letters"


@dataclass(frozen=True, slots=True)
class Topic:
    """One stream of records.

    Attributes
    ----------
    key : what decides the partition; records of one key keep their order
    partitions : never changed; more of them means a new topic and a cut-over
    retention : records older than this go, and in the embedded log those that every group has consumed
    max_record_bytes : what a broker takes; a record of ours is far smaller unless one event is that large
    """

    name: str
    key: str
    partitions: int
    retention: timedelta
    max_record_bytes: int = 1_048_588  # Kafka's own default


TOPICS = {
    topic.name: topic
    for topic in (
        Topic(GENERATIONS, "tenant, route", 12, timedelta(days=7)),
        Topic(FEEDBACK, "tenant, event_id", 4, timedelta(days=30)),
        Topic(CHANGES, "tenant", 1, timedelta(days=30)),
        Topic(RECEIPTS, "tenant", 1, timedelta(days=7)),
        Topic(SIGNALS, "tenant", 1, timedelta(days=30)),
        Topic(ALERTS, "tenant", 1, timedelta(days=30)),
        Topic(DEAD_LETTERS, "tenant", 4, timedelta(days=30)),
    )
}

INGEST = (GENERATIONS, FEEDBACK, CHANGES, RECEIPTS)  # what the step reads
