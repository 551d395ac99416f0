"""A cluster's log that is connected to when the first event comes, for those who rarely have one."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from types import TracebackType
from typing import Self

from services.config import Config
from services.wiring import border, brokers
from stream.border import gathered
from stream.errors import LogUnavailable
from stream.kafka_log import SEND_S, KafkaLog


class LateLog:
    """Takes lines in over the border. Any thread may call it; closed by the block that opens it.

    Parameters
    ----------
    send_s : how long the brokers may take to be found, and then to take what is sent

    Raises
    ------
    ConfigError : the configuration names no brokers
    """

    def __init__(self, config: Config, send_s: float = SEND_S) -> None:
        self._brokers = brokers(config)
        self._border = border(config)
        self._send_s = send_s
        self._connecting = threading.Lock()
        self._log: KafkaLog | None = None

    def ingest(self, lines: Iterable[bytes]) -> None:
        """Take lines in; durable in the log when this returns.

        Raises
        ------
        LogUnavailable : the brokers do not take them now, or somebody else waits for them already
        """
        log = self._connected()
        for topic, records in gathered(self._border.admit(line) for line in lines).items():
            log.append(topic, records)

    def _connected(self) -> KafkaLog:
        # Whoever waits holds a thread that others need: not one after the other while no broker answers.
        if not self._connecting.acquire(timeout=self._send_s):
            raise LogUnavailable(f"no broker at {self._brokers} answers; is it up?")
        try:
            if self._log is None:
                self._log = KafkaLog(self._brokers, send_s=self._send_s, answer_ms=int(1000 * self._send_s))
            return self._log
        finally:
            self._connecting.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._log is not None:
            self._log.close()
