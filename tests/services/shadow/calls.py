"""Calls of a route as applications make them, and stored calls as the store gives them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from store.pairs import Call

ROUTE = "support/answer"
INCUMBENT, CANDIDATE = "openai/gpt-4o-mini", "openai/gpt-5.4-mini"


def lines(n: int, *, answer: str = "By mail, within a day.", **changed: Any) -> bytes:
    """Calls of the last hour, a line each."""
    at = datetime.now(UTC) - timedelta(hours=1)
    platform, _, model = INCUMBENT.partition("/")
    calls: list[dict[str, Any]] = [
        {
            "event_id": f"call-{number}",
            "occurred_at": (at + timedelta(seconds=number)).isoformat(),
            "provider": platform,
            "request_model": model,
            "route": ROUTE,
            "team": "support",
            "user_hash": f"user-{number}",
            "messages": [
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": f"Where is parcel {number}?"},
            ],
            "context": [{"id": "p1", "text": f"Parcel {number} arrives by mail within a day."}],
            "response": answer,
            "request": {"temperature": 0.2, "max_tokens": 60},
            "usage": {"input": 40, "output": 8},
            "latency_ms": 640.0,
            **changed,
        }
        for number in range(n)
    ]
    return b"\n".join(json.dumps(call).encode() for call in calls)


def stored(**changed: Any) -> Call:
    """A stored call."""
    usual: dict[str, Any] = {
        "event_id": "call-1",
        "tenant": "default",
        "team": "support",
        "app": "desk",
        "route": ROUTE,
        "environment": "",
        "prompt_name": "answer",
        "prompt_version": "7",
        "user_hash": "u1",
        "platform": "openai",
        "request_model": "gpt-4o-mini",
        "prompt": "Where is it?",
        "messages": "",
        "context": [],
        "context_ids": [],
        "context_scores": [],
        "response": "Here.",
        "finish_reason": "stop",
        "error_type": "",
        "request_temperature": None,
        "request_max_tokens": None,
    }
    return Call(**(usual | changed))
