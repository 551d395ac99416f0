"""When nothing more may be taken in for now."""

from __future__ import annotations

BUSY_RETRY_S = 5


class Full(Exception):  # noqa: N818 - a state, read as a sentence
    """Too much waits for the workers, or a token has sent all it may; the message says so.

    Attributes
    ----------
    after_s : seconds until the same may be sent again
    """

    def __init__(self, message: str, after_s: int = BUSY_RETRY_S) -> None:
        super().__init__(message)
        self.after_s = after_s
