"""The step on a bare kafka-python consumer: what Faust does for us, in a page, so that it can be replaced.

Poll -> step -> commit. A store that is away is waited for with the same batch, partitions paused and the
membership kept; anything else ends the worker, and whoever takes over reads from the last commit.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence

from kafka import KafkaConsumer, OffsetAndMetadata, TopicPartition
from kafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from kafka.errors import (
    CommitFailedError,
    IllegalGenerationError,
    InconsistentGroupProtocolError,
    KafkaError,
    RebalanceInProgressError,
    UnknownMemberIdError,
)

from store.errors import StoreUnavailable
from stream.errors import LogError, LogUnavailable
from stream.kafka_connection import named
from stream.kafka_group import Partition
from stream.kafka_member import POLL_MS, SESSION_S, member, polled, shares
from stream.kafka_reader import delivery
from stream.log import MAX_LINES, Delivery
from stream.patience import pauses
from stream.pulse import Pulse
from stream.step import Counts
from stream.topics import INGEST
from stream.watchdog import STILL_S, Watchdog
from stream.worker import GROUP, LINES, SIZE_BYTES

GATHER_S = 0.5  # from one batch to the next: few, larger inserts cost the store less than many small ones
ROUND_MS = 300_000  # how long the group waits for a member that is in the middle of a step
CLOSE_MS = 5_000
COMMIT_MS = 5_000
SHARED_ANEW = (CommitFailedError, IllegalGenerationError, RebalanceInProgressError, UnknownMemberIdError)

_log = logging.getLogger("fmwatch")


class Plain:
    """One member of the group of score workers.

    Parameters
    ----------
    brokers : host:port, several with commas
    step : what is done with the records read; see `stream.step.Step`
    group : members of one group share the partitions
    lines, size : a batch is handed to the step once it has so many lines or bytes
    session_s : a member that died is missed after this
    pulse : beats for each batch that was ended or tried
    still_s : a worker that does neither for so long while records wait for it ends
    """

    def __init__(
        self,
        brokers: str,
        step: Callable[[Sequence[Delivery]], Counts],
        *,
        group: str = GROUP,
        topics: Sequence[str] = INGEST,
        lines: int = LINES,
        size: int = SIZE_BYTES,
        session_s: float = SESSION_S,
        pulse: Pulse | None = None,
        still_s: float = STILL_S,
    ) -> None:
        self._brokers = brokers
        self._step = step
        self._group = group
        self._topics = topics
        self._lines = lines
        self._size = size
        self._session_s = session_s
        self._gathered = 0.0  # when the next batch may be handed on, on the monotonic clock
        self._joining_at: float | None = None  # since when this waits for its share, on the monotonic clock
        self._pulse = pulse or Pulse()
        self._mine: frozenset[Partition] = frozenset()  # as of the last poll
        self._watchdog = Watchdog(brokers, group, topics, self._pulse, lambda: self._mine, still_s=still_s)
        self._stopping = threading.Event()

    def stop(self) -> None:
        """End after the present batch, or now where it waits for the store; from any thread or a signal."""
        self._stopping.set()

    def run(self) -> None:
        """Take batches until stopped.

        Raises
        ------
        LogUnavailable : no broker answers at the start, or the group gives no share for long
        LogError : others of the group share partitions out in another way
        """
        with named(self._brokers):
            self._consume()

    def _consume(self) -> None:
        consumer = member(
            self._brokers,
            self._group,
            self._topics,
            session_s=self._session_s,
            max_poll_interval_ms=ROUND_MS,
            partition_assignment_strategy=(RoundRobinPartitionAssignor,),  # as Faust's workers do
        )
        self._watchdog.start()
        try:
            while not self._stopping.is_set():
                batch = self._gather(consumer)
                if batch and self._done(consumer, batch):
                    self._commit(consumer, batch)
                    self._pulse.beat()
        except InconsistentGroupProtocolError as error:
            raise LogError(
                f"others of the group {self._group} are no workers of fmwatch: end them, or use another group"
            ) from error
        finally:
            self._watchdog.stop()
            consumer.close(autocommit=False, timeout_ms=CLOSE_MS)

    def _gather(self, consumer: KafkaConsumer) -> list[Delivery]:
        """Poll until the batch is full, or nothing waits half a second after the last one."""
        batch: list[Delivery] = []
        lines = size = 0
        while lines < self._lines and size < self._size:
            if self._stopping.is_set():
                return []
            patient = not batch or time.monotonic() < self._gathered
            room = max(1, (self._lines - lines) // MAX_LINES)  # of records
            fetched = self._polled(consumer, room, POLL_MS if patient else 0)
            if not (fetched or patient):
                break
            batch += fetched
            lines += sum(one.record.count for one in fetched)
            size += sum(len(one.record.value) for one in fetched)
        self._gathered = time.monotonic() + GATHER_S
        return batch

    def _polled(self, consumer: KafkaConsumer, most: int = 1, patience_ms: int = POLL_MS) -> list[Delivery]:
        """Poll once; end where this member has waited too long for its share of the partitions."""
        self._joining_at = None if shares(consumer) else self._joining_at or time.monotonic()
        if self._joining_at and time.monotonic() - self._joining_at > STILL_S:
            raise LogUnavailable(
                f"the group {self._group} at {self._brokers} gave this worker no share in {STILL_S:.0f} s; "
                "it ends so that a new one can join"
            )
        found = [delivery(one) for one in polled(consumer, most, patience_ms)]
        self._mine = frozenset(Partition(at.topic, at.partition) for at in consumer.assignment())
        return found

    def _done(self, consumer: KafkaConsumer, batch: list[Delivery]) -> bool:
        """Take the batch through the step, again and again while store or log are away; False if stopped."""
        for pause in pauses():
            try:
                self._step(batch)
            except (StoreUnavailable, LogUnavailable) as error:
                self._pulse.beat(str(error))
                _log.warning("%s; %d records are tried again in %.1f s", error, len(batch), pause)
                batch += self._wait(consumer, pause)
            else:
                consumer.resume(*consumer.paused())
                return True
            if self._stopping.is_set():
                return False
        raise AssertionError("pauses have no end")

    def _wait(self, consumer: KafkaConsumer, seconds: float) -> list[Delivery]:
        """Stay a member and take nothing more in; return what a new share brought all the same."""
        brought: list[Delivery] = []
        end = time.monotonic() + seconds
        while time.monotonic() < end and not self._stopping.is_set():
            consumer.pause(*consumer.assignment())  # each time: partitions may have come
            brought += self._polled(consumer)
        return brought

    def _commit(self, consumer: KafkaConsumer, batch: Iterable[Delivery]) -> None:
        """Commit what is still ours; what was taken over meanwhile is stored again, and counts once."""
        ours = consumer.assignment()
        ends = {
            TopicPartition(at.topic, at.partition): at.offset + 1 for at in (one.position for one in batch)
        }
        offsets = {at: OffsetAndMetadata(end, "", -1) for at, end in ends.items() if at in ours}
        try:
            consumer.commit(offsets, timeout_ms=COMMIT_MS)
        except SHARED_ANEW as error:
            _log.warning("the group was shared out anew; what was not acknowledged comes again: %s", error)
        except KafkaError as error:
            if not error.retriable:
                raise
            _log.warning("no broker takes the acknowledgement (%s); these records may come again", error)
