"""A log that is connected to when it is needed, and brokers that are not there."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from services.config import Config, ConfigError, LogConfig
from services.late_log import LateLog
from stream.errors import LogUnavailable

pytestmark = pytest.mark.kafka  # whose library leaves refused sockets to the collector


def test_away() -> None:
    """Where no broker answers whoever asks is told so, several at once side by side, and may ask again."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # and nobody listens
        config = Config(log=LogConfig(kafka=f"127.0.0.1:{held.getsockname()[1]}"))
        with LateLog(config, send_s=0.2) as log, ThreadPoolExecutor(4) as threads:
            for _ in range(2):
                errors = [
                    each.exception() for each in [threads.submit(log.ingest, [b"{}"]) for _ in range(4)]
                ]
                assert {type(error) for error in errors} == {LogUnavailable}


def test_never_needed() -> None:
    """Nobody connects before there is something to take in."""
    with LateLog(Config(log=LogConfig(kafka="127.0.0.1:1"))):
        pass


def test_no_brokers() -> None:
    """Without brokers in the configuration there is no such log."""
    with pytest.raises(ConfigError, match=r"log\.kafka"):
        LateLog(Config())
