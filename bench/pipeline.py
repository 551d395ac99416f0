"""Measure what consuming from a real broker costs: a bare loop, our plain consumer, and Faust.

Each way runs in a process of its own, on the same records, into the same store served by another process,
without scorers and with all of tier 0, for records of one line and of twenty. The figure is Faust's speed as
a share of the plain consumer's, both with tier 0 and records of twenty.

Needs the jars that `make kafka` fetches.

python -m bench.pipeline [--json] [--full]    (16,384 events; --full: 65,536)
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.mix import halves
from bench.report import emit, options
from bench.whole import lines_of
from store.testing import ServedStore, served
from stream.kafka_log import KafkaLog
from stream.kafka_topics import KafkaTopics
from stream.log import Record
from stream.testing import Broker
from stream.topics import GENERATIONS

WAYS = ("bare", "plain", "faust")
SIZES = (1, 20)  # lines of a record
PATIENCE_S = 280


def main() -> None:
    """Print the document."""
    chosen = options(__doc__ or "")
    lines = lines_of(halves(65_536 if chosen.full else 16_384)[0])
    speeds: dict[tuple[str, int, bool], float] = {}
    for size in SIZES:
        with _place(lines, size) as (brokers, store):
            for scored in (False, True):
                for way in WAYS:
                    sys.stderr.write(f"records of {size}, {way}{', tier 0' if scored else ''} ...\n")
                    speeds[way, size, scored] = _speed(way, brokers, store, len(lines), scored=scored)
    rows = [
        {
            "way": way,
            "lines_of_a_record": size,
            "tier_0": scored,
            "events_per_cpu_s": speed,
            "share_of_bare": speed / speeds["bare", size, scored],
        }
        for (way, size, scored), speed in speeds.items()
    ]
    emit(
        "pipeline",
        speeds["faust", 20, True] / speeds["plain", 20, True],
        "of the plain consumer's speed under Faust",
        n=len(lines),
        rows=rows,
        as_json=chosen.json,
    )


@contextmanager
def _place(lines: Sequence[bytes], size: int) -> Iterator[tuple[str, ServedStore]]:
    """Run a broker that holds the lines in records of this size, and an empty store."""
    with empty_place() as (brokers, store):
        with KafkaLog(brokers) as log:
            log.append(GENERATIONS, records_of(lines, size))
        yield brokers, store


@contextmanager
def empty_place() -> Iterator[tuple[str, ServedStore]]:
    """Run a broker with empty topics, and an empty store."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        with Broker(folder) as broker, served(folder / "store") as store:
            with KafkaTopics(broker.address) as topics:
                topics.create()
            yield broker.address, store


def records_of(lines: Sequence[bytes], size: int) -> list[Record]:
    """Return records of so many lines; 48 keys take turns."""
    starts = range(0, len(lines), size)
    return [Record(b"key-%d" % (at // size % 48), b"\n".join(lines[at : at + size])) for at in starts]


def _speed(way: str, brokers: str, store: ServedStore, events: int, *, scored: bool) -> float:
    """Return events per processor second of the consuming process, its start as a consumer included."""
    command = [sys.executable, "-m", "bench.pipeline_worker", way, brokers, store.url]
    command += [f"{way}-{scored}", str(events), *(["--scored"] if scored else [])]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=True)  # noqa: S603 - our own module
    return events / float(ran.stdout)


if __name__ == "__main__":
    main()
