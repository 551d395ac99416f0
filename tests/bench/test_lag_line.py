"""What bench.lag sends is counted as seen once the view has it, and not before."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from bench.lag_line import Line
from store.database import Database
from store.writer import Writer
from stream.sqlite_log import SqliteLog
from stream.step import Step
from stream.worker import Worker
from tests.store.fleet import Encoder

TEXTS = [b'{"provider":"openai","request_model":"gpt-4o","prompt":"a","response":"b"}']


def test_seen(tmp_path: Path) -> None:
    """A call waits until a worker has stored it; its lag is the time between."""
    log = SqliteLog(tmp_path / "log")
    with Database.open(tmp_path / "store") as database:
        worker = Worker(log, Step(log, Writer(database), [], Encoder(), lambda: datetime.now(UTC)))
        line = Line(log, database, TEXTS)
        line.send(60)
        line.look()
        assert (line.sent, line.waiting()) == (60, 60)
        assert line.oldest_s() > 0.0
        worker.once()
        line.send(20)
        line.look()
        assert line.waiting() == 20
        assert np.all(line.seen_at[:60] > line.sent_at[:60])
        worker.once()
        line.look_until_seen(60.0)
        assert line.oldest_s() == 0.0
    log.close()
