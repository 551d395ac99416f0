"""From yesterday's deadlines and today's sights to today's: what moved, what is new, what is gone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

import msgspec

from services.advisor.catalogue import Catalogue
from services.advisor.lifecycle import used
from services.advisor.lifespan import Lifespan
from services.advisor.usage import RouteUsage
from services.deadlines.deadline import About, Deadline, Key, State

QUIET = "No call has named it for days."
UNKNOWN = "Its day is not known any more: what was said of it is taken back, or names no day."

Owner = Callable[[str], str]  # route -> who owns it, "" where nobody is named


class Sight(NamedTuple):
    """What is said today of a model that is called; no day where nobody names one."""

    state: State
    day: date | None
    about: About


def sights(usage: Iterable[RouteUsage], catalogue: Catalogue, today: date, owner: Owner) -> dict[Key, Sight]:
    """Return what is said of every model that was called lately. Nothing is guessed.

    Parameters
    ----------
    usage : what every route did lately
    """
    grouped: dict[Key, list[RouteUsage]] = defaultdict(list)
    for item in usage:
        if used(item, today):
            grouped[item.tenant, item.platform, item.model].append(item)
    return {key: _sight(items, catalogue, today, owner) for key, items in grouped.items()}


def follow(before: Mapping[Key, Deadline], seen: Mapping[Key, Sight], now: datetime) -> list[Deadline]:
    """Return the deadlines that are new or changed, to be kept; what stays as it was is left out.

    A day that has come stays, also when nobody calls the model any more: it was true.
    """
    held = (_held(before.get(key), key, sight, now) for key, sight in seen.items())
    gone = (_gone(one, seen.get(key), now) for key, one in before.items())
    return [one for one in (*held, *gone) if one is not None]


def _sight(items: Sequence[RouteUsage], catalogue: Catalogue, today: date, owner: Owner) -> Sight:
    ranked = sorted(items, key=lambda item: (-item.n, item.route))
    first = ranked[0]
    life = catalogue.status(first.platform, first.model, today, first.served)
    about = About(
        share=_rounded(min(1.0, sum(item.share for item in items))),
        routes=tuple(dict.fromkeys(item.route for item in ranked)),
        owners=tuple(dict.fromkeys(filter(None, (owner(item.route) or item.team for item in ranked)))),
        via=life.via,
        **_said(life),
    )
    if life.ends:
        return Sight("announced", life.ends, about)
    # A day that was only promised and has passed says nothing any more.
    ahead = life.earliest if life.state == "scheduled" and life.earliest and life.earliest >= today else None
    return Sight("promised", ahead, about)


def _rounded(share: float) -> float:
    return round(share, 2 if share >= 0.01 else 4)  # noqa: PLR2004 - as it is shown


def _said(life: Lifespan) -> dict[str, str]:
    fact = life.evidence
    if fact is None:
        return {}
    return {"source": fact.source, "url": fact.url, "as_of": fact.as_of, "confidence": fact.confidence}


def _held(old: Deadline | None, key: Key, sight: Sight, now: datetime) -> Deadline | None:
    if sight.day is None:
        return None
    if old is None:
        return Deadline(*key, sight.state, sight.day, 0, now, now, sight.about)
    if (old.state, old.day, old.about) == sight:
        return None
    moved = (old.state, old.day) != (sight.state, sight.day)
    return msgspec.structs.replace(
        old,
        state=sight.state,
        day=sight.day,
        sequence=old.sequence + moved,
        changed_at=now,
        about=sight.about,
    )


def _gone(old: Deadline, sight: Sight | None, now: datetime) -> Deadline | None:
    if (sight and sight.day) or old.state == "gone" or old.day <= now.date():
        return None
    about = msgspec.structs.replace(old.about, why_gone=UNKNOWN if sight else QUIET)
    return msgspec.structs.replace(old, state="gone", sequence=old.sequence + 1, changed_at=now, about=about)
