"""Where a worker says what happens: standard error, a line each."""

from __future__ import annotations

import logging


def to_stderr() -> None:
    """Show warnings, and of Kafka's library only errors: it warns of what is ordinary at every start."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("kafka").setLevel(logging.ERROR)
