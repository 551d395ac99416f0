import json
from datetime import UTC, datetime

import numpy as np
import pytest

from detectors.base import Column
from detectors.batch import Batch
from detectors.testing import generations
from store.database import Database
from store.errors import StoreUnavailable
from store.writer import Writer
from stream.border import Border, gathered
from stream.errors import InvalidEvent
from stream.log import Record
from stream.refused import Original, stub
from stream.scoring import ERROR, verdicts
from stream.sqlite_log import SqliteLog
from stream.step import Counts, Step
from stream.topics import DEAD_LETTERS, GENERATIONS, TOPICS
from stream.worker import Worker
from tests.stream.fakes import NOON, FlatEncoder, LengthScorer

CALL = {"occurred_at": NOON.isoformat(), "provider": "openai", "request_model": "gpt-4o", "app": "helpdesk"}


@pytest.fixture
def log(tmp_path_factory: pytest.TempPathFactory) -> SqliteLog:
    """An empty log."""
    return SqliteLog(tmp_path_factory.mktemp("log"))


def _append(log: SqliteLog, *lines: object) -> None:
    raws = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]
    for topic, records in gathered(map(Border().admit, raws)).items():
        log.append(topic, records)


def _call(number: int, **fields: object) -> dict[str, object]:
    return {**CALL, "event_id": f"event-{number}", "response": "r" * number, **fields}


def _step(log: SqliteLog, database: Database) -> Step:
    return Step(log, Writer(database), [LengthScorer()], FlatEncoder(), lambda: NOON)


def test_takes_in(log: SqliteLog, database: Database) -> None:
    """Events of all types end in their tables with their verdicts, broken lines as dead letters."""
    feedback = {
        "type": "feedback",
        "event_id": "event-1",
        "kind": "thumb",
        "value": True,
        "at": NOON.isoformat(),
    }
    change = {"type": "change", "kind": "deploy", "at": NOON.isoformat()}
    _append(log, *(_call(number) for number in range(10)), feedback, change, b"broken")
    worker = Worker(log, _step(log, database))
    rounds = []
    while counts := worker.once():
        rounds.append(counts)
    assert rounds[0] == Counts(11, 10, {"invalid_json": 1}, frozenset({NOON}))
    assert [counts.events for counts in rounds] == [11, 1, 1]
    rows = database.query("SELECT event_id, refusal, refusal_label FROM generations FINAL ORDER BY event_id")
    assert rows["refusal"] == [float(number) for number in range(10)]
    assert set(rows["refusal_label"]) == {"answered"}
    for table in ("feedback", "changes", "dead_letters"):
        assert database.query(f"SELECT count() AS n FROM {table}")["n"] == [1]  # noqa: S608 - our own names
    assert worker.lag() == 0


def test_dead_letter_topic(log: SqliteLog, database: Database) -> None:
    """A dead letter is on its topic as well, with the position it came from."""
    _append(log, _call(1), b"broken")
    Worker(log, _step(log, database)).once()
    [delivery] = log.read(DEAD_LETTERS, "test")
    letter = json.loads(delivery.record.value)
    assert (letter["topic"], letter["reason"], letter["original"]) == (GENERATIONS, "invalid_json", "broken")


def test_repeated(log: SqliteLog, database: Database) -> None:
    """Handing in the same records again changes nothing in the store."""
    _append(log, *(_call(number) for number in range(20)), b"broken")
    step, deliveries = _step(log, database), log.read(GENERATIONS, "test")
    assert step(deliveries) == step(deliveries)
    for table, n in (("generations", 20), ("dead_letters", 1)):
        assert database.query(f"SELECT count() AS n FROM {table} FINAL")["n"] == [n]  # noqa: S608 - our own names


