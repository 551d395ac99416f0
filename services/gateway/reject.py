"""What the answer says of a line that is not taken."""

from __future__ import annotations

from typing import NamedTuple


class Reject(NamedTuple):
    """A line that is no event the sender may send, as the answer names it."""

    line: int
    reason: str
    field: str
    message: str
