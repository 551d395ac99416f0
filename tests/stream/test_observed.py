"""What is counted around the step is what the step did, and costs it next to nothing."""

import json
import logging
from collections.abc import Sequence

import pytest
from fmwatch.event import Generation

from detectors.base import Column, Scorer
from detectors.batch import Batch
from store.database import Database
from store.errors import StoreUnavailable
from store.writer import Writer
from stream.border import Border, gathered
from stream.decode import decode
from stream.errors import LogUnavailable
from stream.log import Delivery, Position, Record
from stream.meter import Meter
from stream.metrics import INSERT
from stream.observed import ObservedEncoder, ObservedStep, observed
from stream.scoring import verdicts
from stream.sqlite_log import SqliteLog
from stream.step import Counts, Step
from stream.worker import Worker
from tests.stream.fakes import NOON, FlatEncoder, LengthScorer
from tests.stream.metered import Numbers, numbers

SECRET = "the secret of the customer"  # noqa: S105 - content that must not get out
CALL = {"occurred_at": NOON.isoformat(), "provider": "openai", "request_model": "gpt-4o"}


def call(number: int, **fields: object) -> bytes:
    """Return one call as a line."""
    return json.dumps({**CALL, "event_id": f"event-{number}", "response": "r" * number, **fields}).encode()


def taken(log: SqliteLog, database: Database, lines: list[bytes]) -> Numbers:
    """Take lines through a step that is observed, and return what was counted."""
    meter = Meter("score")
    writer = Writer(database, lambda table: meter.timed(INSERT, table))
    step = Step(
        log, writer, observed([Failing()], meter), ObservedEncoder(FlatEncoder(), meter), lambda: NOON
    )
    for topic, records in gathered(map(Border().admit, lines)).items():
        log.append(topic, records)
    worker = Worker(log, ObservedStep(step, meter))
    while worker.once():
        pass
    assert SECRET.encode() not in meter.text()
    return numbers(meter.text())


class Failing(LengthScorer):
    """Quotes the answer where it fails, as libraries do; has nothing to say of empty ones."""

    def score(self, batch: Batch) -> Column:
        if SECRET in batch.response:
            raise ValueError(f"cannot read {SECRET!r}")
        column = super().score(batch)
        column.score[[not text for text in batch.response]] = float("nan")
        return column


def test_counted(tmp_path_factory: pytest.TempPathFactory, database: Database) -> None:
    """Events, dead letters, batches, inserts and verdicts are counted as they are, whatever senders write."""
    lines = [call(number, route=f'{SECRET}"}} {number}', tenant=SECRET) for number in range(9)]
    lines += [call(9, response=SECRET), b"broken", call(11, occurred_at="2020-01-01T00:00:00Z")]
    found = taken(SqliteLog(tmp_path_factory.mktemp("log")), database, lines)
    assert found["fmwatch_events_total", "stored"] == 10
    assert found["fmwatch_events_total", "dead_letter"] == 2
    assert found["fmwatch_dead_letters_total", "invalid_json"] == 1
    assert found["fmwatch_dead_letters_total", "clock_out_of_range"] == 1
    assert found["fmwatch_dead_letters_total", "too_large"] == 0
    assert found["fmwatch_batch_events_sum",] == len(lines)
    assert found["fmwatch_batch_bytes_sum",] >= sum(map(len, lines))
    assert found["fmwatch_step_duration_seconds_count",] == 1
    assert found["fmwatch_insert_duration_seconds_count", "generations"] == 1
    assert found["fmwatch_insert_duration_seconds_count", "dead_letters"] == 1
    assert found["fmwatch_verdicts_total", "scored", "refusal"] == 8
    assert found["fmwatch_verdicts_total", "not_assessable", "refusal"] == 1
    assert found["fmwatch_verdicts_total", "error", "refusal"] == 1
    assert found["fmwatch_scorer_inclusion_ratio", "refusal"] == 1
    assert found["fmwatch_scorer_duration_seconds_count", "embedding"] >= 1


def test_same_verdicts() -> None:
    """A scorer that is observed says what it said before."""
    batch = Batch([], FlatEncoder())
    plain: list[Scorer] = [LengthScorer()]
    watched = observed(plain, Meter("score"))
    assert [(one.name, one.version) for one in watched] == [(one.name, one.version) for one in plain]
    assert verdicts(batch, watched)["refusal"].label == verdicts(batch, plain)["refusal"].label


def test_failing_scorer_log(caplog: pytest.LogCaptureFixture) -> None:
    """What a scorer says where it fails may quote the event, so the log has only its type and its place."""
    event = decode(call(1, response=SECRET))
    assert isinstance(event, Generation)
    with caplog.at_level(logging.WARNING):
        verdicts(Batch([event], FlatEncoder()), [Failing()])
    assert (
        "scorer refusal fails on 1 of 1 events, first 'event-1': ValueError in test_observed.py:"
        in caplog.text
    )
    assert SECRET not in caplog.text


class Away:
    """A step that fails as long as something is away."""

    def __init__(self, error: Exception | None) -> None:
        self.error = error

    def __call__(self, deliveries: Sequence[Delivery]) -> Counts:
        if self.error:
            raise self.error
        return Counts(len(deliveries), len(deliveries))


@pytest.mark.parametrize(
    ("error", "away"), [(StoreUnavailable("it is full"), "store"), (LogUnavailable("no broker"), "log")]
)
def test_retries(error: Exception, away: str) -> None:
    """A try that failed is counted by what was away; the batch stays in hand and grows old."""
    meter, now, inner = Meter("score"), [1_000.0], Away(error)
    step = ObservedStep(inner, meter, clock=lambda: now[0])
    batch = [Delivery(Position("llm.generations", 0, 7), Record(b"", b"{}"), at=990.0)]
    for now[0] in (1_000.0, 1_060.0):
        with pytest.raises(type(error)):
            step(batch)
    found = numbers(meter.text())
    assert found["fmwatch_retries_total", away] == 2
    assert found["fmwatch_oldest_in_hand_seconds",] == 70
    assert found["fmwatch_events_total", "stored"] == 0
    inner.error = None
    step(batch)
    found = numbers(meter.text())
    assert found["fmwatch_oldest_in_hand_seconds",] == 0
    assert found["fmwatch_events_total", "stored"] == 1
    assert found["fmwatch_step_duration_seconds_count",] == 1


def test_age_unknown() -> None:
    """A log that does not say when it took a record: it is as old as the first try of its batch."""
    meter, now = Meter("up"), [1_000.0]
    step = ObservedStep(Away(StoreUnavailable("it is full")), meter, clock=lambda: now[0])
    for now[0] in (1_000.0, 1_060.0):
        with pytest.raises(StoreUnavailable):
            step([Delivery(Position("llm.generations", 0, 7), Record(b"", b"{}"))])
    assert numbers(meter.text())["fmwatch_oldest_in_hand_seconds",] == 60


def test_zero() -> None:
    """A scorer's failures are there as 0 before the first, which an alarm on their increase would miss."""
    meter = Meter("score")
    observed([Failing()], meter)
    assert numbers(meter.text())["fmwatch_verdicts_total", "error", "refusal"] == 0
