"""When nothing more may be taken in for now."""

from __future__ import annotations


class Full(Exception):  # noqa: N818 - a state, read as a sentence
    """Too much waits for the workers; the message says so, and the same may be sent again later."""
