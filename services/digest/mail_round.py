"""The digest of each week, sent once, on the Monday after it or as soon as somebody watches again."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from services.alerter.receivers.base import Receiver
from services.digest.gather import Gather
from services.digest.letter import letter, post
from services.digest.week import Week
from store.database import Database
from store.digest import first_hour
from store.errors import StoreError
from store.meta import recall, remember

HOUR = 8  # of Monday, in the configured zone
SENT = "digest_sent"  # which week's digest which receivers have had

_log = logging.getLogger("fmwatch")


class _Sent(msgspec.Struct, frozen=True):
    week: str = ""
    receivers: tuple[str, ...] = ()


class MailRound:
    """Sends digests for the one process that watches a store.

    At least once: a crash between sending and writing down sends again, with the same id. A receiver that
    fails is tried at every call until it has it, or until the next week's digest takes its place.

    Parameters
    ----------
    receivers : by name
    names : who gets it; nobody where this is empty
    zone : in which weeks begin
    """

    def __init__(
        self, database: Database, receivers: Mapping[str, Receiver], names: Sequence[str], zone: ZoneInfo
    ) -> None:
        self.database = database
        self.receivers = receivers
        self.names = names
        self.zone = zone

    def send(self, now: datetime) -> None:
        """Send what is due; a week before the first call was stored has no digest.

        Nothing else waits for it: where the store does not answer, the next call does it.
        """
        try:
            self._send(now)
        except StoreError as error:
            _log.warning("no digest this time: %s", error)
        except Exception:  # noqa: BLE001 - who watches goes on
            _log.exception("no digest this time, by a defect of fmwatch")

    def _send(self, now: datetime) -> None:
        week = Week.last(now, self.zone)
        local = now.astimezone(self.zone)
        if not self.names or (local.weekday() == 0 and local.hour < HOUR):
            return
        sent = self._sent(week)
        due = [name for name in self.names if name not in sent]
        began = first_hour(self.database) if due else None
        if began is None or began >= week.until:
            return
        written = letter(Gather(self.database, self.zone, lambda: now).digest(week.name))
        for name in due:
            (posted,) = post(written, self.receivers, [name])
            if posted.outcome == "sent":
                sent = (*sent, name)
                remember(self.database, SENT, msgspec.json.encode(_Sent(week.name, sent)).decode())
            else:
                _log.warning("the digest of %s waits for %s: %s", week.name, name, posted.said)

    def _sent(self, week: Week) -> tuple[str, ...]:
        known = recall(self.database, SENT)
        found = msgspec.json.decode(known, type=_Sent) if known else _Sent()
        return found.receivers if found.week == week.name else ()
