"""The alerter's memory in the store."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import msgspec
from fmwatch.event import Change

from services.alerter.alert import Alert
from services.alerter.ledger import Delivery
from services.alerter.word import Word
from store import alert_words, alerting
from store.database import Database
from store.erasures import Erasures
from store.writer import Writer

REMEMBERED = timedelta(days=35)  # signals older than this are never sent again


# Made at import: of several threads that use a type for the first time one may crash (msgspec 0.22).
_ALERT, _DELIVERY = msgspec.json.Decoder(Alert), msgspec.json.Decoder(Delivery)


class StoreLedger:
    """Alerts and deliveries as rows; each row also carries the whole value, so that it comes back unchanged.

    Parameters
    ----------
    database : open and migrated
    clock : aware UTC now, of the events; how far back to remember
    erased : knows which calls no alert may name any more
    """

    def __init__(
        self, database: Database, clock: Callable[[], datetime], erased: Erasures | None = None
    ) -> None:
        self.database = database
        self.clock = clock
        self._erased = erased or Erasures(database)
        self._writer = Writer(database)

    def save_alerts(self, alerts: Sequence[Alert], now: datetime) -> None:  # noqa: ARG002 -- versions go by the store's time: the events' may stand still
        updated = self.database.moment()
        self._writer.alerts([_alert_row(alert, updated) for alert in alerts])

    def save_deliveries(self, deliveries: Sequence[Delivery], now: datetime) -> None:  # noqa: ARG002 -- same
        updated = self.database.moment()
        self._writer.deliveries([_delivery_row(delivery, updated) for delivery in deliveries])

    def alerts(self) -> Sequence[Alert]:
        bodies = alerting.alert_bodies(self.database, self._since())
        found = [_ALERT.decode(body) for body in bodies]
        return [self._naming_nobody(one) for one in found if not self._gone(one)]

    def alert(self, alert_id: str) -> Alert | None:
        body = alerting.alert_body(self.database, alert_id)
        return self._naming_nobody(_ALERT.decode(body)) if body else None

    def words(self) -> Sequence[Word]:
        return [Word(**row) for row in alert_words.unheard(self.database)]

    def save_word(self, word: Word, alert: Alert, heard_at: datetime | None) -> None:
        self._writer.alert_words([_word_row(word, alert, heard_at, self.database.moment())])

    def deliveries(self) -> Sequence[Delivery]:
        bodies = alerting.delivery_bodies(self.database, self._since())
        found = [_DELIVERY.decode(body) for body in bodies]
        return [
            replace(one, alert=self._naming_nobody(one.alert)) for one in found if not self._gone(one.alert)
        ]

    def changes(self, since: datetime, until: datetime) -> Sequence[Change]:
        return [Change(**row) for row in alerting.changes(self.database, since, until)]

    def maintenance(self, since: datetime) -> Sequence[Change]:
        return [Change(**row) for row in alerting.maintenance(self.database, since)]

    def _gone(self, alert: Alert) -> bool:
        return self._erased.of_tenant(alert.series.tenant, alert.detected_at)

    def _naming_nobody(self, alert: Alert) -> Alert:
        tenant = alert.series.tenant
        examples = tuple(one for one in alert.examples if not self._erased.call(tenant, one))
        return replace(alert, examples=examples)

    def _since(self) -> datetime:
        return self.clock() - REMEMBERED


def _alert_row(alert: Alert, updated: datetime) -> dict[str, object]:
    series = alert.series
    return {
        "tenant": series.tenant,
        "id": alert.id,
        "fingerprint": alert.fingerprint,
        "rule": alert.rule,
        "signal": alert.signal,
        "severity": alert.severity,
        "state": alert.state,
        "level": series.level,
        "team": alert.team,
        "route": series.route,
        "platform": series.platform,
        "model": series.model,
        "routes": list(alert.routes),
        "share_of_traffic": alert.share_of_traffic,
        "began_at": alert.began_at,
        "detected_at": alert.detected_at,
        "fired_at": alert.fired_at,
        "resolved_at": alert.resolved_at,
        "observed": alert.observed,
        "reference": alert.reference,
        "low": alert.low,
        "high": alert.high,
        "unit": alert.unit,
        "n": alert.n,
        "cause": alert.cause or "",
        "recommendation_id": alert.recommendation_id or "",
        "body": msgspec.json.encode(alert).decode(),
        "updated_at": updated,
    }


def _delivery_row(delivery: Delivery, updated: datetime) -> dict[str, object]:
    return {
        "tenant": delivery.alert.series.tenant,
        "id": delivery.id,
        "alert_id": delivery.alert.id,
        "receiver": delivery.receiver,
        "kind": delivery.kind,
        "state": delivery.state,
        "attempts": delivery.attempts,
        "next_at": delivery.next_at,
        "message": delivery.message,
        "body": msgspec.json.encode(delivery).decode(),
        "updated_at": updated,
    }


def _word_row(word: Word, alert: Alert, heard_at: datetime | None, updated: datetime) -> dict[str, object]:
    return {
        "tenant": word.tenant,
        "alert_id": word.alert_id,
        "id": word.id,
        "verb": word.verb,
        "by": word.by,
        "note": word.note,
        "said_at": word.said_at,
        "heard_at": heard_at,
        "signal": alert.signal,
        "raised": alert_words.raised_column([each.series for each in alert.raised]),
        "updated_at": updated,
    }
