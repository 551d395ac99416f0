"""A receiver that does not take notifications is trouble of its own: the others are told, once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from detectors.monitors.base import Series, Signal, SignalName
from services.alerter.alert import Alert
from services.alerter.errors import AlerterError
from services.alerter.ledger import Delivery
from services.wording.words import clip

DELIVERY: SignalName = "delivery"
PATIENCE = timedelta(minutes=5)  # a receiver may be away for so long without anybody being told
REMEMBERED = timedelta(hours=24)  # so long after a refusal, without a later success
LAST = "console"  # told where every other receiver fails
TENANT = "default"
_APART = ", "

_log = logging.getLogger("fmwatch")


@dataclass(frozen=True, slots=True)
class Trouble:
    """A receiver that fails.

    Attributes
    ----------
    since : when the first of what it did not take was to be sent
    why : its last complaint
    n : notifications that wait for it or were lost
    """

    receiver: str
    since: datetime
    why: str
    n: int = 1


def of_deliveries(deliveries: Iterable[Delivery], now: datetime) -> list[Trouble]:
    """Return the receivers for which something waits too long, or that took nothing since they refused."""
    by_receiver: dict[str, list[Delivery]] = {}
    for delivery in deliveries:
        by_receiver.setdefault(delivery.receiver, []).append(delivery)
    found = (_of_one(name, theirs, now) for name, theirs in sorted(by_receiver.items()))
    return [trouble for trouble in found if trouble]


def said_of(receiver: str, error: Exception) -> str:
    """Return an error in words for people; of a defect only its kind, and the log has the rest."""
    if isinstance(error, AlerterError):
        return str(error)
    _log.error("receiver %s has a defect", receiver, exc_info=error)
    return f"a defect of fmwatch: {type(error).__name__}; its log says more"


def hears(alert: Alert) -> tuple[str, ...]:
    """Return who is told of an alert: of one about receivers the others, and if need be the terminal."""
    if alert.signal != DELIVERY:
        return alert.receivers
    failing = _names(alert)
    return tuple(name for name in alert.receivers if name not in failing) or (LAST,)


class Failing:
    """Says of failing receivers what is new: one finding for all of them, and one when none is left.

    Parameters
    ----------
    alerts : that are open: what was said before a restart is not said again
    """

    def __init__(self, alerts: Iterable[Alert]) -> None:
        known = next((alert for alert in alerts if alert.signal == DELIVERY), None)
        self._tenant = known.series.tenant if known else TENANT
        self._said = _names(known) if known and known.resolved_at is None else set()
        self._minute = -1

    def tell(
        self,
        troubles: Sequence[Trouble],
        minute: int,
        now: datetime,
        publish: Callable[[Sequence[Signal]], None],
    ) -> None:
        """Publish what is new; said again at the next call where that raises.

        Parameters
        ----------
        troubles : from outbox and heartbeat; of several about one receiver the first counts
        minute : the last one watched, since the epoch; a minute has one finding, for its id would be the same
        """
        late = {one.receiver: one for one in reversed(troubles) if now - one.since >= PATIENCE}
        if set(late) == self._said or minute <= self._minute:
            return
        publish([_signal([late[name] for name in sorted(late)], self._tenant, minute)])
        self._said, self._minute = set(late), minute


def _of_one(name: str, deliveries: Sequence[Delivery], now: datetime) -> Trouble | None:
    waiting = [one for one in deliveries if one.state == "waiting" and one.attempts]
    arrived = max((one.next_at for one in deliveries if one.state == "sent"), default=None)
    refused = [
        one
        for one in deliveries
        if one.state == "failed"
        and now - one.next_at < REMEMBERED
        and (arrived is None or one.next_at >= arrived)
    ]
    missing = sorted((*waiting, *refused), key=lambda one: one.queued_at)
    if not missing:
        return None
    # What was refused will not arrive by waiting.
    since = now - PATIENCE if refused else missing[0].queued_at
    return Trouble(name, min(since, missing[0].queued_at), missing[-1].message, len(missing))


def _signal(troubles: Sequence[Trouble], tenant: str, minute: int) -> Signal:
    n = sum(trouble.n for trouble in troubles)
    began = min((_minute(trouble.since) for trouble in troubles), default=minute)
    note = " ".join(f"{clip(one.receiver)}: {clip(one.why)}." for one in troubles)
    return Signal(
        signal=DELIVERY,
        state="raised" if troubles else "cleared",
        series=Series("fleet", tenant),
        team="",
        minute=minute,
        began=min(began, minute),
        began_low=min(began, minute),
        began_high=minute,
        observed=float(n),
        reference=0.0,
        low=float(n),
        high=float(n),
        unit="notifications",
        n=n,
        routes=(),
        share_of_traffic=0.0,
        monitor="outbox 1",
        note=note,
        facts={"receivers": _APART.join(trouble.receiver for trouble in troubles)},
    )


def _names(alert: Alert) -> set[str]:
    return {name for name in alert.facts.get("receivers", "").split(_APART) if name}


def _minute(moment: datetime) -> int:
    return int((moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()) // 60
