"""The step under Faust: a thin adapter, in which nothing is acknowledged before it is stored.

Faust's obvious ways lose data, so here: `noack_take` (the others acknowledge what failed), one batch at a
time, retried in place while store or log are away. Anything else ends the process on the spot: an orderly
end after an exception commits records that no agent has seen (measured; faust-streaming #606).
"""

from __future__ import annotations

import asyncio
import logging
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any

import faust
from faust.exceptions import ConsumerNotStarted

from store.errors import StoreUnavailable
from stream.errors import LogUnavailable
from stream.kafka_group import Partition
from stream.kafka_reader import counted
from stream.log import Delivery, Position, Record, batches
from stream.patience import pauses
from stream.pulse import Pulse
from stream.step import Counts
from stream.topics import INGEST
from stream.watchdog import STILL_S, Watchdog, fallen
from stream.worker import GROUP, LINES, SIZE_BYTES

RECORDS = 500  # taken at once; handed to the step in batches of so many lines and bytes as it does elsewhere
LEAST_BUFFER = 64
GATHER_S = 0.5  # from one batch to the next: few, larger inserts cost the store less than many small ones
TAKE_S = 0.1  # Faust takes what waits for it a record at a time
SESSION_S = 10.0
# Without end: with its buffer full Faust does not poll, and a member that aiokafka takes for idle leaves the
# group and never comes back (measured). A store that is away for an hour must not end all workers.
POLL_S = 2_000_000.0

_log = logging.getLogger("fmwatch")

Step = Callable[[Sequence[Delivery]], Counts]


class Faust:
    """One member of the group of score workers.

    Parameters
    ----------
    brokers : host:port, several with commas
    step : called in one thread; see `stream.step.Step`
    group : members of one group share the partitions, whatever consumer they run on
    records : at most so many are taken at once
    session_s : a member that died is missed after this
    pulse : beats for each batch that was ended or tried
    still_s : a worker that does neither for so long while records wait for it ends
    """

    def __init__(
        self,
        brokers: str,
        step: Step,
        *,
        group: str = GROUP,
        topics: Sequence[str] = INGEST,
        records: int = RECORDS,
        session_s: float = SESSION_S,
        pulse: Pulse | None = None,
        still_s: float = STILL_S,
    ) -> None:
        self._step = step
        self._pulse = pulse or Pulse()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="step")
        self._app = _app(brokers, group, records, session_s)
        self._app.agent(self._app.topic(*topics, value_type=bytes, key_type=bytes), concurrency=1)(
            self._agent(records)
        )
        self._watchdog = Watchdog(brokers, group, topics, self._pulse, self._mine, still_s=still_s)

    def run(self) -> None:
        """Take batches until told to stop, and leave the process; with exit code 1 where it crashed."""
        worker = faust.Worker(
            self._app, loglevel="warning", quiet=True, redirect_stdouts=False, override_logging=False
        )
        worker.spinner = None  # it would write to a log what only a terminal understands
        self._watchdog.start()
        worker.execute_from_commandline()

    def _agent(self, records: int) -> Callable[[Any], Any]:
        async def score(stream: Any) -> None:  # noqa: ANN401 - faust's stream of events
            try:
                await self._consume(stream, records)
            except Exception:  # noqa: BLE001 - whatever nobody foresaw
                fallen("a batch fails")

        return score

    async def _consume(self, stream: Any, records: int) -> None:  # noqa: ANN401 - faust's stream of events
        async for events in stream.noack_take(records, within=TAKE_S):
            gathered = time.monotonic() + GATHER_S
            left = iter(events)
            for batch in batches(map(_delivery, events), lines=LINES, size=SIZE_BYTES):
                await self._stored(batch)
                for event in islice(left, len(batch)):
                    await stream.ack(event)
                self._pulse.beat()
            if len(events) < records:
                await asyncio.sleep(gathered - time.monotonic())

    async def _stored(self, batch: Sequence[Delivery]) -> None:
        """Take the batch through the step, again and again while store or log are away."""
        for pause in pauses():
            try:
                await asyncio.get_running_loop().run_in_executor(self._thread, self._step, batch)
            except (StoreUnavailable, LogUnavailable) as error:
                self._pulse.beat(str(error))
                _log.warning("%s; %d records are tried again in %.1f s", error, len(batch), pause)
                await asyncio.sleep(pause)
            else:
                return

    def _mine(self) -> set[Partition]:
        try:
            return {Partition(at.topic, at.partition) for at in self._app.consumer.assignment()}
        except (AttributeError, RuntimeError, ConsumerNotStarted):
            return set()  # it has not joined yet


def _app(brokers: str, group: str, records: int, session_s: float) -> faust.App:
    return faust.App(
        group,
        broker=[f"kafka://{one}" for one in brokers.split(",")],
        store="memory://",
        datadir=Path(tempfile.gettempdir(), "fmwatch-faust"),  # made, and left empty
        value_serializer="raw",
        key_serializer="raw",
        web_enabled=False,
        topic_disable_leader=True,
        topic_allow_declare=False,
        stream_wait_empty=False,
        broker_commit_interval=1.0,
        broker_session_timeout=session_s,
        broker_heartbeat_interval=session_s / 3,
        broker_max_poll_interval=POLL_S,
        stream_buffer_maxsize=max(4 * records, LEAST_BUFFER),
        table_standby_replicas=0,  # else partitions are shared out in a way that only Faust knows
        consumer_auto_offset_reset="earliest",
    )


def _delivery(event: Any) -> Delivery:  # noqa: ANN401 - faust.Event
    message = event.message
    position = Position(message.topic, message.partition, message.offset)
    record = Record(message.key or b"", message.value or b"")
    return Delivery(position, record, message.timestamp, counted(message.headers or ()))
