"""Receipts: what gateways took in and workers stored, told apart by tenant, team and minute."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import pytest

from detectors.testing import generations
from services.gateway.receipts import Receipts
from store.database import Database
from store.writer import Writer
from stream.border import Admitted, Border, gathered
from stream.errors import InvalidEvent, LogUnavailable
from stream.log import Delivery, Position, Record
from stream.receipt import Receipt, of_batch, read
from stream.sqlite_log import SqliteLog
from stream.step import Step
from stream.topics import DEAD_LETTERS, RECEIPTS
from stream.worker import Worker
from tests.stream.fakes import NOON, FlatEncoder, LengthScorer

MINUTE = timedelta(minutes=1)
CALL = {"occurred_at": NOON.isoformat(), "provider": "openai", "request_model": "gpt-4o", "team": "shop"}
SEEN = "SELECT * FROM v_completeness ORDER BY ALL"


@pytest.fixture
def log(tmp_path_factory: pytest.TempPathFactory) -> SqliteLog:
    """An empty log."""
    return SqliteLog(tmp_path_factory.mktemp("log"))


def _admitted(*calls: Mapping[str, object], at: datetime = NOON) -> list[Admitted]:
    border = Border()
    return [border.admit(json.dumps({**CALL, **call}).encode(), received_at=at.isoformat()) for call in calls]


def _take(log: SqliteLog, database: Database, admitted: Sequence[Admitted]) -> None:
    for topic, records in gathered(admitted).items():
        log.append(topic, records)
    worker = Worker(log, Step(log, Writer(database), [LengthScorer()], FlatEncoder(), lambda: NOON))
    while worker.once():
        pass


def _told(receipts: Receipts, admitted: Sequence[Admitted], at: datetime = NOON) -> None:
    for one in admitted:
        if one.whose:
            receipts.count(at, one.whose, {"accepted": 1})


def test_there_and_back() -> None:
    """A receipt is read as it was written, and what is none is refused with a reason."""
    receipt = Receipt(NOON, NOON, "acme", "shop", "gateway", "g1", {"accepted": 3})
    assert read(receipt.record().lines[0]) == receipt
    for line in (b"broken", b'{"at": 7}', b"\xff"):
        with pytest.raises(InvalidEvent, match="no receipt"):
            read(line)


def test_nothing_missing(log: SqliteLog, database: Database) -> None:
    """What a gateway took in and a worker stored is level, by team and by the minute it was received in."""
    receipts = Receipts(log, lambda: NOON)
    first = _admitted({"event_id": "a", "response": "yes"}, {"event_id": "b", "team": "law"})
    later = _admitted({"event_id": "c", "response": "no"}, at=NOON + MINUTE)
    _told(receipts, first)
    _told(receipts, later, NOON + MINUTE)
    receipts.close()
    _take(log, database, [*first, *later])
    rows = database.rows(SEEN)
    assert [(row["team"], row["minute"], row["accepted"], row["stored"], row["missing"]) for row in rows] == [
        ("law", NOON, 1, 1, 0),
        ("shop", NOON, 1, 1, 0),
        ("shop", NOON + MINUTE, 1, 1, 0),
    ]
    assert all(row["scored"] == 1 for row in rows)


def test_missing(log: SqliteLog, database: Database) -> None:
    """What was taken in and never stored is missing; what is stored twice makes nothing missing."""
    calls = _admitted(*({"event_id": f"e{number}"} for number in range(5)))
    receipts = Receipts(log, lambda: NOON)
    _told(receipts, calls)
    receipts.close()
    _take(log, database, calls[:2])
    assert [row["missing"] for row in database.rows(SEEN)] == [3]
    _take(log, database, calls)
    assert [row["missing"] for row in database.rows(SEEN)] == [0]


def test_grows(log: SqliteLog, database: Database) -> None:
    """The receipt of a minute is written again as it grows and counts once."""
    ticks = iter(NOON + timedelta(seconds=second) for second in range(100))
    receipts = Receipts(log, lambda: next(ticks))
    for number in range(3):
        _told(receipts, _admitted({"event_id": f"e{number}"}))
        receipts.write()
    receipts.write()
    receipts.close()
    _take(log, database, [])
    assert [row["accepted"] for row in database.rows(SEEN)] == [3]
    assert database.query("SELECT uniqExact(source) AS n FROM receipts")["n"] == [1]


class _Away(SqliteLog):
    """A log that refuses as often as it was told to."""

    refusals = 0

    def append(self, topic: str, records: Sequence[Record]) -> list[Position]:
        if self.refusals:
            self.refusals -= 1
            raise LogUnavailable("the broker is away")
        return super().append(topic, records)


def test_log_away(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A log that is away makes a receipt late, not lost."""
    with _Away(tmp_path_factory.mktemp("away")) as log:
        receipts = Receipts(log, lambda: NOON, every_s=3600)
        _told(receipts, _admitted({"event_id": "a"}))
        log.refusals = 1
        receipts.write()
        assert not log.lag(RECEIPTS, "test")
        receipts.close()
        (delivery,) = log.read(RECEIPTS, "test", lines=10)
        assert read(delivery.record.lines[0]).counts == {"accepted": 1}


