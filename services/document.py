"""The document that `demo --json` and `replay --json` print: what became of the lines, and what was found."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from services import alert_json
from services.advisor.recommend import Recommendation, as_json
from services.alerter.alert import Alert
from services.run import Embedded
from services.wiring import addresses
from store.alerting import alert_bodies
from stream.feed import ReplayCounts

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def document(
    embedded: Embedded, counts: ReplayCounts, seconds: float, advice: Sequence[Recommendation]
) -> dict[str, object]:
    """Return the document of what was taken in within `seconds` of wall-clock time."""
    return {
        "events": counts.events,
        "stored": counts.stored,
        "duplicates": counts.duplicates,
        "dead_letters": counts.dead_letters,
        "seconds": round(seconds, 3),
        "events_per_second": round(counts.events / seconds, 1) if seconds else 0.0,
        "dead_letter_reasons": dict(sorted(counts.dead_letter_reasons.items())),
        "alerts": [alert_json.document(alert, addresses(embedded.config)) for alert in fired(embedded)],
        "recommendations": [as_json(one) for one in advice],
    }


def fired(embedded: Embedded) -> list[Alert]:
    """Return every alert that fired, oldest first, also those that joined another's story."""
    known = (msgspec.json.decode(body, type=Alert) for body in alert_bodies(embedded.database, EPOCH))
    return sorted(
        (alert for alert in known if alert.fired_at), key=lambda alert: (alert.detected_at, alert.id)
    )
