"""A consumer that shares a topic with others of its group, and how it must be polled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kafka import KafkaConsumer
from kafka.structs import MemberState

from stream import kafka_connection

SESSION_S = 10.0  # a member that died is missed after this
POLL_MS = 100
# A poll that ends while the group is being shared out can leave this member without a share for ever
# (kafka-python 3.0.12: the answer to a join is dropped where topics changed meanwhile), so it may last.
JOIN_MS = 5_000


def member(
    brokers: str, group: str, topics: Sequence[str], *, session_s: float = SESSION_S, **settings: object
) -> KafkaConsumer:
    """Return a member of a group; it acknowledges nothing by itself, and a new group begins at the start.

    Parameters
    ----------
    session_s : a member that died is missed after this
    settings : more of the library's
    """
    session_ms = int(session_s * 1000)
    return kafka_connection.consumer(
        brokers,
        *topics,
        group_id=group,
        session_timeout_ms=session_ms,
        heartbeat_interval_ms=session_ms // 3,
        **settings,
    )


def shares(consumer: KafkaConsumer) -> bool:
    """Tell whether the group is shared out, as far as this member knows."""
    return bool(consumer.group_metadata().state == MemberState.STABLE)


def polled(consumer: KafkaConsumer, most: int, patience_ms: int = POLL_MS) -> list[Any]:
    """Return at most so many records, soon, or after a while where the group is being shared out."""
    found = consumer.poll(patience_ms if shares(consumer) else JOIN_MS, max_records=most)
    return [record for batch in found.values() for record in batch]
