"""What time it is, for processes that live in real time; a replay and the demo have clocks of their own."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """Return the real time, aware, in UTC."""
    return datetime.now(UTC)
