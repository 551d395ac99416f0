"""`fmwatch replay --to`: a file into the topics, and what workers make of it."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from services.testing import FMWATCH, Production
from store.database import Database
from stream.kafka_log import KafkaLog
from stream.log import MAX_LINES
from stream.topics import GENERATIONS, INGEST
from tests.services.small_fleet import lines

pytestmark = pytest.mark.kafka

OLD = b'{"event_id":"old","occurred_at":"2019-01-01T00:00:00Z","provider":"openai","request_model":"gpt-4o"}'


def replay(*arguments: str | Path, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run `fmwatch replay`."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("FMWATCH_")}
    return subprocess.run(
        [FMWATCH, "replay", *arguments], input=stdin, capture_output=True, check=False, env=environment
    )


def stored(database: Database) -> dict[str, Any]:
    """Return how many calls and dead letters there are."""
    return database.rows(
        "SELECT (SELECT count() FROM generations FINAL) AS calls, "
        "(SELECT count() FROM dead_letters FINAL) AS letters"
    )[0]


def test_replay(production: Production, tmp_path: Path) -> None:
    """Every line goes to the topics as the border writes it; given again, no call is counted twice."""
    calls = list(lines(days=1))
    file = tmp_path / "calls.jsonl"
    file.write_bytes(b"\n".join([*calls, b"{broken", OLD, b""]))
    to = f"kafka://{production.brokers}"
    said = replay(file, "--to", to, "--json")
    assert said.returncode == 0, said.stderr
    document = json.loads(said.stdout)
    with KafkaLog(production.brokers) as log:
        records = [
            one.record for topic in INGEST for one in log.read(topic, "check", lines=10**6, size=10**9)
        ]
    assert document["events"] == len(calls) + 2 == sum(record.count for record in records)
    assert document["records"] == len(records) < document["events"]
    assert max(record.count for record in records) <= MAX_LINES
    assert document["dead_letter_reasons"] == {"clock_out_of_range": 1, "invalid_json": 1}
    with (
        Database.open(url=production.store.url) as database,
        production.worker("score", "--consumer", "plain"),
    ):
        production.until(lambda: stored(database) == {"calls": len(calls), "letters": 2})
        told = replay("-", "--to", to, stdin=file.read_bytes())
        assert f"{len(calls) + 2:,} events are on" in told.stdout.decode()
        production.until(lambda: production.lag() == 0)
        # Where a letter's line stands is its identity, so the two lines that are no events count again.
        assert stored(database) == {"calls": len(calls), "letters": 4}


def test_refused(brokers: str, tmp_path: Path) -> None:
    """What cannot be done is said before anything is written, with the exit code that fits."""
    file = tmp_path / "calls.jsonl"
    file.write_bytes(OLD)
    for code, said, arguments in (
        (2, b"write kafka://", (file, "--to", "http://broker:9092")),
        (2, b"write kafka://", (file, "--to", "kafka://")),
        (2, b"write kafka://", (file, "--to", "kafka://[")),
        (2, b"cannot read", (tmp_path / "none", "--to", f"kafka://{brokers}")),
        (2, b"leave out --data", (file, "--to", f"kafka://{brokers}", "--data", tmp_path)),
        (2, b"leave out --data", (file, "--to", f"kafka://{brokers}", "--notify")),
        (3, b"is it up", (file, "--to", "kafka://127.0.0.1:1")),
    ):
        done = replay(*arguments)
        assert (done.returncode, done.stdout) == (code, b""), done.stderr
        assert said in done.stderr
    with KafkaLog(brokers) as log:
        assert log.lag(GENERATIONS, "check") == 0
