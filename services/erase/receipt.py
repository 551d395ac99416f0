"""The receipt of an erasure: what was asked, what was removed, what was looked for afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from importlib.metadata import version
from typing import Any

from services.alert_json import stamp
from store.subject import Subject
from stream.topics import TOPICS

RECEIPT = 1

Document = dict[str, Any]
Rows = Mapping[str, int]


def receipt(
    subject: Subject,
    at: datetime,
    finished_at: datetime,
    *,
    removed: Rows,
    log_lines: Rows | None,
    left: Rows,
) -> Document:
    """Return the receipt as JSON.

    It names nobody: of a user hash, or of an erased tenant's name, it has the first half of the SHA-256.
    Whoever knows the name can check it, nobody can read it.

    Parameters
    ----------
    log_lines : removed from the embedded log, by topic; None where the log is Kafka, which keeps its records
    left : what was found of it afterwards
    """
    return {
        "receipt": RECEIPT,
        "fmwatch": version("fmwatch-server"),
        "subject": _about(subject),
        "at": stamp(at),
        "finished_at": stamp(finished_at),
        "complete": not any(left.values()),
        "rows": dict(removed),
        "log_lines": None if log_lines is None else dict(log_lines),
        "left": dict(left),
        "kept_until": _kafka(at) if log_lines is None else {},
        "not_reached": list(_NOT_REACHED),
    }


def dry(subject: Subject, rows: Rows) -> Document:
    """Return what an erasure would remove now."""
    return {"dry_run": True, "subject": _about(subject), "rows": dict(rows)}


_NOT_REACHED = (
    "spools of clients: what waits there is refused when it comes",
    "backups of the data directory or of the ClickHouse server",
    "what receivers of alerts, exports and the server's own query log hold",
)


def _about(subject: Subject) -> Document:
    return {
        "kind": subject.kind,
        "sha256_first_half": subject.digest,
        "tenant": (subject.tenant or None) if subject.kind == "user" else None,
    }


def _kafka(at: datetime) -> dict[str, str | None]:
    return {topic.name: stamp(at + topic.retention) for topic in TOPICS.values()}
