"""What the commands can explain: an error a person can mend becomes one sentence and an exit code."""

from __future__ import annotations

from services.config import ConfigError
from services.serve import PortTaken
from store.errors import StoreError, StoreUnavailable
from stream.errors import StreamError

USAGE = 2  # usage or configuration: correct it and call again
AWAY = 3  # a dependency does not answer: the same call may work later


def exit_code(error: BaseException) -> int | None:
    """Return the exit code of an error whose message says the remedy; None for one nobody foresaw."""
    if isinstance(error, StoreUnavailable):
        return AWAY
    if isinstance(
        error, (ConfigError, StoreError, StreamError, PortTaken, PermissionError, NotADirectoryError)
    ):
        return USAGE
    return None
