"""How every part reaches the brokers, and what their library raises in this room's words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

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
