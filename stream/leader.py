"""Which of several processes may watch: the one that Kafka gives the only partition of llm.signals."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from kafka import KafkaConsumer
from kafka.structs import MemberState

from stream.kafka_connection import named, reached
from stream.topics import SIGNALS

GROUP = "watch"
SESSION_MS = 10_000  # a leader that died is missed after this
ROUND_MS = 30 * 60_000  # the longest between two looks, for a round that catches up a month
JOIN_MS = 5_000  # see stream.plain: a poll that ends in the middle of a join may lose its answer
POLL_MS = 100


class Leader:
    """One candidate. Not thread-safe; ask often, and do nothing that only the leader may do without asking.

    Parameters
    ----------
    brokers : host:port, several with commas

    Raises
    ------
    LogUnavailable : no broker answers
    """

    def __init__(self, brokers: str, *, session_ms: int = SESSION_MS) -> None:
        self._brokers = brokers
        with named(brokers):
            self._member = KafkaConsumer(
                SIGNALS,
                **reached(brokers),
                group_id=GROUP,
                enable_auto_commit=False,
                allow_auto_create_topics=False,
                session_timeout_ms=session_ms,
                heartbeat_interval_ms=session_ms // 3,
                max_poll_interval_ms=ROUND_MS,
            )

    def leads(self) -> bool:
        """Tell whether this candidate leads now; takes up to five seconds while the group is shared out."""
        with named(self._brokers):
            self._member.pause(*self._member.assignment())  # a place is wanted, no records
            stable = self._member.group_metadata().state == MemberState.STABLE
            self._member.poll(POLL_MS if stable else JOIN_MS, max_records=1)
            stable = self._member.group_metadata().state == MemberState.STABLE
            return stable and bool(self._member.assignment())

    def close(self) -> None:
        """Leave, so that another leads at once; calling it twice is harmless."""
        self._member.close(autocommit=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
