"""`fmwatch replay --to`: a person's own files into the topics of the production path, in their own time."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from rich.console import Console

from services.config import Config, ConfigError
from services.replay_command import bar, say, told_of
from services.wall import now
from services.wiring import border
from stream.border import Admitted, Border, gathered
from stream.decode import Clock, decode
from stream.errors import InvalidEvent
from stream.importers.formats import sources as made
from stream.importers.names import Format
from stream.importers.source import passed_over
from stream.kafka_log import KafkaLog
from stream.kafka_topics import present
from stream.log import Log
from stream.replay import Progress, batches
from stream.sources import Source, readable
from stream.topics import INGEST


@dataclass(slots=True)
class Sent:
    """What was written.

    Attributes
    ----------
    events : lines that are not blank, the wrong ones as well
    records : that hold them
    dead_letter_reasons : what the step will make of the wrong ones, by reason
    """

    events: int = 0
    records: int = 0
    dead_letter_reasons: Counter[str] = field(default_factory=Counter)


def brokers(url: str) -> str:
    """Return the brokers that an address names.

    Raises
    ------
    ConfigError : it names none

    >>> brokers("kafka://broker-1:9092,broker-2:9092")
    'broker-1:9092,broker-2:9092'
    """
    try:
        found = urlsplit(url)
        usable = found.scheme == "kafka" and found.netloc and not (found.path.strip("/") or found.query)
    except ValueError:
        usable = False
    if not usable:
        raise ConfigError("--to: is no address of brokers; write kafka://broker-1:9092,broker-2:9092")
    return found.netloc


def send(
    files: Sequence[str], to: str, config_file: Path | None, *, format_: Format | None, as_json: bool
) -> None:
    """Write the files' lines into the topics and print how many there were.

    Raises
    ------
    SourceUnreadable : one of the files cannot be read; nothing has been written
    LogError : no broker answers, or a topic is missing; what was written before stays
    """
    config = Config.load(config_file)
    readable(files)
    present(to, INGEST)
    started = time.perf_counter()
    with (
        KafkaLog(to) as log,
        tempfile.TemporaryDirectory(prefix="fmwatch-replay-") as spool,
        bar() as progress,
    ):
        sources = made(files, Path(spool), format_)
        sent = written(sources, log, border(config), now, progress)
    seconds = time.perf_counter() - started
    if as_json:
        document = {
            "events": sent.events,
            "records": sent.records,
            "dead_letter_reasons": dict(sorted(sent.dead_letter_reasons.items())),
            "passed_over": passed_over(sources),
            "seconds": round(seconds, 3),
        }
        sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=1) + "\n")
    else:
        say(told_of(sources))
        _tell(sent, to)


def written(
    sources: Sequence[Source], log: Log, at: Border, clock: Clock, progress: Progress | None = None
) -> Sent:
    """Write every line of the sources; what was written when this returns is on the brokers."""
    sent = Sent()
    total = sum(source.size for source in sources)
    before = 0
    for source in sources:
        for batch in batches(source.lines()):
            admitted = [at.admit(line.raw) for line in batch]
            for topic, records in gathered(admitted).items():
                log.append(topic, records)
                sent.records += len(records)
            sent.events += len(batch)
            sent.dead_letter_reasons.update(_reasons(admitted, clock))
            if progress:
                progress(before + batch[-1].read_bytes, total, sent.events)
        before += source.size
    return sent


def _reasons(admitted: Iterable[Admitted], clock: Clock) -> Iterator[str]:
    for one in admitted:
        try:
            if one.refusal:
                raise one.refusal
            decode(one.line, clock)
        except InvalidEvent as error:
            yield error.reason


def _tell(sent: Sent, to: str) -> None:
    out = Console(highlight=False, soft_wrap=True)
    out.print(f"{sent.events:,} events are on {to}, in {sent.records:,} records")
    for reason, n in sorted(sent.dead_letter_reasons.items()):
        out.print(f"  warning: {n:,} of them become dead letters: {reason.replace('_', ' ')}")
    out.print("Next  fmwatch worker score   scores what is there")
