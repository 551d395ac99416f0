"""Which moves there are: those that were declared, and those that traffic shows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.moved.traffic import Model
from store.database import utc

LEAST_CALLS = 50  # of a candidate; fewer are somebody trying
LEAST_SHARE = 0.2  # of the route's calls in the week before, that an incumbent had
MOVED_SHARE = 0.1  # of the route's calls lately, from which on it shows whose they were
_WEEK = 7
_RECENT = 2  # days before the last one

Route = tuple[str, str]  # tenant, route
Days = Mapping[int, int]  # day since the epoch -> calls
Used = Mapping[Route, Mapping[Model, Days]]


@dataclass(frozen=True, slots=True)
class Move:
    """A move from one model to another on a route.

    Attributes
    ----------
    declared_at : by a change of kind `model`; None where only traffic shows it
    by : who declared it
    """

    tenant: str
    route: str
    incumbent: Model
    candidate: Model
    declared_at: datetime | None = None
    by: str = ""


def used(rows: Sequence[Mapping[str, Any]]) -> Used:
    """Return the calls of each model and day by route, of rows of `store.moves.model_days`."""
    found: dict[Route, dict[Model, dict[int, int]]] = defaultdict(lambda: defaultdict(dict))
    for row in rows:
        model = Model(row["platform"], row["model"])
        found[row["tenant"], row["route"]][model][int(row["day"])] = int(row["n"])
    return found


def moves(traffic: Used, changes: Sequence[Mapping[str, Any]], exists: Callable[[Model], bool]) -> list[Move]:
    """Return the moves, declared ones first; of the same two models the newest declaration counts.

    What traffic shows is only a suspicion until its hours are looked at.

    Parameters
    ----------
    exists : whether there is a model of which no call is stored
    """
    found: dict[tuple[Route, Model, Model], Move] = {}
    for change in changes:
        for move in _declared(traffic, change, exists):
            found[(move.tenant, move.route), move.incumbent, move.candidate] = move
    named = {(move.tenant, move.route, move.candidate) for move in found.values()}
    for move in _shown(traffic):
        if (move.tenant, move.route, move.candidate) not in named:
            found.setdefault(((move.tenant, move.route), move.incumbent, move.candidate), move)
    return list(found.values())


def _declared(traffic: Used, change: Mapping[str, Any], exists: Callable[[Model], bool]) -> Iterator[Move]:
    route = (change["tenant"], change["route"])
    known = traffic.get(route, {})
    candidate = _named(change["to"], change["platform"], known)
    if candidate is None:
        return
    former, platform = change["from_"], change["platform"]
    if former and (former == change["to"] or _spelled(former, platform) == candidate):
        return  # nothing moves from a model to itself
    others = {model: days for model, days in known.items() if model != candidate}
    incumbent = _named(former or change["model"], platform, others)
    if incumbent is None:
        meant = _spelled(former, platform or candidate.platform)
        if meant and not exists(meant):
            return  # a slip of the pen is no model: whose calls are meant is not for us to guess
        day = int(utc(change["at"]).timestamp()) // 86_400
        incumbent = _largest(known, candidate, day) or _spelled(former, platform)
    if incumbent is not None and incumbent != candidate:
        yield Move(*route, incumbent, candidate, utc(change["at"]), change["by"])


def _named(name: str, platform: str, known: Mapping[Model, Days]) -> Model | None:
    """Return the model that a change means: platform/model, or a model of the platform or the only one."""
    if not name:
        return None
    fits = [model for model in known if name in (model.name, model.model)]
    exact = [model for model in fits if model.name == name or model.platform == platform]
    return next(iter(exact or fits), None)


def _spelled(name: str, platform: str) -> Model | None:
    """Return the model of a name of which no call is stored any more, None where its platform is unknown."""
    seller, _, model = name.partition("/")
    if not model:
        seller, model = platform, name
    return Model(seller, model) if seller and model else None


def _shown(traffic: Used) -> Iterator[Move]:
    for (tenant, route), known in traffic.items():
        first = min(min(days) for days in known.values())
        for candidate, days in known.items():
            if min(days) == first or sum(days.values()) < LEAST_CALLS:
                continue
            incumbent = _largest(known, candidate, min(days))
            if incumbent is not None:
                yield Move(tenant, route, incumbent, candidate)


def _largest(known: Mapping[Model, Days], candidate: Model, day: int) -> Model | None:
    """Return whose calls a candidate takes that came on a day; None where none had much of the route.

    That is who lost most of the route's calls since, or who had most of them where little has moved yet.
    """
    before = {model: _sum(days, day - _WEEK, day) for model, days in known.items() if model != candidate}
    total = sum(before.values())
    if not total:
        return None
    had = {model: n / total for model, n in before.items() if n >= LEAST_SHARE * total}
    last = max(max(days) for days in known.values())
    recent = {model: _sum(days, max(day, last - _RECENT), last + 1) for model, days in known.items()}
    now = sum(recent.values())
    if now and recent[candidate] >= MOVED_SHARE * now:
        return max(had, key=lambda model: had[model] - recent[model] / now, default=None)
    return max(had, key=lambda model: had[model], default=None)


def _sum(days: Days, first: int, end: int) -> int:
    return sum(n for day, n in days.items() if first <= day < end)
