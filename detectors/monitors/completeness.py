"""Calls that got lost on their way into the store: what no other number would show as missing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace

from detectors.monitors.base import Observations, Series, Signal, Standing, Transit
from detectors.monitors.owners import TeamRoutes
from detectors.monitors.snapshot import pack, unpack

# A call has so long to get from the gateway into the store before it counts as missing.
DELAY_MINUTES = 15
WINDOW_MINUTES = 10
LEAST_CALLS = 10  # lost within the window
LEAST_SHARE = 0.001
QUIET_MINUTES = 30  # without a lost call, and it is over


@dataclass
class _Sum:
    """Calls that were on their way, and those that got lost."""

    accepted: int = 0
    missing: int = 0
    captured: int = 0
    lost: dict[str, int] = field(default_factory=dict)
    teams: dict[str, int] = field(default_factory=dict)  # how many each has lost

    def add(self, transit: Transit) -> None:
        """Add one minute of one team."""
        self.accepted += transit.accepted
        self.missing += transit.missing
        self.captured += transit.captured
        for reason, n in transit.lost.items():
            self.lost[reason] = self.lost.get(reason, 0) + n
        if bad := _bad(transit):
            self.teams[transit.team] = self.teams.get(transit.team, 0) + bad

    def join(self, other: _Sum) -> None:
        """Add another sum."""
        self.accepted += other.accepted
        self.missing += other.missing
        self.captured += other.captured
        for mine, theirs in ((self.lost, other.lost), (self.teams, other.teams)):
            for name, n in theirs.items():
                mine[name] = mine.get(name, 0) + n

    @property
    def places(self) -> list[str]:
        """Where enough is lost."""
        places = (
            ("after the gateway", self.missing, self.accepted),
            ("before the gateway", sum(self.lost.values()), self.captured),
        )
        return [place for place, n, of in places if n >= max(LEAST_CALLS, LEAST_SHARE * of)]

    @property
    def share(self) -> float:
        """The share of all calls known of that is not stored."""
        lost = sum(self.lost.values())
        return (self.missing + lost) / (self.accepted + lost)

    def __str__(self) -> str:
        said = []
        if self.lost:
            why = ", ".join(f"{n:,} {reason}" for reason, n in sorted(self.lost.items()))
            said.append(f"applications lost {sum(self.lost.values()):,} calls before they were sent ({why})")
        if self.missing:
            said.append(
                f"{self.missing:,} of {self.accepted:,} calls that gateways took in were not stored within "
                f"{DELAY_MINUTES} minutes"
            )
        return "; ".join(said)


@dataclass
class _Tenant:
    """The last minutes of one tenant, and since when calls get lost."""

    last: list[tuple[int, _Sum]] = field(default_factory=list)
    raised: bool = False
    began: int = 0
    bad: int = 0  # the last minute with a lost call
    since: _Sum = field(default_factory=_Sum)
    told: list[str] = field(default_factory=list)  # places and teams that have been named

    def begin(self) -> None:
        """Count from the first minute of the window in which a call got lost."""
        self.raised = True
        self.began = min(minute for minute, one in self.last if one.teams)
        for minute, one in self.last:
            if minute >= self.began:
                self.add(minute, one)

    def add(self, minute: int, one: _Sum) -> None:
        """Count one more minute."""
        self.since.join(one)
        if one.teams:
            self.bad = minute

    def news(self) -> bool:
        """Tell whether a place of loss, or a team that loses enough, is not named yet, and name them."""
        window = _Sum()
        for _, one in self.last:
            window.join(one)
        hit = [f"team {team}" for team, n in window.teams.items() if n >= LEAST_CALLS]
        if not window.places or {*window.places, *hit} <= set(self.told):
            return False
        if not self.raised:
            self.begin()
        named = (f"team {team}" for team in self.since.teams)
        self.told = sorted({*self.told, *window.places, *named})
        return True


def _bad(transit: Transit) -> int:
    return transit.missing + sum(transit.lost.values())


class CompletenessMonitor:
    """Tell when calls get lost in applications, or between gateway and store.

    Deterministic, also while references are learnt: ten lost calls within ten minutes that make up a
    thousandth of those there were. Told again when they also get lost at the other place, or to another team.
    Over after half an hour in which none was lost. Names the routes that the teams concerned have had calls
    on during the last week.
    """

    name = "completeness"
    version = "3"

    def __init__(self) -> None:
        self._tenants: dict[str, _Tenant] = defaultdict(_Tenant)
        self._routes = TeamRoutes()

    def update(self, observations: Observations) -> Sequence[Signal]:
        signals: list[Signal] = []
        minutes: dict[int, dict[str, _Sum]] = {}
        for transit in observations.transits:
            minutes.setdefault(transit.minute, {}).setdefault(transit.tenant, _Sum()).add(transit)
        for minute in sorted(minutes):
            signals += self._over(observations, minute)
            for tenant in sorted(minutes[minute]):
                signals += self._take(observations, tenant, minute, minutes[minute][tenant])
        signals += self._over(observations, observations.end - DELAY_MINUTES)
        self._routes.take(observations, observations.end)
        self._routes.let_go(observations.end)
        return signals

    def standing(self) -> frozenset[Standing]:
        raised = (name for name, found in self._tenants.items() if found.raised)
        return frozenset(("completeness", Series("fleet", name)) for name in raised)

    def snapshot(self) -> bytes:
        tenants = {name: asdict(found) for name, found in self._tenants.items()}
        return pack(self.name, self.version, {"tenants": tenants, "routes": list(self._routes)})

    def restore(self, state: bytes) -> None:
        unpacked = unpack(self.name, self.version, state)
        self._routes = TeamRoutes(unpacked["routes"])
        self._tenants = defaultdict(_Tenant)
        for name, kept in unpacked["tenants"].items():
            found = self._tenants[name] = _Tenant(**kept)
            found.last = [(minute, _Sum(**one)) for minute, one in kept["last"]]
            found.since = _Sum(**kept["since"])

    def _take(self, observations: Observations, tenant: str, minute: int, one: _Sum) -> Iterator[Signal]:
        found = self._tenants[tenant]
        found.last = [(at, earlier) for at, earlier in found.last if at > minute - WINDOW_MINUTES]
        found.last.append((minute, one))
        if found.raised:
            found.add(minute, one)
        before = list(found.told)
        if found.news():
            signal = self._signal(observations, tenant, minute)
            news = ", ".join(name for name in found.told if name not in before)
            yield replace(signal, facts={"news": news}) if before else signal

    def _over(self, observations: Observations, minute: int) -> Iterator[Signal]:
        """Say of what has been quiet for long, before this minute, that it is over."""
        for tenant in sorted(self._tenants, key=lambda name: (self._tenants[name].bad, name)):
            found = self._tenants[tenant]
            if found.raised and found.bad + QUIET_MINUTES < minute:
                yield self._signal(observations, tenant, found.bad + QUIET_MINUTES, over=True)
                self._tenants[tenant] = _Tenant()

    def _signal(self, observations: Observations, tenant: str, minute: int, *, over: bool = False) -> Signal:
        found = self._tenants[tenant]
        teams = sorted(found.since.teams, key=lambda name: (-found.since.teams[name], name))
        share = found.since.share
        now = minute + DELAY_MINUTES
        self._routes.take(observations, now + 1)
        owners: dict[str, str] = {}
        for team in teams:
            for route in self._routes.of(tenant, team, now):
                owners.setdefault(route, team)
        return Signal(
            signal="completeness",
            state="cleared" if over else "raised",
            series=Series("fleet", tenant),
            team=teams[0],
            minute=now,
            began=found.began,
            began_low=found.began,
            began_high=found.began,
            observed=share,
            reference=0.0,
            low=share,
            high=share,
            unit="ratio",
            n=found.since.accepted + sum(found.since.lost.values()),
            routes=list(owners),
            teams=list(owners.values()),
            share_of_traffic=1.0,
            monitor=f"{self.name} {self.version}",
            note=f"{found.since}; of {', '.join(name or 'no team' for name in teams)}",
        )
