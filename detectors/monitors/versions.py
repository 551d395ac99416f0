"""Detectors that changed: numbers of two versions do not compare."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace

import msgspec
import numpy as np

from detectors.monitors.base import Observations, Ruling, Series, Signal, SignalName
from detectors.monitors.snapshot import State

CHANGED: SignalName = "detector_changed"
QUIET_MINUTES = 60  # with calls of one version only, and the change is over
SPOKEN_MINUTES = 1440  # the same, of a change that a person has spoken about
NAMED = 5
SPOKEN = "A person has said what it is: of these versions nothing is said while they are there."

Versions = Mapping[str, str]  # by verdict


@dataclass
class _Tenant:
    """Which versions judge a tenant's calls, and what of that has changed.

    Attributes
    ----------
    known : the version of each verdict that came last
    seen : of verdicts that several versions judge: the last minute of each version
    was : of verdicts whose change stands: the version before it
    began, n, new : of the change that stands: its minute, calls since, those of the newest versions only
    routes : that had calls when changes were found
    """

    known: dict[str, str] = field(default_factory=dict)
    seen: dict[str, dict[str, int]] = field(default_factory=dict)
    was: dict[str, str] = field(default_factory=dict)
    began: int = 0
    n: int = 0
    new: int = 0
    routes: list[str] = field(default_factory=list)

    def take(self, versions: Versions, minute: int) -> bool:
        """Take what judged some calls of a minute; tell whether a version among them has not been seen."""
        changed = False
        for name, version in versions.items():
            known = self.known.setdefault(name, version)
            if version != known and version not in self.seen.get(name, {}):
                self.seen.setdefault(name, {})[known] = minute
                self.was.setdefault(name, known)
                self.known[name] = version
                changed = True
            if name in self.seen:
                self.seen[name][version] = minute
        return changed

    def newest(self, versions: Versions) -> bool:
        """Tell whether calls were judged by the newest version of all that changes."""
        return all(versions.get(name, self.known[name]) == self.known[name] for name in self.seen)

    @property
    def over(self) -> int | None:
        """The minute at which each verdict has had one version only for long enough; None without change."""
        if not self.seen:
            return None
        both = max(sorted(last.values())[-2] for last in self.seen.values())
        return both + (QUIET_MINUTES if self.was else SPOKEN_MINUTES)

    def settle(self) -> None:
        """Let all that has changed be over: what judged last, new or old, is known from now on."""
        for name, last in self.seen.items():
            known = self.known[name]
            self.known[name] = max(last, key=lambda version: (last[version], version == known))
        self.seen, self.was = {}, {}


class VersionChanges:
    """Says of each tenant that detectors have changed; it is over when an hour had one version of each only.

    Several changes at a time are one signal, said anew with each.
    """

    def __init__(self, monitor: str) -> None:
        self._monitor = monitor
        self._tenants: dict[str, _Tenant] = {}

    def update(self, observations: Observations) -> list[Signal]:
        """Take the next closed minutes. Rulings come at the start of a part."""
        signals = [over for ruling in observations.rulings for over in self._ruled(ruling)]
        texts = observations.detector_sets
        sets = [msgspec.json.decode(text, type=dict[str, str]) if text else {} for text in texts]
        names = [leaf.tenant for leaf in observations.leaves]
        tenants = sorted(set(names))
        tenant_of = np.array([tenants.index(name) for name in names], dtype=np.int64)
        if len(observations) and sets:
            columns = (observations.minute, tenant_of[observations.leaf], observations.detectors)
            found, counts = np.unique(np.stack(columns, axis=1), axis=0, return_counts=True)
            minutes = itertools.groupby(
                zip(found.tolist(), counts.tolist(), strict=True), key=lambda one: (one[0][0], one[0][1])
            )
            for (minute, tenant), group in minutes:
                by_text = sorted(group, key=lambda one: texts[one[0][2]])
                judged = [(sets[key[2]], n) for key, n in by_text if sets[key[2]]]
                signals += self._over(minute)
                signals += self._minute(observations, tenants[tenant], minute, judged)
        return signals + self._over(observations.end)

    def state(self) -> State:
        """Return plain data for a snapshot."""
        return {name: asdict(found) for name, found in self._tenants.items()}

    def load(self, state: State) -> None:
        """Continue from a `state`."""
        self._tenants = {name: _Tenant(**found) for name, found in state.items()}

    def _ruled(self, ruling: Ruling) -> list[Signal]:
        """End what a person has spoken about; of these versions nothing is said while they are there."""
        signals: list[Signal] = []
        for tenant, found in sorted(self._tenants.items()):
            if ruling.signal == CHANGED and found.was and _series(tenant) in ruling.series:
                over = self._signal(tenant, found, ruling.minute - 1, over=True)
                signals.append(replace(over, note=SPOKEN))
                found.was = {}
        return signals

    def _minute(
        self, observations: Observations, tenant: str, minute: int, judged: Sequence[tuple[Versions, int]]
    ) -> list[Signal]:
        """Take how many of a tenant's calls were judged by which versions in one minute."""
        found = self._tenants.setdefault(tenant, _Tenant())
        stands = bool(found.was)
        changed = [versions for versions, _ in judged if found.take(versions, minute)]
        if changed:
            if not stands:
                found.began, found.n, found.routes = minute, 0, []
            found.new = 0
            leaves = np.unique(observations.leaf[observations.minute == minute]).tolist()
            own = {observations.leaves[leaf] for leaf in leaves if observations.leaves[leaf].tenant == tenant}
            found.routes = sorted({*found.routes, *(leaf.route for leaf in own)})
        found.n += sum(n for _, n in judged)
        found.new += sum(n for versions, n in judged if found.newest(versions))
        return [self._signal(tenant, found, minute)] if changed else []

    def _over(self, minute: int) -> list[Signal]:
        signals = []
        for tenant, found in sorted(self._tenants.items()):
            over = found.over
            if over is not None and over < minute:
                if found.was:
                    signals.append(self._signal(tenant, found, over, over=True))
                found.settle()
        return signals

    def _signal(self, tenant: str, found: _Tenant, minute: int, *, over: bool = False) -> Signal:
        share = found.new / found.n
        changes = sorted(found.was.items())[:NAMED]
        reason = "; ".join(f"{name} {was} to {found.known[name]}" for name, was in changes)
        return Signal(
            signal=CHANGED,
            state="cleared" if over else "raised",
            series=_series(tenant),
            team="",
            minute=minute,
            began=found.began,
            began_low=found.began,
            began_high=found.began,
            observed=share,
            reference=0.0,
            low=share,
            high=share,
            unit="ratio",
            n=found.n,
            routes=tuple(found.routes),
            share_of_traffic=1.0,
            monitor=self._monitor,
            note=f"Detectors changed: {reason}. Numbers of before and after do not compare.",
            facts={"detector": ", ".join(sorted(found.was)), "reason": reason},
        )


def _series(tenant: str) -> Series:
    return Series("fleet", tenant)
