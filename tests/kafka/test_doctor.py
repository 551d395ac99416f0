"""`fmwatch doctor` on a real broker: what it finds, and that its remedies work when they are run."""

from __future__ import annotations

import json
import os
import shlex
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest
from kafka import KafkaAdminClient
from kafka.admin import (
    ACL,
    ACLFilter,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    ConfigResource,
    ResourcePattern,
    ResourcePatternFilter,
    ResourceType,
)

from services.doctor.check import AWAY, Finding, exit_code
from services.doctor.kafka import kafka
from services.testing import FMWATCH, Production
from stream.kafka_topics import KafkaTopics
from stream.testing import JARS, Broker
from stream.topics import CHANGES, GENERATIONS, SIGNALS, TOPICS
from tests.contract.schema import errors, load
from tests.services.doctor.findings import by_name, one, statuses

pytestmark = pytest.mark.kafka

CALL = {"event_id": "a", "provider": "openai", "request_model": "gpt-4o"}
WELL_S = 30.0
ANYTHING = ResourcePatternFilter(ResourceType.ANY, None, ACLResourcePatternType.ANY)


def doctor(brokers: str, store: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    places = {"FMWATCH_LOG_KAFKA": brokers, "FMWATCH_STORE_CLICKHOUSE": store}
    return subprocess.run(
        [FMWATCH, "doctor", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **places},
        timeout=40,
    )


def call() -> bytes:
    """Return one call of now."""
    return json.dumps({**CALL, "occurred_at": datetime.now(UTC).isoformat()}).encode()


@pytest.mark.timeout(180)
def test_well(production: Production) -> None:
    """With workers at work everything is well: exit code 0, and the document fits its schema."""
    with ExitStack() as stack:
        stack.enter_context(production.worker("score", "--consumer", "plain"))
        stack.enter_context(production.worker("watch"))
        production.until(lambda: set(statuses(kafka(production.brokers, "")).values()) == {"ok"})
        production.send([call()])
        production.until(lambda: not production.lag())
        said = doctor(production.brokers, production.store.url, "--json")
    document = json.loads(said.stdout)
    assert errors(document, load("doctor")) == []
    assert [one for one in document["checks"] if one["status"] == "fail"] == []
    assert (said.returncode, said.stderr, document["ok"]) == (0, "", True)
    found = {one["name"]: one["what"] for one in document["checks"]}
    assert found["group score"] == "1 member; nothing waits"
    assert "4.3" in found["kafka cluster"]
    assert found["kafka topics"] == f"all {len(TOPICS)} as the table says"


def test_nobody_yet(brokers: str) -> None:
    """Before workers are started that is to be looked after, and nothing is wrong."""
    found = list(kafka(brokers, " --config fmwatch.yaml"))
    assert statuses(found)["group score"] == "warn"
    assert one(found, "group watch").remedy == "fmwatch worker watch --config fmwatch.yaml"
    assert exit_code(found) == 0


def test_nobody_scores(production: Production) -> None:
    """Records that nobody scores are wrong, with how many and for how long; asking reads none of them."""
    production.send([call(), call()])
    for _ in range(2):
        found = list(kafka(production.brokers, ""))
        assert one(found, "group score").status == "fail"
        assert "0 members; 1 records wait, the oldest for " in one(found, "group score").what
        assert one(found, "group watch").status == "fail"


def test_missing(brokers: str, tmp_path: Path) -> None:
    """A topic that is missing is wrong; the remedy, run as it is printed, makes it."""
    with KafkaAdminClient(bootstrap_servers=brokers) as admin:
        admin.delete_topics([CHANGES])
    file = tmp_path / "fm watch.yaml"
    file.write_text(f"log: {{kafka: '{brokers}'}}\n")
    finding = one(seen(brokers, f" --config {shlex.quote(str(file))}"), "kafka topics")
    assert (finding.status, finding.what) == ("fail", f"{CHANGES} is missing")
    command = shlex.split(finding.remedy)
    assert command[0] == "fmwatch"
    subprocess.run([FMWATCH, *command[1:]], check=True)
    assert statuses(kafka(brokers, ""))["kafka topics"] == "ok"


def test_partitions(brokers: str) -> None:
    """Another number of partitions is wrong, and only a person can mend it."""
    with KafkaAdminClient(bootstrap_servers=brokers) as admin:
        admin.create_partitions({GENERATIONS: 13})
    finding = one(seen(brokers), "kafka topics")
    assert finding.status == "fail"
    assert finding.what == f"{GENERATIONS} has partitions 13, the table says 12"
    assert "cut over" in finding.remedy


def test_kept_longer(brokers: str) -> None:
    """Records that are kept for longer than the table says are to be looked after."""
    longer = ConfigResource("TOPIC", SIGNALS, {"retention.ms": "-1"})
    with KafkaAdminClient(bootstrap_servers=brokers) as admin:
        admin.alter_configs([longer])
    finding = one(seen(brokers), "kafka topics")
    assert finding.status == "warn"
    assert f"--entity-name {SIGNALS} --add-config retention.ms=" in finding.remedy


def test_one_of_two(brokers: str) -> None:
    """A broker that is away is named, also where another answers for the cluster."""
    found = list(kafka(f"127.0.0.1:1,{brokers}", ""))
    first, second = by_name(found)["kafka brokers"]
    assert (first.status, first.code, second.status) == ("fail", AWAY, "ok")
    assert "127.0.0.1:1 takes no connection: connection refused" in first.what
    assert statuses(found)["kafka topics"] == "ok"


def test_silent(brokers: str, production: Production) -> None:
    """A broker that takes connections and says nothing is named soon, and the others are asked."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        began = datetime.now(UTC)
        said = doctor(f"{address},{brokers}", production.store.url)
        took_s = (datetime.now(UTC) - began).total_seconds()
    assert said.returncode == 3
    assert f"{address} takes a connection and does not answer as a Kafka broker" in said.stdout
    assert f"all {len(TOPICS)} as the table says" in said.stdout
    assert took_s < WELL_S


def test_away(production: Production) -> None:
    """Brokers and a store that are away are exit code 3, each with the key to correct."""
    production.store.stop()
    said = doctor("127.0.0.1:1", production.store.url)
    assert said.returncode == 3
    assert "start it, or correct log.kafka" in said.stdout
    assert "start it, or correct store.clickhouse" in said.stdout
    production.store.start()


def test_unknown_key(tmp_path: Path) -> None:
    """A key that does not exist is exit code 2 before anything is asked."""
    file = tmp_path / "fmwatch.yaml"
    file.write_text("log: {kafca: 'h:1'}\n")
    said = subprocess.run(
        [FMWATCH, "doctor", "--config", file], capture_output=True, text=True, check=False, timeout=40
    )
    assert said.returncode == 2
    assert f"{file}:1: log.kafca" in said.stdout
    assert "did you mean kafka?" in said.stdout


@pytest.fixture(scope="module")
def guard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of a broker that asks what its users may."""
    broker = Broker(tmp_path_factory.mktemp("guard"))
    with broker._properties.open("a", encoding="utf-8") as properties:
        properties.write(
            "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer\n"
            "allow.everyone.if.no.acl.found=true\n"
        )
    with broker, KafkaTopics(broker.address) as topics:
        topics.create()
        yield broker.address


@pytest.fixture
def guarded(guard: str) -> str:
    """Return its address; everybody may everything at first."""
    with KafkaAdminClient(bootstrap_servers=guard) as admin:
        admin.delete_acls([ACLFilter(None, None, ACLOperation.ANY, ACLPermissionType.ANY, ANYTHING)])
    while statuses(kafka(guard, ""))["kafka rights"] != "ok":
        pass  # a broker hears of it a moment later
    return guard


@pytest.mark.parametrize("operation", ["READ", "WRITE", "DESCRIBE_CONFIGS"])
def test_rights(guarded: str, operation: str) -> None:
    """A topic that this user may not read or write is wrong, without a record having been written."""
    with KafkaAdminClient(bootstrap_servers=guarded) as admin:
        admin.create_acls([acl("User:*", "ALL", "ALLOW"), acl("User:ANONYMOUS", operation, "DENY")])
    finding = one(seen(guarded, what="kafka rights"), "kafka rights")
    assert finding.what == f"{GENERATIONS}: this user may not {operation.lower().replace('_', ' ')}"
    assert f"--operation {operation.title().replace('_', '')} --topic {GENERATIONS}" in finding.remedy


def test_hidden(guarded: str) -> None:
    """A topic that this user may not see is not called missing; the remedy, as printed, lets it in."""
    with KafkaAdminClient(bootstrap_servers=guarded) as admin:
        admin.create_acls([acl("User:another", "ALL", "ALLOW")])
    found = seen(guarded, what="kafka rights")
    assert one(found, "kafka topics").status == "skip"
    finding = one(found, "kafka rights")
    assert finding.what == f"{GENERATIONS}: this user may not even see it"
    command = finding.remedy.partition(",")[0].replace("BROKER", guarded).replace("NAME", "ANONYMOUS").split()
    assert command[0] == "kafka-acls.sh"
    tool = ["java", "-cp", f"{JARS}/*", "org.apache.kafka.tools.AclCommand"]
    subprocess.run([*tool, *command[1:]], check=True, capture_output=True)
    while statuses(kafka(guarded, ""))["kafka rights"] != "ok":
        pass  # a broker hears of it a moment later


def acl(user: str, operation: str, permission: str) -> ACL:
    """Return a rule about the topic of calls."""
    resource = ResourcePattern(ResourceType.TOPIC, GENERATIONS)
    return ACL(user, "*", ACLOperation[operation], ACLPermissionType[permission], resource)


def seen(brokers: str, told: str = "", what: str = "kafka topics") -> list[Finding]:
    """Return what is found once it differs: a broker hears of a change a moment after it is made."""
    while statuses(found := list(kafka(brokers, told)))[what] == "ok":
        pass
    return found