def test_minutes_go(log: SqliteLog) -> None:
    """A gateway forgets a minute once it is over and told of."""
    clock = [NOON]
    receipts = Receipts(log, lambda: clock[0], every_s=3600)
    _told(receipts, _admitted({"event_id": "a"}))
    receipts.write()
    clock[0] = NOON + MINUTE
    _told(receipts, _admitted({"event_id": "b"}), NOON + MINUTE)
    receipts.close()
    told = [read(line) for one in log.read(RECEIPTS, "test", lines=10) for line in one.record.lines]
    assert [(one.minute, one.counts) for one in told] == [
        (NOON, {"accepted": 1}),
        (NOON + MINUTE, {"accepted": 1}),
    ]


def test_no_gateway() -> None:
    """Calls that no gateway received, from a file or straight from Kafka, are owed no receipt."""
    place = Position("t", 1, 7)
    calls = [*generations(1), *generations(1, received_at=NOON)]
    stored = [(place, call, False) for call in calls]
    (receipt,) = of_batch([Delivery(place, Record(b"", b""))], NOON, stored)
    assert (receipt.source, receipt.counts) == ("t/1/7", {"stored": 1, "scored": 0})


def test_clients(log: SqliteLog, database: Database) -> None:
    """What clients straight on Kafka have counted shows by tenant and team, however often it is read."""
    said = "client=a; tenant=acme; team=shop; captured=120/20; queue_full=7/2; sent=100, client=b; killed=3/3"
    line = json.dumps({**CALL, "event_id": "a", "tenant": "acme"}).encode()
    there = Delivery(Position("llm.generations", 0, 7), Record(b"acme\0", line), NOON.timestamp(), said)
    step = Step(log, Writer(database), [LengthScorer()], FlatEncoder(), lambda: NOON + MINUTE)
    for _ in range(2):
        step([there])
    seen = database.rows("SELECT tenant, team, minute, captured, lost_by_reason FROM v_completeness")
    assert sorted((row["tenant"], row["team"], row["captured"]) for row in seen) == [
        ("acme", "shop", 20),
        ("default", "", 0),
    ]
    assert {row["tenant"]: row["lost_by_reason"] for row in seen} == {
        "acme": {"lost_queue_full": 2},
        "default": {"lost_killed": 3},
    }
    assert {row["minute"].minute for row in seen} == {NOON.minute}


def test_partitions() -> None:
    """Each partition of a batch has its own receipt, which what is read again elsewhere replaces alone."""
    (call,) = generations(1, received_at=NOON)
    places = [Position("t", 0, 5), Position("t", 0, 6), Position("t", 1, 9)]
    deliveries = [Delivery(place, Record(b"", b"")) for place in places]
    owed = of_batch(deliveries, NOON, [(place, call, True) for place in places])
    assert {one.source: one.counts["stored"] for one in owed} == {"t/0/5": 2, "t/1/9": 1}


def test_across_the_minute(log: SqliteLog, database: Database) -> None:
    """A request that is counted after its minute is over adds to that minute's receipt."""
    clock = [NOON]
    receipts = Receipts(log, lambda: clock[0], every_s=3600)
    receipts.count(NOON, ("default", "shop"), {"accepted": 5000})
    clock[0] = NOON + MINUTE
    receipts.write()
    receipts.count(NOON, ("default", "shop"), {"accepted": 3})
    receipts.close()
    _take(log, database, [])
    assert [row["accepted"] for row in database.rows(SEEN)] == [5003]


def test_not_from_senders(log: SqliteLog, database: Database) -> None:
    """A receipt that a sender posts, or that is broken in its topic, becomes a dead letter."""
    forged = Receipt(NOON, NOON, "acme", "shop", "gateway", "g1", {"accepted": 9})
    posted = {"type": "receipt", **json.loads(forged.record().lines[0])}
    log.append(RECEIPTS, [Record(b"acme\0", b"broken")])
    _take(log, database, [Border().admit(json.dumps(posted).encode())])
    assert database.rows(SEEN) == []
    assert log.lag(DEAD_LETTERS, "test") == 2
