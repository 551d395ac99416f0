"""How every part reaches the brokers, and what their library raises in this room's words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka.errors import KafkaError

from stream.errors import LogError, LogUnavailable

ANSWER_MS = 10_000  # how long a broker may take to be found
RECONNECT_MS = 2_000  # at most so long after it is back, a broker is asked again


def reached(brokers: str) -> dict[str, Any]:
    """Return the settings with which producers, consumers and the admin connect.

    Parameters
    ----------
    brokers : host:port, several with commas
    """
    return {
        "bootstrap_servers": brokers.split(","),
        "bootstrap_timeout_ms": ANSWER_MS,
        "reconnect_backoff_max_ms": RECONNECT_MS,
    }


def admin(brokers: str, **settings: object) -> KafkaAdminClient:
    """Return an admin that has found the brokers; raises what the library raises.

    Parameters
    ----------
    settings : more of the library's
    """
    return _made(KafkaAdminClient, brokers, **settings)


def producer(brokers: str, **settings: object) -> KafkaProducer:
    """Return a producer that has found the brokers; raises what the library raises.

    Parameters
    ----------
    settings : more of the library's
    """
    return _made(KafkaProducer, brokers, **settings)


def consumer(brokers: str, *topics: str, **settings: object) -> KafkaConsumer:
    """Return a consumer that has found the brokers, and acknowledges nothing by itself.

    A new group begins at the start of a topic.

    Parameters
    ----------
    topics : shared with the others of the group; none where partitions are assigned by hand
    settings : more of the library's
    """
    return _made(
        KafkaConsumer,
        brokers,
        *topics,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        allow_auto_create_topics=False,
        **settings,
    )


def _made(kind: Any, brokers: str, *topics: str, **settings: object) -> Any:  # noqa: ANN401 - the library has no types
    """Construct one; where that fails, end what it has begun.

    kafka-python 3.0.12 leaves a thread and its sockets behind where it finds no broker: asked again and again
    for an hour, a process would have no files left.
    """
    clients: list[Any] = []

    def client(**given: object) -> object:
        clients.append(kind.DEFAULT_CONFIG["kafka_client"](**given))
        return clients[-1]

    try:
        return kind(*topics, **{**reached(brokers), **settings}, kafka_client=client)
    except BaseException:
        for begun in clients:
            begun.close()
        raise


@contextmanager
def named(brokers: str) -> Iterator[None]:
    """Raise what passes as LogUnavailable and what does not as LogError, both with the brokers' address."""
    try:
        yield
    except KafkaError as error:
        what = str(error) or type(error).__name__
        if error.retriable:
            raise LogUnavailable(f"no broker at {brokers} takes this now ({what}); is it up?") from error
        raise LogError(f"Kafka at {brokers} refuses this: {what}") from error
