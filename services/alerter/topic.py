"""What becomes of alerts, on a topic for other programs: docs/contract/alert.schema.json."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from services import alert_json
from services.alerter.alert import Transition, digest
from services.wording.links import Addresses
from stream.log import Log, Record
from stream.topics import ALERTS

SCHEMA_VERSION = 1


def publish(log: Log, transitions: Sequence[Transition], at: Addresses | None = None) -> None:
    """Append a record for each transition, keyed by tenant; durable when this returns.

    The same transition published again has the same record_id, by which a subscriber leaves it out.

    Parameters
    ----------
    at : where its links lead
    """
    if transitions:
        log.append(
            ALERTS,
            [
                Record(one.alert.series.tenant.encode(), msgspec.json.encode(document(one, at)))
                for one in transitions
            ],
        )


def document(transition: Transition, at: Addresses | None = None) -> dict[str, object]:
    """Return one record: the alert as it was then, and what tells the record from others."""
    alert = transition.alert
    return {
        "schema_version": SCHEMA_VERSION,
        "record_id": digest(alert.id, transition.at.isoformat(), *alert.told),
        "updated_at": alert_json.stamp(transition.at),
        **alert_json.document(alert, at),
    }
