"""For tests and benchmarks: a real Apache Kafka broker, from the jars that `make kafka` fetches."""

from __future__ import annotations

import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

JARS = Path(__file__).parents[1] / "tests" / "kafka" / "libs"
CLUSTER = "MkU3OEVBNTcwNTJENDM2Qk"
READY_S = 60.0

_PROPERTIES = """
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
controller.listener.names=CONTROLLER
log.dirs={folder}/logs
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=500
log.segment.bytes=16777216
"""


class Broker:
    """One node (KRaft) with its own ports and folder; ended and started again it keeps what it was told.

    Attributes
    ----------
    address : host:port for clients
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port, controller = _free_ports(2)
        self.address = f"127.0.0.1:{self._port}"
        self._properties = folder / "broker.properties"
        self._properties.write_text(
            _PROPERTIES.format(port=self._port, controller=controller, folder=folder), encoding="utf-8"
        )
        self._java("kafka.tools.StorageTool", "format", "-t", CLUSTER, "-c", self._properties).wait(60)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        self._process = self._java("kafka.Kafka", self._properties)
        patience = time.monotonic() + READY_S
        while not self._answers():
            if time.monotonic() > patience:
                raise TimeoutError(f"the broker is not up after {READY_S} s; see {self._folder}/broker.log")

    def runs(self) -> bool:
        """Tell whether it was started and has not ended."""
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        """End it as an operator would."""
        if self._process:
            self._process.terminate()
            self._process.wait(60)

    def kill(self) -> None:
        """End it as a power cut would."""
        if self._process:
            self._process.kill()
            self._process.wait(60)

    def _answers(self) -> bool:
        """Ask on a new connection, briefly: one made while it starts may never be answered."""
        try:
            admin = KafkaAdminClient(
                bootstrap_servers=self.address, bootstrap_timeout_ms=1_000, request_timeout_ms=900
            )
        except KafkaError:
            return False
        admin.close()
        return True

    def _java(self, *command: str | Path) -> subprocess.Popen[bytes]:
        flags = ["-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
        with (self._folder / "broker.log").open("ab") as said:
            command = ("java", *flags, "-cp", f"{JARS}/*", *command)
            return subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT)  # noqa: S603 - our own arguments

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()


def _free_ports(n: int) -> list[int]:
    doors = [socket.create_server(("127.0.0.1", 0)) for _ in range(n)]
    ports = [door.getsockname()[1] for door in doors]
    for door in doors:
        door.close()
    return ports
