"""Dead letters as the store gives them, and lines that become some."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from hashlib import sha256

from services.dead_letters.letter import Letter

NOON = datetime(2026, 11, 2, 12, 0, 0, 250_000, tzinfo=UTC)
LONG_AGO = "2020-01-01T00:00:00Z"
CALL = {
    "event_id": "a",
    "occurred_at": "2026-11-02T11:00:00Z",
    "provider": "openai",
    "request_model": "gpt-4o",
    "route": "support/answer",
}


def line(**fields: object) -> bytes:
    """Return a call as a line."""
    return json.dumps({**CALL, **fields}).encode()


def letter(raw: bytes, **fields: object) -> Letter:
    """Return the letter of a line that was refused at noon."""
    usual = {
        "tenant": "default",
        "topic": "llm.generations",
        "partition": 3,
        "offset": 17,
        "line": 0,
        "at": NOON,
        "reason": "wrong_type",
        "field": "usage.input",
        "message": "usage.input must be a whole number, not text",
        "original": raw[: 64 * 1024].decode("utf-8", "backslashreplace"),
        "original_bytes": len(raw),
        "sha256": sha256(raw).hexdigest(),
    }
    return Letter.of({**usual, **fields})