def test_store_away(log: SqliteLog, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the store is away nothing is acknowledged; later the same records go in."""
    _append(log, _call(1))
    worker = Worker(log, _step(log, database))

    def away(*_: object) -> None:
        raise StoreUnavailable("away")

    with monkeypatch.context() as patch:
        patch.setattr(Writer, "generations", away)
        with pytest.raises(StoreUnavailable):
            worker.once()
    assert worker.lag() == 1
    assert worker.once() == Counts(1, 1, {}, frozenset({NOON}))


def test_row_refused(log: SqliteLog, database: Database) -> None:
    """A row that the store will never take is a dead letter; its neighbours are stored."""
    # The store keeps logprobs as 32-bit floats.
    _append(log, _call(1), _call(2, logprobs={"mean": -1e300, "min": -1e300, "n": 1}), _call(3))
    counts = Worker(log, _step(log, database)).once()
    assert counts is not None
    ids = database.query("SELECT event_id FROM generations FINAL ORDER BY event_id")["event_id"]
    assert (counts.dead_letters, list(ids)) == ({"wrong_type": 1}, ["event-1", "event-3"])


class _Fragile:
    """Fails on some events."""

    name = "privacy"
    version = "1"

    def score(self, batch: Batch) -> Column:
        if any(event.event_id in ("event-3", "event-7") for event in batch.events):
            raise RuntimeError("cannot stand this one")
        n = len(batch)
        kinds = [{"email": 1}] * n
        return Column(self.name, self.version, np.ones(n, np.float32), ["found"] * n, parts={"kinds": kinds})


def test_scorer_fails() -> None:
    """A scorer that fails on two events costs these two verdicts, and no other scorer anything."""
    batch = Batch(generations(10), FlatEncoder())
    found = verdicts(batch, [_Fragile(), LengthScorer()])
    labels = ["found"] * 10
    labels[3] = labels[7] = ERROR
    assert list(found["privacy"].label) == labels
    assert np.isnan(found["privacy"].score).tolist() == [label == ERROR for label in labels]
    assert list(found["privacy"].parts["kinds"])[2:4] == [{"email": 1}, {}]
    assert list(found["refusal"].label) == ["answered"] * 10
    assert found["refusal"].explain(4) is not None


def test_failed_scorer_stored(database: Database) -> None:
    """Events whose scorer failed are stored all the same."""
    batch = Batch(generations(10), FlatEncoder())
    assert Writer(database).generations([(batch, verdicts(batch, [_Fragile()]))]) == []
    rows = database.query(
        "SELECT privacy_label AS label, count() AS n FROM generations GROUP BY label ORDER BY n"
    )
    assert dict(zip(rows["label"], rows["n"], strict=True)) == {ERROR: 2, "found": 8}


def test_clock(log: SqliteLog, database: Database) -> None:
    """What time it is decides what is too old."""
    _append(log, _call(1))
    step = Step(log, Writer(database), [], FlatEncoder(), lambda: datetime(2030, 1, 1, tzinfo=UTC))
    counts = step(log.read(GENERATIONS, "test"))
    assert counts.dead_letters == {"clock_out_of_range": 1}


@pytest.mark.parametrize(
    "line",
    [
        json.dumps(_call(1, redactions={"k" * 600_000: -1})).encode(),
        b'{"event_id": "1", "response": "' + b"\x01" * 300_000,
        b"\xff" * 800_000,
    ],
    ids=["long name", "control characters", "no text"],
)
def test_letter_fits(log: SqliteLog, database: Database, line: bytes) -> None:
    """Whatever a sender makes long, its dead letter fits into a record of any log."""
    _append(log, line)
    worker = Worker(log, _step(log, database))
    while worker.once():
        pass
    (letter,) = log.read(DEAD_LETTERS, "test", lines=10)
    assert len(letter.record.value) + len(letter.record.key) < TOPICS[DEAD_LETTERS].max_record_bytes / 2


def test_forged_stub(log: SqliteLog, database: Database) -> None:
    """A line that only looks like what the border writes for a large one is cut like any other."""
    forged = stub(Original("h" * 1_000_000, 9, "0" * 64), InvalidEvent("too_large", "", "too large"))
    log.append(GENERATIONS, [Record(b"k", forged)])
    worker = Worker(log, _step(log, database))
    worker.once()
    (letter,) = log.read(DEAD_LETTERS, "test", lines=10)
    assert len(letter.record.value) < TOPICS[DEAD_LETTERS].max_record_bytes / 2
