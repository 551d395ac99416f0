"""`fmwatch worker` that kills itself (SIGKILL) where it first reaches a named border.

python -m tests.kafka.dying BORDER score --consumer plain
"""

from __future__ import annotations

import faulthandler
import functools
import inspect
import os
import signal
import sys
from collections.abc import Callable
from typing import Any, NoReturn

import faust.transport.consumer
import kafka.coordinator.consumer

from services.alerter.receivers.webhook import Webhook
from services.alerter.store_ledger import StoreLedger
from services.cli import main
from store.database import Database
from store.writer import Writer
from stream.app import Faust
from stream.kafka_log import KafkaLog
from stream.kafka_member import member
from stream.plain import Plain
from stream.step import Step
from stream.topics import DEAD_LETTERS

NEVER_S = 55.0  # a border that is not reached by then never will be: say what every thread does instead
SESSION_S = 2.0  # so that the next need not wait long for what the dead one had

Reached = Callable[..., bool]


def before(owner: type, name: str, reached: Reached = lambda *_: True) -> None:
    """Die when a method is called with arguments for which this holds."""

    def dying(method: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        if reached(*arguments[1:]):
            die()
        return method(*arguments, **named)

    _patch(owner, name, dying)


def after(owner: type, name: str, reached: Reached = lambda *_: True) -> None:
    """Die when a method, called with such arguments, has done its work."""

    def dying(method: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        outcome = method(*arguments, **named)
        if inspect.isawaitable(outcome):
            return _die_after(outcome)
        if reached(*arguments[1:]):
            die()
        return outcome

    _patch(owner, name, dying)


def die() -> NoReturn:
    """End as by kill -9: nothing is closed, told or flushed."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("nobody survives this")


async def _die_after(outcome: Any) -> NoReturn:
    await outcome
    die()


def _patch(owner: type, name: str, around: Callable[..., Any]) -> None:
    method = getattr(owner, name)

    @functools.wraps(method)
    def patched(*arguments: Any, **named: Any) -> Any:
        return around(method, *arguments, **named)

    setattr(owner, name, patched)


def _into(table: str) -> Reached:
    return lambda told, *_: told == table


def _some(found: Any, *_: object) -> bool:
    return bool(found)


BORDERS: dict[str, Callable[[], None]] = {
    # of a score worker
    "read": lambda: before(Step, "__call__"),
    "decoded": lambda: after(Step, "_decoded"),
    "scored": lambda: before(Database, "insert", _into("embeddings")),
    "half inserted": lambda: after(Database, "insert", _into("embeddings")),
    "inserted": lambda: after(Database, "insert", _into("generations")),
    "letter logged": lambda: after(KafkaLog, "append", _into(DEAD_LETTERS)),
    "before the acknowledgement": lambda: after(Step, "__call__"),
    "after the acknowledgement, plain": lambda: after(Plain, "_commit"),
    "after the acknowledgement, faust": lambda: after(faust.transport.consumer.Consumer, "_commit_offsets"),
    "rebalance, plain": lambda: before(
        kafka.coordinator.consumer.ConsumerCoordinator,
        "_on_join_prepare_async",
        lambda generation, *_: generation > 0,
    ),
    "rebalance, faust": lambda: before(faust.transport.consumer.Consumer, "on_partitions_revoked", _some),
    # of a watching worker
    "rollup": lambda: before(Database, "command", lambda sql, *_: "INSERT INTO hours" in sql),
    "signals published": lambda: before(Writer, "signals", _some),
    "signals stored": lambda: after(Writer, "signals", _some),
    "announced": lambda: before(StoreLedger, "save_alerts", _some),
    "alerts saved": lambda: after(StoreLedger, "save_alerts", _some),
    "signals acknowledged": lambda: after(KafkaLog, "commit", lambda _, positions: bool(positions)),
    "before the snapshot": lambda: before(Database, "insert", _into("monitor_state")),
    "after the snapshot": lambda: after(Database, "insert", _into("monitor_state")),
    "delivered": lambda: after(Webhook, "notify"),
}


def run(border: str, arguments: list[str]) -> None:
    """Run the worker until it reaches the border."""
    for joins in (Plain.__init__, Faust.__init__, member):
        vars_of: Any = joins
        vars_of.__kwdefaults__["session_s"] = SESSION_S
    BORDERS[border]()
    faulthandler.dump_traceback_later(NEVER_S)
    sys.argv = ["fmwatch"]  # Faust reads it too
    main(["worker", *arguments])


if __name__ == "__main__":
    run(sys.argv[1], sys.argv[2:])
