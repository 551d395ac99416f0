"""Whether somebody scores and somebody watches, and how far behind they are."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing

from services.doctor.check import Finding, fail, ok, warn
from stream import leader, worker
from stream.kafka_condition import GroupState, KafkaCondition
from stream.kafka_group import KafkaGroup
from stream.kafka_reader import KafkaReader
from stream.topics import INGEST

SCORE, WATCH = "group score", "group watch"
LATE_S = 60.0


def groups(brokers: str, condition: KafkaCondition, told: str) -> Iterator[Finding]:
    """Look at both groups; nobody in them is a warning as long as nothing waits for them.

    Parameters
    ----------
    told : how a command is told the configuration
    """
    scoring = condition.group(worker.GROUP)
    records, oldest_s = _waiting(brokers)
    yield _score(scoring, records, oldest_s, told)
    yield _watch(condition.group(leader.GROUP), running=bool(scoring.members or records), told=told)


def _score(group: GroupState, records: int, oldest_s: float, told: str) -> Finding:
    waiting = f"{records:,} records wait, the oldest for {oldest_s:,.0f} s" if records else "nothing waits"
    what = f"{_members(group)}; {waiting}"
    start = f"fmwatch worker score{told}"
    if not group.members:
        return (fail if records else warn)(SCORE, what, start)
    if oldest_s > LATE_S:
        return warn(SCORE, what, f"look at the workers' messages; where they are well start more: {start}")
    return ok(SCORE, what)


def _watch(group: GroupState, *, running: bool, told: str) -> Finding:
    if group.members:
        return ok(WATCH, f"{_members(group)}, one of which leads")
    what = f"{_members(group)}: nobody watches, and nobody is alerted"
    return (fail if running else warn)(WATCH, what, f"fmwatch worker watch{told}")


def _members(group: GroupState) -> str:
    count = f"{group.members} member{'' if group.members == 1 else 's'}"
    moving = group.members and group.state != "Stable"
    return f"{count}, which share the partitions out just now" if moving else count


def _waiting(brokers: str) -> tuple[int, float]:
    """Return how many records nobody has acknowledged, and for how long the oldest has waited, s."""
    with KafkaGroup(brokers, worker.GROUP, INGEST) as group:
        backlog = group.backlog()
    now = time.time()
    since = now
    for topic in {at.topic for at in backlog}:
        with closing(KafkaReader(brokers, topic, worker.GROUP)) as reader:
            since = min(since, reader.waiting_since() or now)
    return sum(waiting.records for waiting in backlog.values()), now - since
