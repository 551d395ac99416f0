"""The step under Faust: a thin adapter, in which nothing is acknowledged before it is stored.

Faust's obvious ways lose data, so here: `noack_take` (the others acknowledge what failed), one batch at a
time, retried in place while store or log are away. Anything else ends the process on the spot: an orderly
end after an exception commits records that no agent has seen (measured; faust-streaming #606).
"""

from __future__ import annotations

import asyncio
import logging
import os
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any, NoReturn

import faust

from store.errors import StoreUnavailable
from stream.errors import LogUnavailable
from stream.log import Delivery, Position, Record, batches
from stream.patience import pauses
from stream.step import Counts
from stream.topics import INGEST
from stream.worker import GROUP, LINES, SIZE_BYTES

RECORDS = 500  # taken at once; handed to the step in batches of so many lines and bytes as it does elsewhere
LEAST_BUFFER = 64
GATHER_S = 0.5
SESSION_S = 10.0
# Without end: with its buffer full Faust does not poll, and a member that aiokafka takes for idle leaves the
# group and never comes back (measured). A store that is away for an hour must not end all workers.
POLL_S = 2_000_000.0

_log = logging.getLogger("fmwatch")

Step = Callable[[Sequence[Delivery]], Counts]


def score_app(
    brokers: str,
    step: Step,
    *,
    group: str = GROUP,
    topics: Sequence[str] = INGEST,
    records: int = RECORDS,
    session_s: float = SESSION_S,
) -> faust.App:
    """Return the application of one score worker.

    Parameters
    ----------
    brokers : host:port, several with commas
    step : called in one thread; see `stream.step.Step`
    group : members of one group share the partitions, whatever consumer they run on
    records : at most so many are taken at once
    session_s : a member that died is missed after this
    """
    app = faust.App(
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
    _add_agent(app, step, topics, records)
    return app


def run(app: faust.App) -> None:
    """Run a worker until it is told to stop; leaves the process with exit code 1 where it crashed."""
    worker = faust.Worker(app, loglevel="warning", quiet=True, redirect_stdouts=False)
    worker.spinner = None  # it would write to a log what only a terminal understands
    worker.execute_from_commandline()


def _add_agent(app: faust.App, step: Step, topics: Sequence[str], records: int) -> None:
    one_thread = ThreadPoolExecutor(1, thread_name_prefix="step")

    @app.agent(app.topic(*topics, value_type=bytes, key_type=bytes), concurrency=1)
    async def score(stream: Any) -> None:  # noqa: ANN401 - faust's stream of events
        async for events in stream.noack_take(records, within=GATHER_S):
            left = iter(events)
            for batch in batches(map(_delivery, events), lines=LINES, size=SIZE_BYTES):
                await _stored(one_thread, step, batch)
                for event in islice(left, len(batch)):
                    await stream.ack(event)


async def _stored(thread: ThreadPoolExecutor, step: Step, batch: Sequence[Delivery]) -> None:
    """Take the batch through the step, again and again while store or log are away."""
    for pause in pauses():
        try:
            await asyncio.get_running_loop().run_in_executor(thread, step, batch)
        except (StoreUnavailable, LogUnavailable) as error:
            _log.warning("%s; %d records are tried again in %.1f s", error, len(batch), pause)
            await asyncio.sleep(pause)
        except Exception:  # noqa: BLE001 - whatever nobody foresaw
            _log.critical(
                "a batch of %d records fails; the worker ends, and they come again", len(batch), exc_info=True
            )
            _fall()
        else:
            return


def _fall() -> NoReturn:
    """End without any of Faust's last words to the broker; the group misses us after the session's time."""
    logging.shutdown()
    os._exit(1)


def _delivery(event: Any) -> Delivery:  # noqa: ANN401 - faust.Event
    message = event.message
    position = Position(message.topic, message.partition, message.offset)
    return Delivery(position, Record(message.key or b"", message.value or b""))
