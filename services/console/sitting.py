"""One person before the pairs of a candidate on a route, as the store has them at this moment."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import urlencode

import msgspec

from services.access.readers import reader
from services.console.desk import Judgements
from services.console.records import Clock
from services.label.session import SKIP, WORDS, Place, Session
from store.pairs import Call, Compared, Ids

PATH = "/label/judge"
SINCE = timedelta(days=90)  # the span of `fmwatch label`, as usual
ORDER = "1"  # its seed, as usual: who judges there begins with the same pairs


class Wanted(NamedTuple):
    """Which pairs somebody wants to judge, and under which name."""

    tenant: str
    route: str
    platform: str
    model: str
    by: str = ""

    @classmethod
    def of(cls, parameters: Mapping[str, str]) -> Wanted:
        """Return what an address asks for, by the name that somebody came in with where it says none."""
        tenant, route, platform, model = (
            parameters.get(name, "") for name in ("tenant", "route", "platform", "model")
        )
        return cls(tenant, route, platform, model, parameters.get("by", reader().name).strip())

    def address(self, **more: str) -> str:
        """Return the page of these pairs."""
        asked = {name: value for name, value in self._asdict().items() if value} | more
        return f"{PATH}?{urlencode(asked, errors='replace')}"


class Sitting(NamedTuple):
    """Somebody before the pairs, who has said under which name."""

    wanted: Wanted
    judgements: Judgements
    session: Session

    def shown(self, mark: str, after: str) -> tuple[Place, tuple[Call, Call]] | None:
        """Return a pair with its calls: the one of a mark, else the next to judge behind the one of `after`.

        A pair of which a call was erased meanwhile is passed over.
        """
        place = self.session.place(mark) or self.session.next(self._number(after))
        while place:
            calls = self._calls(place)
            if calls:
                return place, calls
            place = self.session.next(place.number)
        return None

    def say(self, place: Place, word: str, clock: Clock) -> None:
        """Put what somebody says of a pair into the log; of one that somebody passes that is nothing.

        Raises
        ------
        ValueError : it is no word
        LogError, StoreError : perhaps nothing was kept
        """
        if word != SKIP:
            (known,) = (one for one in WORDS if one == word)
            labels = self.session.labels(place.number, known, self.wanted.tenant, clock)
            self.judgements.put([msgspec.json.encode(label) for label in labels])

    def _number(self, mark: str) -> int:
        place = self.session.place(mark)
        return place.number if place else -1

    def _calls(self, place: Place) -> tuple[Call, Call] | None:
        ids = [place.pair.first, place.pair.second]
        found = {call.event_id: call for call in self.judgements.calls(Ids(self.wanted.tenant, ids))}
        return (found[ids[0]], found[ids[1]]) if len(found) == len(ids) else None


def sitting(wanted: Wanted, judgements: Judgements, now: datetime) -> Sitting | None:
    """Return somebody before the pairs that are wanted; None where there are none.

    Raises
    ------
    ShadowError : the name cannot stand in labels
    """
    span = Compared(wanted.tenant, wanted.route, now - SINCE, now, ORDER, wanted.platform, wanted.model)
    pairs = judgements.pairs(span)
    if not pairs:
        return None
    person = judgements.signed(wanted.by)
    session = Session(pairs, judgements.said(span), person)
    return Sitting(wanted._replace(by=person), judgements, session)
