"""What the demo arranges: which incident strikes which route when, and what must stay silent."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache

import msgspec

from services.demo.fleet import Fleet, Route
from services.demo.samples import table

REFERENCE_DAYS = 14
FEWEST_DAYS = 20  # two weeks of reference, and room for what begins on day 16 to be found
SETTLING_DAYS = 3  # that an incident has at least to be found in
MOST_DAYS = 60
SPARE = (1.05, 1.25)  # a struck route has that many times the calls that its incident needs
WANDER = (0.95, 1.1)  # what the seed does to the volume of the others
FIRST_VERSION = 13  # of every route's prompt
NOTICE = timedelta(minutes=25)  # from a change to the incident it brings


class Shape(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How one kind of incident or trap may look.

    Attributes
    ----------
    kinds, platforms : what it can strike; an incident of platforms strikes all routes of one
    floor : calls a day it needs to be found in time
    size : its size is drawn between the two
    causes : signals it also raises
    days, hours : how long it lasts; until the end when neither is given
    change : what was changed just before it
    says : what it is, for people
    """

    size: tuple[float, float]
    kinds: list[str] = []
    platforms: list[str] = []
    floor: float = 0.0
    causes: list[str] = []
    days: float = 0.0
    hours: float = 0.0
    change: dict[str, str] = {}
    says: str = ""

    @property
    def lasts(self) -> timedelta:
        """How long it lasts; zero means until the end."""
        return timedelta(days=self.days, hours=self.hours)


class Shapes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The table of everything that can be arranged."""

    days: tuple[int, int]
    hours: tuple[int, int]
    incidents: dict[str, Shape]
    traps: dict[str, Shape]
    served: dict[str, str]
    retiring: dict[str, str]
    unpriced: dict[str, str]
    unseen_topics: list[str]


@dataclass(frozen=True, slots=True)
class Incident:
    """One arranged incident, or one trap that must stay silent.

    Attributes
    ----------
    kind : the signal it must raise; a trap's own name otherwise
    routes : all it strikes, the one it is about first
    size : a share of calls or a factor, as its kind means it
    ended : None while it lasts until the end
    to : the model it moves calls to, where it does
    """

    kind: str
    routes: tuple[str, ...]
    platform: str
    model: str
    began: datetime
    ended: datetime | None
    size: float
    consequences: tuple[str, ...] = ()
    to: str = ""

    def active(self, at: datetime) -> bool:
        """Return whether it goes on at that time."""
        return self.began <= at and (self.ended is None or at < self.ended)


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything the seed decides before any text is made.

    Attributes
    ----------
    volumes : mean calls a day of each route
    topic : the topic that no route has seen before its incident
    changes : declared changes as events on the wire
    """

    seed: int
    start: datetime
    days: int
    volumes: Mapping[str, float]
    incidents: Sequence[Incident]
    traps: Sequence[Incident]
    topic: str
    changes: Sequence[Mapping[str, str]] = field(default=())

    @property
    def end(self) -> datetime:
        """The end of the last day."""
        return self.start + timedelta(days=self.days)


@cache
def shapes() -> Shapes:
    """Return the table of what can be arranged."""
    return table("incidents", Shapes)


def kinds() -> list[str]:
    """Return the kinds of incident that can be asked for."""
    return list(shapes().incidents)


def arrange(fleet: Fleet, *, seed: int, days: int, start: datetime, incidents: str = "all") -> Plan:
    """Return the plan of a seed; leaving incidents out changes nothing else about its traffic.

    Parameters
    ----------
    incidents : "all", "none" or one kind

    Raises
    ------
    ValueError : fewer days than an incident needs, or an unknown kind; the message names the remedy
    """
    _check(days, incidents)
    draw = random.Random(f"fmwatch demo {seed}")  # noqa: S311 - a seed must give the same demo again
    struck = _assign(fleet, draw)
    volumes = _volumes(fleet, struck, draw)
    arranged = [
        _incident(
            fleet,
            kind,
            name,
            _moment(start, days, draw, working=bool(shapes().incidents[kind].platforms)),
            draw,
        )
        for kind, name in struck.items()
    ]
    topic = draw.choice(shapes().unseen_topics)
    traps = _traps(fleet, struck, start, days, draw)
    kept = [incident for incident in arranged if incidents in ("all", incident.kind)]
    kept.sort(key=lambda incident: (incident.began, incident.kind))
    return Plan(seed, start, days, volumes, kept, traps, topic, _changes((*kept, *traps)))


def _check(days: int, incidents: str) -> None:
    if incidents not in ("all", "none", *kinds()):
        raise ValueError(f"unknown incident {incidents!r}: choose all, none or one of {', '.join(kinds())}")
    fewest = 1 if incidents == "none" else FEWEST_DAYS
    if not fewest <= days <= MOST_DAYS:
        raise ValueError(
            f"{days} days are out of range: choose {FEWEST_DAYS} to {MOST_DAYS}, because two weeks are the"
            " reference and what is arranged after them needs time to be found"
            " (with --incidents none, 1 day is enough)"
        )


