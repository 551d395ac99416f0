"""The models in use: where each stands in its life, how it does, what it costs, and who has it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from services.advisor.catalogue import Catalogue
from services.advisor.entry import Entry
from services.advisor.hourly import usd_per_call
from services.advisor.lifespan import Lifespan, State
from services.advisor.usage import RouteUsage

_ORDER: Mapping[State, int] = {"retired": 0, "deprecated": 1, "scheduled": 2, "unknown": 3, "active": 4}
_FAR = 10**6  # days; sorts what has no end last

Key = tuple[str, str, str]  # tenant, platform, model
Owner = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Doing:
    """How a model did over all its routes.

    Attributes
    ----------
    n : calls, of which `errors` failed, None where that is not summed up yet
    bad, judged : answers that say what their context does not, of those that could be judged
    spend_usd : as far as calls have a price, None where none has; unpriced_n : calls without one
    """

    n: int = 0
    errors: int | None = None
    bad: int = 0
    judged: int = 0
    spend_usd: float | None = None
    unpriced_n: int = 0

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Doing:
        """Return a row of the store as such."""
        return cls(
            n=row["n"],
            errors=row["errors"],
            bad=row["unsupported"],
            judged=row["hallucination_n"],
            spend_usd=row["spend_usd"],
            unpriced_n=row["unpriced_n"],
        )


@dataclass(frozen=True, slots=True)
class InUse:
    """One model that somebody calls.

    Attributes
    ----------
    share : of the tenant's calls
    routes, teams, owners : the busiest first
    hourly_usd : of an endpoint of one's own; endpoint_usd : these calls' part of its hours, where the ledger
        has no price for them, by all calls that share the hours
    """

    tenant: str
    platform: str
    model: str
    served: str
    life: Lifespan
    share: float
    doing: Doing
    routes: tuple[str, ...]
    teams: tuple[str, ...]
    owners: tuple[str, ...]
    hourly_usd: float | None = None
    endpoint_usd: float | None = None

    @property
    def urgency(self) -> tuple[int, int, float, str, str, str]:
        """What ends first comes first, then what nobody says anything of; of equals the busiest."""
        days = self.life.known_days
        left = _FAR if days is None else days
        return _ORDER[self.life.state], left, -self.share, self.tenant, self.platform, self.model


def fleet(
    usage: Sequence[RouteUsage], doing: Mapping[Key, Doing], catalogue: Catalogue, on: date, owner: Owner
) -> list[InUse]:
    """Return the models in use, the most urgent first.

    Parameters
    ----------
    usage : what every route used lately; doing : how each model did meanwhile
    owner : who is responsible for a route, "" where nobody is named
    """
    grouped: dict[Key, list[RouteUsage]] = defaultdict(list)
    calls: Counter[tuple[str, str]] = Counter()  # of each endpoint, whoever makes them
    for item in usage:
        if entry := catalogue.find(item.platform, item.model, item.served):
            calls[entry.key] += item.n
        if item.serves:
            grouped[item.tenant, item.platform, item.model].append(item)
    found = []
    for key, items in grouped.items():
        one = _in_use(items, doing.get(key), catalogue, on, owner)
        entry = catalogue.find(one.platform, one.model, one.served)
        shared = calls[entry.key] if entry else 0
        found.append(replace(one, endpoint_usd=_of_hours(one, items, shared)))
    return sorted(found, key=lambda one: one.urgency)


def idle_endpoints(catalogue: Catalogue, used: Iterable[InUse]) -> list[Entry]:
    """Return the company's endpoints that cost by the hour and that nobody calls."""
    called = {entry.key for one in used if (entry := catalogue.find(one.platform, one.model, one.served))}
    return [one for one in catalogue.snapshot.entries if one.hourly_usd and one.key not in called]


def _in_use(
    items: Sequence[RouteUsage], doing: Doing | None, catalogue: Catalogue, on: date, owner: Owner
) -> InUse:
    ranked = sorted(items, key=lambda item: (-item.n, item.route))
    tenant, platform, model = ranked[0].tenant, ranked[0].platform, ranked[0].model
    served = ranked[0].served
    entry = catalogue.find(platform, model, served)
    owners = (owner(item.route) or ", ".join(item.owners) for item in ranked)
    return InUse(
        tenant,
        platform,
        model,
        served,
        catalogue.status(platform, model, on, served),
        min(1.0, sum(item.share for item in items)),
        doing or Doing(n=sum(item.n for item in items)),
        tuple(dict.fromkeys(item.route for item in ranked)),
        tuple(dict.fromkeys(item.team for item in ranked if item.team)),
        tuple(dict.fromkeys(name for name in owners if name)),
        entry.hourly_usd.value if entry and entry.hourly_usd else None,
    )


def _of_hours(one: InUse, items: Sequence[RouteUsage], shared: int) -> float | None:
    """Return what calls cost of the hours that all calls of an endpoint share; None where they are priced."""
    days = items[0].days
    if one.hourly_usd is None or one.doing.spend_usd is not None or not days:
        return None
    each = usd_per_call(one.hourly_usd, shared / days)
    return None if each is None else each * sum(item.n for item in items)
