"""Generations with sensible defaults, for tests and benches of every room."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from fmwatch.event import Generation, Passage

NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)


def generation(*, context: Sequence[str | Passage] = (), **fields: Any) -> Generation:  # noqa: ANN401 - any field of Generation
    """Return a finished, ordinary model call; name only the fields the test is about.

    Parameters
    ----------
    context : passages, or plain texts that become passages
    fields : any other fields of `Generation`

    >>> generation(response="").response
    ''
    """
    usual: dict[str, Any] = {
        "event_id": "event-1",
        "occurred_at": NOON,
        "provider": "openai",
        "platform": fields.get("provider", "openai"),
        "request_model": "gpt-4o",
        "app": "helpdesk",
        "route": fields.get("app", "helpdesk"),
        "prompt": "How do I reset my password?",
        "response": "Open the settings page and choose the option to reset your password.",
        "finish_reason": "stop",
    }
    passages = tuple(Passage(text) if isinstance(text, str) else text for text in context)
    return Generation(**{**usual, "context": passages, **fields})


def generations(n: int, **fields: Any) -> list[Generation]:  # noqa: ANN401 - any field of Generation
    """Return `n` calls that differ in their event id only."""
    return [generation(event_id=f"event-{number}", **fields) for number in range(n)]