def _assign(fleet: Fleet, draw: random.Random) -> dict[str, str]:
    """Give every incident a route of its own, or a platform; the rarest choice first."""
    single = {kind: shape for kind, shape in shapes().incidents.items() if shape.kinds}
    choices = {
        kind: _shuffled([name for name, route in fleet.routes.items() if route.kind in shape.kinds], draw)
        for kind, shape in single.items()
    }
    routes = next(_matchings(sorted(choices, key=lambda kind: len(choices[kind])), choices, frozenset()))
    platforms = {
        kind: draw.choice(shape.platforms) for kind, shape in shapes().incidents.items() if shape.platforms
    }
    return {kind: {**routes, **platforms}[kind] for kind in shapes().incidents}


def _matchings(
    kinds: Sequence[str], choices: Mapping[str, Sequence[str]], taken: frozenset[str]
) -> Iterator[dict[str, str]]:
    if not kinds:
        yield {}
        return
    for name in choices[kinds[0]]:
        if name not in taken:
            for rest in _matchings(kinds[1:], choices, taken | {name}):
                yield {kinds[0]: name, **rest}


def _shuffled(names: list[str], draw: random.Random) -> list[str]:
    return draw.sample(names, len(names))


def _volumes(fleet: Fleet, struck: Mapping[str, str], draw: random.Random) -> dict[str, float]:
    volumes = {name: route.calls_per_day * draw.uniform(*WANDER) for name, route in fleet.routes.items()}
    for kind, name in struck.items():
        need = shapes().incidents[kind].floor * draw.uniform(*SPARE)
        of = _routes(fleet, kind, name)
        more = max(1.0, need / sum(volumes[route] for route in of))
        volumes.update({route: volumes[route] * more for route in of})
    return volumes


def _routes(fleet: Fleet, kind: str, struck: str) -> tuple[str, ...]:
    if shapes().incidents[kind].kinds:
        return (struck,)
    return tuple(name for name, route in fleet.routes.items() if route.platform == struck)


def _incident(fleet: Fleet, kind: str, struck: str, began: datetime, draw: random.Random) -> Incident:
    shape = shapes().incidents[kind]
    routes = _routes(fleet, kind, struck)
    route = fleet.routes[routes[0]]
    target = _target(kind, route)
    # A call that is moved is asked for by its new name; one that is answered by another model is not.
    asked = target if target and kind != "model_changed" else route.model
    return Incident(
        kind=kind,
        routes=routes,
        platform=route.platform,
        model=asked if len(routes) == 1 else "",
        began=began,
        ended=began + shape.lasts if shape.lasts else None,
        size=draw.uniform(*shape.size),
        consequences=tuple(shape.causes),
        to=target,
    )


def _target(kind: str, route: Route) -> str:
    """Return the model that an incident moves the route's calls to, if it does."""
    known = shapes()
    found = {
        "model_changed": known.served.get(route.served),
        "lifecycle": known.retiring.get(route.platform),
        "unpriced": known.unpriced.get(route.platform),
    }.get(kind)
    return found or ""


def _moment(start: datetime, days: int, draw: random.Random, *, working: bool) -> datetime:
    """Return when something begins: in the hours of work, on a working day where that matters."""
    first, last = shapes().days
    last = min(last, max(days, FEWEST_DAYS) - SETTLING_DAYS)
    choices = [start + timedelta(days=day - 1) for day in range(first, last + 1)]
    at_work = [day for day in choices if day.weekday() < 5]  # noqa: PLR2004 - Saturday is day 5
    day = draw.choice(at_work if working and at_work else choices)
    return day + timedelta(hours=draw.randint(*shapes().hours), minutes=draw.randrange(60))


def _traps(
    fleet: Fleet, struck: Mapping[str, str], start: datetime, days: int, draw: random.Random
) -> list[Incident]:
    quiet = [name for name in fleet.routes if name not in struck.values()]
    moving = struck["prompt_drift"]  # a trap there would have its part in a true alert
    found = []
    for kind, shape in shapes().traps.items():
        able = [name for name, route in fleet.routes.items() if route.kind in shape.kinds and name != moving]
        name = draw.choice([route for route in able if route in quiet] or able)
        route = fleet.routes[name]
        began = _moment(start, days, draw, working=True)
        ended = began + shape.lasts if shape.lasts else None
        size = draw.uniform(*shape.size)
        found.append(Incident(kind, (name,), route.platform, route.model, began, ended, size))
    return found


def _changes(arranged: Sequence[Incident]) -> list[dict[str, str]]:
    """Return the declared changes, numbered by route: what brought incidents, and a deploy that is a trap."""
    told = sorted(_told(arranged), key=lambda change: (change["at"], change["route"]))
    versions: dict[str, int] = {}
    for change in told:
        version = versions.get(change["route"], FIRST_VERSION)
        versions[change["route"]] = version + 1
        change.update({"from": f"v{version}", "to": f"v{version + 1}"})
    return told


def _told(arranged: Sequence[Incident]) -> Iterator[dict[str, str]]:
    known = {**shapes().incidents, **shapes().traps}
    for incident in arranged:
        if told := known[incident.kind].change:
            at = incident.began - (NOTICE if incident.kind in shapes().incidents else timedelta())
            yield {"type": "change", "at": at.isoformat(), "route": incident.routes[0], **told}
