"""Rows that the demo never has: words, labels, losses, letters, and a call whose names are hostile."""

from __future__ import annotations

from datetime import datetime, timedelta

from store.database import Database
from store.labels import PAIR_TAG
from store.rollup import Rollup
from store.writer import Writer
from tests.store.fleet import batch, call, moved, verdicts

# Whatever ends a literal, is a macro or a variable, stands for everything, or is merely long.
HOSTILE = (
    "it's \"{a}\" \\' OR 1=1 -- $__toTime $__timeFilter(x) ${tenant:raw} $__all, %27 & \U0001f98a" + "x" * 240
)
BACKSLASH = "ends in a backslash\\"


def add(database: Database, until: datetime) -> None:
    """Add them, all within the last hours before `until`."""
    writer, at = Writer(database), until - timedelta(hours=2)
    _hostile(database, writer, at)
    _compared(writer, at)
    known = database.rows(
        "SELECT tenant, event_id FROM v_calls WHERE occurred_at >= {since:DateTime('UTC')} LIMIT 40",
        {"since": until - timedelta(days=2)},
    )
    _labels(writer, known, at)
    minute = at.replace(second=0, microsecond=0)
    for place, counts in (
        ("gateway", {"accepted": 200, "rejected": 3, "captured": 210, "lost_queue_full": 7}),
        ("worker", {"stored": 190, "scored": 180}),
    ):
        receipt = {"at": at, "minute": minute, "tenant": "default", "team": "support"}
        writer.receipts([{**receipt, "place": place, "source": "1", "counts": counts}])
    writer.dead_letters([_letter(number, at) for number in range(3)])
    _told(database, writer, at)


def _hostile(database: Database, writer: Writer, at: datetime) -> None:
    events = []
    for number, name in enumerate([HOSTILE, BACKSLASH]):
        when = at + timedelta(minutes=number)
        keys = {"tenant": name, "team": name, "route": name, "platform": name, "request_model": name}
        one = call(number)
        events.append(moved(one, event_id=f"hostile-{number}", occurred_at=when, received_at=when, **keys))
    writer.generations([(batch(events), verdicts(events))])
    Rollup(database).recompute([at])


def _compared(writer: Writer, at: datetime) -> None:
    one = call(7)
    asked = moved(one, event_id="shadow-7", occurred_at=at, received_at=at, tags={PAIR_TAG: "e7"})
    writer.generations([(batch([asked]), verdicts([asked]))])


def _labels(writer: Writer, known: list[dict[str, object]], at: datetime) -> None:
    feedback = [
        {
            "tenant": one["tenant"], "event_id": one["event_id"], "kind": "thumb", "name": "useful",
            "by": "human", "at": at, "value": str(number % 3), "value_number": float(bool(number % 3)),
        }
        for number, one in enumerate(known)
    ]  # fmt: skip
    writer.append("feedback", feedback)
    scores = [
        {
            "tenant": one["tenant"], "event_id": one["event_id"], "detector": "judge", "version": "1",
            "occurred_at": at, "score": number / 40, "label": "good", "inclusion": 0.1, "explanation": "",
        }
        for number, one in enumerate(known)
    ]  # fmt: skip
    writer.append("scores", scores)


def _letter(number: int, at: datetime) -> dict[str, object]:
    return {
        "tenant": "default", "topic": "llm.generations", "partition": 0, "offset": number, "line": 0,
        "at": at, "reason": "wrong_type", "field": "latency_ms", "message": "no number", "original": "{}",
        "original_bytes": 2, "sha256": f"{number:064x}",
    }  # fmt: skip


def _told(database: Database, writer: Writer, at: datetime) -> None:
    alert = database.rows("SELECT tenant, id, signal FROM v_alerts ORDER BY id LIMIT 1")[0]
    delivery = {
        "alert_id": alert["id"],
        "tenant": alert["tenant"],
        "kind": "fire",
        "attempts": 4,
        "updated_at": at,
    }
    writer.deliveries(
        [
            {**delivery, "id": state, "receiver": "pager", "state": state, "message": "503", "body": "{}"}
            for state in ("sent", "waiting", "failed")
        ]
    )
    word = {
        "id": "w1",
        "verb": "ack",
        "by": "ana",
        "note": "",
        "said_at": at,
        "signal": "latency",
        "updated_at": at,
    }
    writer.alert_words([{**word, "tenant": alert["tenant"], "alert_id": alert["id"], "raised": []}])
    budget = {
        "tenant": alert["tenant"], "at": at, "id": "budget", "signal": "budget", "state": "raised",
        "level": "team", "team": "support", "observed": 9.0, "reference": 5.0, "low": 7.0, "high": 11.0,
        "unit": "usd", "n": 900, "began_at": at, "began_low_at": at, "began_high_at": at,
        "facts": {"spent_usd": "4.00", "reached": "2026-08-25"}, "note": "4.00 of 5.00 USD are spent.",
    }  # fmt: skip
    unheard = {
        **budget,
        "id": "unheard",
        "signal": alert["signal"],
        "note": "The alerter never made an alert of it.",
    }
    writer.append("signals", [budget, unheard])
