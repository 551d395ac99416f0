"""Writes events straight to Kafka, as the gateway would; needs the extra fmwatch[kafka]."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from typing import Any, Dict, Iterator, List, Mapping, Optional, Sequence, Tuple

from fmwatch.errors import Retryable, TooLarge
from fmwatch.records import Line, gathered, key, topic
from fmwatch.redaction import DEFAULT_KINDS

PORT = 9092
SEND_S = 10.0  # how long the brokers have to acknowledge a batch
CLOSE_S = 1.0
COUNTS_HEADER = "fmwatch-counts"
MAX_REQUEST_BYTES = 1_048_588  # what the topics take, which is Kafka's own default
_RECONNECT_MS = 2_000  # at most so long after it is back, a broker is asked again


class KafkaTransport:
    """One record for up to fifty lines of one key, in the gateway's topics and under the gateway's keys.

    A batch has arrived when every in-sync copy has it. Until then it is sent again, so that some of it may
    arrive twice: an event is identified by what it says, and counts once. What the client has counted is a
    header of the first record.

    Parameters
    ----------
    brokers : host:port, several with commas; the port may be left out where it is 9092
    settings : more of kafka-python's producer, such as security_protocol, ssl_cafile or sasl_mechanism
    send_s : how long the brokers have to acknowledge a batch

    Attributes
    ----------
    redact : kinds the client takes out unless it is told otherwise, because nobody does after it

    Raises
    ------
    ValueError : kafka-python is not installed, or an address is none
    """

    redact: Sequence[str] = DEFAULT_KINDS

    def __init__(
        self, brokers: str, settings: Optional[Mapping[str, Any]] = None, send_s: float = SEND_S
    ) -> None:
        from importlib.util import find_spec  # noqa: PLC0415 - slow to import

        if find_spec("kafka") is None:
            raise ValueError("kafka:// needs kafka-python: install the extra, pip install 'fmwatch[kafka]'")
        self.brokers = [_address(one, brokers) for one in brokers.split(",")]
        self.destination = ",".join(sorted(self.brokers))
        self.settings = dict(settings or {})
        self.send_s = send_s
        self._producer: Any = None
        self._pid = 0

    @classmethod
    def of(cls, url: str) -> KafkaTransport:
        """Return the transport of a URL such as kafka://broker-1:9092,broker-2:9092.

        Raises
        ------
        ValueError : there is more in it than brokers, or kafka-python is not installed
        """
        return cls(url.split("://", 1)[1].rstrip("/"))

    def prepare(self) -> None:
        """Import what `send` needs."""
        import kafka.errors  # noqa: F401, PLC0415 - an extra, and slow to import

    def send(self, batch: Sequence[bytes], counts: str) -> int:
        """Write the batch; acknowledged by the brokers when this returns."""
        from kafka.errors import (  # noqa: PLC0415 - an extra, and only the sender's thread pays
            KafkaError,
            MessageSizeTooLargeError,
            RecordListTooLargeError,
        )

        try:
            self._write(list(_records(batch)), counts)
        except (MessageSizeTooLargeError, RecordListTooLargeError) as error:
            raise TooLarge(f"Kafka takes no record as large: {error}") from error
        except KafkaError as error:
            if not error.retriable:
                self.close()  # a producer may be past mending; the next try gets a new one
            what = str(error) or type(error).__name__
            raise Retryable(f"{', '.join(self.brokers)} did not acknowledge: {what}") from error
        return 0

    def _write(self, records: Sequence[Tuple[str, bytes, bytes]], counts: str) -> None:
        """Hand over all records, then wait for each: whatever fails, what became of the others is known."""
        producer = self._opened()
        first = [(COUNTS_HEADER, counts.encode())]
        sent = [
            producer.send(where, key=key, value=value, headers=[] if at else first)
            for at, (where, key, value) in enumerate(records)
        ]
        failed: List[Exception] = []
        for one in sent:
            try:
                one.get(2 * self.send_s)
            except Exception as error:  # noqa: BLE001 - raised below, when all are decided
                failed.append(error)
        if failed:
            raise failed[0]

    def _opened(self) -> Any:  # noqa: ANN401 - kafka-python has no types
        if self._producer is not None and self._pid != os.getpid():
            _leave(self._producer)
            self._producer = None
        if self._producer is None:
            self._producer = self._connected()
            self._pid = os.getpid()
        return self._producer

    def _connected(self) -> Any:  # noqa: ANN401 - as above
        from kafka import KafkaProducer  # noqa: PLC0415 - an extra, and slow to import

        send_ms = int(self.send_s * 1000)
        ours: Dict[str, Any] = {
            "bootstrap_servers": self.brokers,
            "client_id": "fmwatch-client",
            "acks": "all",
            # With it kafka-python 3.0.12 can stop for good after an outage; a repeat is harmless here.
            "enable_idempotence": False,
            "max_in_flight_requests_per_connection": 1,  # so that a key keeps its order
            "compression_type": "gzip",
            "linger_ms": 5,
            "bootstrap_timeout_ms": send_ms,
            "max_block_ms": send_ms,
            "delivery_timeout_ms": send_ms,
            "request_timeout_ms": send_ms // 2,  # so that an answer that was lost is asked for again
            "reconnect_backoff_max_ms": _RECONNECT_MS,
            "max_request_size": MAX_REQUEST_BYTES,
            "allow_auto_create_topics": False,
        }
        begun: List[Any] = []

        def client(**given: Any) -> Any:  # noqa: ANN401 - the library's
            begun.append(KafkaProducer.DEFAULT_CONFIG["kafka_client"](**given))
            return begun[-1]

        try:
            producer = KafkaProducer(**{"kafka_client": client, **ours, **self.settings})
        except BaseException:
            for one in begun:  # kafka-python 3.0.12 would leave a thread and sockets behind for each try
                one.close()
            raise
        # The client ends it; what the library would do at the end of a forked process may wait for ever.
        producer._unregister_cleanup()  # noqa: SLF001 - there is no other way
        return producer

    def close(self) -> None:
        """End the connection; calling it twice is harmless, and another `send` opens another one."""
        producer, self._producer = self._producer, None
        if producer is None:
            return
        if self._pid != os.getpid():
            _leave(producer)
            return
        from kafka.errors import KafkaError  # noqa: PLC0415 - an extra

        with suppress(KafkaError):  # whoever sent has been told what became of it
            producer.close(CLOSE_S)


def _leave(producer: Any) -> None:  # noqa: ANN401 - kafka-python has no types
    """Let go of a producer that a parent process uses: its threads are not here, its locks may be held."""
    producer._closed = True  # noqa: SLF001 - else it would wait for them when it is collected


def _records(batch: Sequence[bytes]) -> Iterator[Tuple[str, bytes, bytes]]:
    """Yield topic, key and value of each record that a batch makes."""
    for where, records in gathered(map(_placed, batch), _pair).items():
        for found, value in records:
            yield where, found, value


def _placed(line: bytes) -> Line:
    """Return where a line goes; a NUL is read as every reader of the log reads it."""
    fields = json.loads(line)
    if b"\\u0000" in line:
        fields = {name: _without_nul(value) for name, value in fields.items()}
    where = topic(fields)
    return where, key(fields, where), line


def _without_nul(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    return value.replace("\0", "\ufffd") if isinstance(value, str) else value


def _pair(key: bytes, value: bytes) -> Tuple[bytes, bytes]:
    return key, value


def _address(text: str, whole: str) -> str:
    """Return one broker's address with its port."""
    host, colon, port = text.strip().rpartition(":")
    if not colon or text.strip().endswith("]"):
        host, port = text.strip(), str(PORT)
    if not host or not port.isdigit() or not 0 < int(port) <= 65535 or set(host) & set("/@?# "):  # noqa: PLR2004 - TCP's
        raise ValueError(f"no brokers in kafka://{whole}: write kafka://broker-1:9092,broker-2:9092")
    return f"{host}:{port}"
