"""Which of several processes may watch: the one that Kafka gives the only partition of llm.signals."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from stream.kafka_connection import named
from stream.kafka_member import member, polled, shares
from stream.topics import SIGNALS

GROUP = "watch"
ROUND_MS = 30 * 60_000  # the longest between two looks, for a round that catches up a month


class Leader:
    """One candidate. Not thread-safe; ask often, and do nothing that only the leader may do without asking.

    Parameters
    ----------
    brokers : host:port, several with commas

    Raises
    ------
    LogUnavailable : no broker answers
    """

    def __init__(self, brokers: str) -> None:
        self._brokers = brokers
        with named(brokers):
            self._member = member(brokers, GROUP, [SIGNALS], max_poll_interval_ms=ROUND_MS)

    def leads(self) -> bool:
        """Tell whether this candidate leads now; takes up to five seconds while the group is shared out."""
        with named(self._brokers):
            self._member.pause(*self._member.assignment())  # a place is wanted, no records
            polled(self._member, 1)
            return shares(self._member) and bool(self._member.assignment())

    def close(self) -> None:
        """Leave, so that another leads at once; calling it twice is harmless."""
        self._member.close(autocommit=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
