"""Calls that a gateway took in and that are not in the store: what no other number would show as missing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field

from detectors.monitors.base import Observations, Series, Signal, Transit
from detectors.monitors.snapshot import pack, unpack

# A call has so long to get from the gateway into the store before it counts as missing.
DELAY_MINUTES = 15
WINDOW_MINUTES = 10
LEAST_CALLS = 10  # missing within the window
LEAST_SHARE = 0.001
QUIET_MINUTES = 30  # without a missing call, and it is over


@dataclass
class _Tenant:
    """The last minutes of one tenant, and since when calls are missing."""

    last: list[Transit] = field(default_factory=list)
    raised: bool = False
    began: int = 0
    bad: int = 0  # the last minute with missing calls
    accepted: int = 0  # since it began
    missing: int = 0
    teams: dict[str, int] = field(default_factory=dict)  # missing calls of each

    def begin(self) -> None:
        """Count from the first minute of the window in which a call is missing."""
        self.raised = True
        self.began = min(one.minute for one in self.last if one.missing)
        for one in self.last:
            if one.minute >= self.began:
                self.add(one)

    def add(self, transit: Transit) -> None:
        """Count one more minute of one team."""
        self.accepted += transit.accepted
        self.missing += transit.missing
        if transit.missing:
            self.bad = transit.minute
            self.teams[transit.team] = self.teams.get(transit.team, 0) + transit.missing


class CompletenessMonitor:
    """Tell when calls get lost between gateway and store, or wait there for too long.

    Deterministic, also while references are learnt: ten missing calls within ten minutes that make up a
    thousandth of those taken in. Over after half an hour in which none was missing.
    """

    name = "completeness"
    version = "1"

    def __init__(self) -> None:
        self._tenants: dict[str, _Tenant] = defaultdict(_Tenant)

    def update(self, observations: Observations) -> Sequence[Signal]:
        signals: list[Signal] = []
        for transit in sorted(observations.transits, key=lambda one: (one.minute, one.tenant, one.team)):
            signals += self._over(observations, transit.minute)
            signals += self._take(observations, transit)
        signals += self._over(observations, observations.end - DELAY_MINUTES)
        return signals

    def snapshot(self) -> bytes:
        return pack(self.name, self.version, {name: asdict(found) for name, found in self._tenants.items()})

    def restore(self, state: bytes) -> None:
        self._tenants = defaultdict(_Tenant)
        for name, kept in unpack(self.name, self.version, state).items():
            found = self._tenants[name] = _Tenant(**kept)
            found.last = [Transit(**one) for one in kept["last"]]

    def _take(self, observations: Observations, transit: Transit) -> Iterator[Signal]:
        found = self._tenants[transit.tenant]
        found.last = [one for one in found.last if one.minute > transit.minute - WINDOW_MINUTES]
        found.last.append(transit)
        if found.raised:
            found.add(transit)
            return
        missing = sum(one.missing for one in found.last)
        if missing >= LEAST_CALLS and missing >= LEAST_SHARE * sum(one.accepted for one in found.last):
            found.begin()
            yield self._signal(observations, transit.tenant, transit.minute)

    def _over(self, observations: Observations, minute: int) -> Iterator[Signal]:
        """Say of what has been quiet for long, before this minute, that it is over."""
        for tenant in sorted(self._tenants):
            found = self._tenants[tenant]
            if found.raised and found.bad + QUIET_MINUTES < minute:
                yield self._signal(observations, tenant, found.bad + QUIET_MINUTES, over=True)
                self._tenants[tenant] = _Tenant()

    def _signal(self, observations: Observations, tenant: str, minute: int, *, over: bool = False) -> Signal:
        found = self._tenants[tenant]
        teams = sorted(found.teams, key=lambda name: (-found.teams[name], name))
        share = found.missing / found.accepted
        routes = {
            leaf.route
            for leaf, team in zip(observations.leaves, observations.teams, strict=True)
            if leaf.tenant == tenant and team in found.teams
        }
        return Signal(
            signal="completeness",
            state="cleared" if over else "raised",
            series=Series("fleet", tenant),
            team=teams[0],
            minute=minute + DELAY_MINUTES,
            began=found.began,
            began_low=found.began,
            began_high=found.began,
            observed=share,
            reference=0.0,
            low=share,
            high=share,
            unit="ratio",
            n=found.accepted,
            routes=sorted(routes),
            share_of_traffic=1.0,
            monitor=f"{self.name} {self.version}",
            note=f"{found.missing:,} of {found.accepted:,} calls that gateways took in were not stored "
            f"within {DELAY_MINUTES} minutes, of " + ", ".join(name or "no team" for name in teams),
        )
