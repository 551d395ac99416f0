"""`fmwatch topics`: the table of topics, on a cluster."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict

from services.config import Config
from services.wiring import brokers
from stream.kafka_topics import Difference, KafkaTopics
from stream.topics import TOPICS


def create(config: Config, replicas: int | None, *, as_json: bool) -> None:
    """Create what is missing and raise what is too low; say what was done."""
    with KafkaTopics(brokers(config)) as topics:
        done = topics.create(replicas)
    if as_json:
        _print(done)
        return
    for one in done:
        sys.stdout.write(f"{'raised' if one.what else 'created'} {one.topic} {one.what}".rstrip() + "\n")
    if not done:
        sys.stdout.write(f"all {len(TOPICS)} topics are as they should be\n")


def check(config: Config, *, as_json: bool) -> int:
    """Print what differs from the table; return 1 where anything does."""
    with KafkaTopics(brokers(config)) as topics:
        found = topics.check()
    if as_json:
        _print(found)
    else:
        lines = [str(one) for one in found] or [f"all {len(TOPICS)} topics are as they should be"]
        sys.stdout.write("\n".join(lines) + "\n")
    return 1 if found else 0


def _print(found: list[Difference]) -> None:
    sys.stdout.write(json.dumps({"topics": [asdict(one) for one in found]}, indent=1) + "\n")
