"""Calls that ran where their route must not: on another platform, or in another region."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from detectors.monitors.base import Observations, Series, Signal, Standing
from detectors.monitors.snapshot import pack, unpack

ALLOWED_AGAIN = 50  # calls in a row
EXAMPLES = 3

Rows = NDArray[np.int64]
Key = tuple[str, str]  # tenant, route
Place = tuple[str, str]  # platform, region


@dataclass
class _Standing:
    """A route with a violation: since when, how much has happened since, and where."""

    began: int
    calls: int = 0
    violations: int = 0
    allowed_in_a_row: int = 0
    places: list[Place] = field(default_factory=list)


class ResidencyMonitor:
    """Tell when calls of a route ran where its allow-list has no place for them.

    Deterministic, from the first call on, also while references are learnt; told again of each further place
    meanwhile. Over after fifty calls in a row
    that ran where they may; a call that does not say where it ran counts neither way.
    """

    name = "residency"
    version = "2"

    def __init__(self) -> None:
        self._standing: dict[Key, _Standing] = {}

    def update(self, observations: Observations) -> Sequence[Signal]:
        keys = [(leaf.tenant, leaf.route) for leaf in observations.leaves]
        bad = np.unique(observations.leaf[observations.residency == 1]).tolist()
        signals: list[Signal] = []
        for key in sorted({keys[number] for number in bad} | (self._standing.keys() & set(keys))):
            leaves = [number for number, other in enumerate(keys) if other == key]
            rows = np.flatnonzero(np.isin(observations.leaf, leaves) & (observations.residency >= 0))
            for minute in np.split(rows, np.flatnonzero(np.diff(observations.minute[rows])) + 1):
                if len(minute):
                    signals += self._minute(key, observations, minute)
        return sorted(signals, key=lambda signal: (signal.minute, signal.series))

    def standing(self) -> frozenset[Standing]:
        return frozenset(
            ("residency", Series("route", tenant, route=route)) for tenant, route in self._standing
        )

    def snapshot(self) -> bytes:
        standing = [[*key, asdict(one)] for key, one in self._standing.items()]
        return pack(self.name, self.version, {"standing": standing})

    def restore(self, state: bytes) -> None:
        standing = unpack(self.name, self.version, state)["standing"]
        self._standing = {(tenant, route): _Standing(**one) for tenant, route, one in standing}
        for one in self._standing.values():
            one.places = [(platform, region) for platform, region in one.places]

    def _minute(self, key: Key, observations: Observations, rows: Rows) -> list[Signal]:
        """Take one route's calls of one minute that could be judged."""
        bad = rows[observations.residency[rows] == 1]
        standing = self._standing.get(key)
        if standing is None:
            if not len(bad):
                return []
            standing = self._standing[key] = _Standing(int(observations.minute[rows[0]]))
        standing.calls += len(rows)
        standing.violations += len(bad)
        since = rows[rows > bad[-1]] if len(bad) else rows
        standing.allowed_in_a_row = len(since) + (0 if len(bad) else standing.allowed_in_a_row)
        places = [_place(observations, row) for row in bad.tolist()]
        fresh = [row for row, place in enumerate(places) if place not in standing.places]
        if fresh:
            news = {"news": " ".join(filter(None, places[fresh[0]]))} if standing.places else {}
            standing.places += sorted({places[row] for row in fresh})
            found = _signal(key, observations, rows, standing, bad[fresh])
            return [replace(found, facts={**found.facts, **news})]
        if standing.allowed_in_a_row >= ALLOWED_AGAIN:
            del self._standing[key]
            return [_signal(key, observations, rows, standing)]
        return []


def _place(observations: Observations, row: int) -> Place:
    region = observations.regions[observations.region[row]] if len(observations.region) else ""
    return observations.leaves[observations.leaf[row]].platform, region


def _signal(
    key: Key, observations: Observations, rows: Rows, standing: _Standing, bad: Rows | None = None
) -> Signal:
    tenant, route = key
    minute, worst = int(observations.minute[rows[0]]), rows if bad is None else bad
    leaf = observations.leaf[worst[0]]
    share = standing.violations / standing.calls
    return Signal(
        signal="residency",
        state="cleared" if bad is None else "raised",
        series=Series("route", tenant, route=route),
        team=observations.team_of(int(worst[0])),
        minute=minute,
        began=standing.began,
        began_low=standing.began,
        began_high=standing.began,
        observed=share,
        reference=0.0,
        low=share,
        high=share,
        unit="ratio",
        n=standing.calls,
        routes=(route,),
        share_of_traffic=_share(observations, rows, tenant, minute),
        monitor="residency 2",
        examples=() if bad is None else tuple(observations.event_id[i] for i in bad[:EXAMPLES].tolist()),
        note="Calls ran on a platform or in a region that the route's allow-list does not have.",
        facts={"platform": observations.leaves[leaf].platform, "model": observations.leaves[leaf].model},
    )


def _share(observations: Observations, rows: Rows, tenant: str, minute: int) -> float:
    """Return the route's share of its tenant's calls in a minute."""
    own = [number for number, leaf in enumerate(observations.leaves) if leaf.tenant == tenant]
    everything = np.isin(observations.leaf[observations.minute == minute], own)
    return len(rows) / int(everything.sum())
