"""Why events, or what was in them, are lost; the words that reports, headers and metrics share."""

from __future__ import annotations

# Why events are lost. Append only: files that outlive a process count by place.
LOST = (
    "queue_full",
    "rejected",
    "too_large",
    "not_encodable",
    "closed",
    "spool_full",
    "spool_failed",
    "killed",
)
# Why content is lost, and the event is not.
STRIPPED = ("redaction_failed", "spool_crowded")
