"""Deadlines as tests want them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from services.deadlines.deadline import About, Deadline

NOW = datetime(2026, 8, 21, 12, tzinfo=UTC)
ABOUT = About(
    share=0.74,
    routes=("support/answer", "search/rank"),
    owners=("support-oncall", "search-team"),
    source="page",
    url="https://example.org/deprecations",
    as_of="2026-08-20",
    confidence="high",
)


def deadline(model: str = "gpt-4o", **changed: Any) -> Deadline:
    """Return a model that is announced to stop on 1 December."""
    plain: dict[str, Any] = {
        "tenant": "default",
        "platform": "openai",
        "model": model,
        "state": "announced",
        "day": date(2026, 12, 1),
        "sequence": 0,
        "made_at": NOW,
        "changed_at": NOW,
        "about": ABOUT,
    }
    return Deadline(**plain | changed)
