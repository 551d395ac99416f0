"""Detectors that changed: numbers of two versions do not compare."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

import msgspec
import numpy as np

from detectors.monitors.base import Observations, Series, Signal
from detectors.monitors.snapshot import State

QUIET_MINUTES = 60  # without a call of the versions before, and the change is over
NAMED = 5

Versions = Mapping[str, str]  # by verdict


@dataclass
class _Tenant:
    """Which versions judge a tenant's calls, and since when others do.

    Attributes
    ----------
    known : versions by verdict
    before : last minute of a call that was judged by versions other than these
    began, n, new : of the change that stands: its minute, calls since, those of them by new versions
    routes : that had calls when the change was found
    """

    known: dict[str, str]
    before: int = 0
    began: int = 0
    n: int = 0
    new: int = 0
    routes: list[str] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)


class VersionChanges:
    """Says of each tenant that detectors have changed; it is over an hour after the last call of the old."""

    def __init__(self, monitor: str) -> None:
        self._monitor = monitor
        self._tenants: dict[str, _Tenant] = {}

    def update(self, observations: Observations) -> list[Signal]:
        """Take the next closed minutes."""
        signals: list[Signal] = []
        sets = [
            msgspec.json.decode(text, type=dict[str, str]) if text else {}
            for text in observations.detector_sets
        ]
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
                judged = [(sets[key[2]], n) for key, n in group if sets[key[2]]]
                signals += self._over(minute)
                if judged:
                    signals += self._minute(observations, tenants[tenant], minute, judged)
        return signals + self._over(observations.end)

    def state(self) -> State:
        """Return plain data for a snapshot."""
        return {name: asdict(found) for name, found in self._tenants.items()}

    def load(self, state: State) -> None:
        """Continue from a `state`."""
        self._tenants = {name: _Tenant(**found) for name, found in state.items()}

    def _minute(
        self, observations: Observations, tenant: str, minute: int, judged: Sequence[tuple[Versions, int]]
    ) -> list[Signal]:
        """Take how many of a tenant's calls were judged by which versions in one minute."""
        found = self._tenants.setdefault(tenant, _Tenant(dict(judged[0][0])))
        fresh = [versions for versions, _ in judged if _differs(found.known, versions)]
        if found.began or not fresh:
            self._add(found, judged, minute)
            return []
        self._begin(found, fresh[0], minute)
        self._add(found, judged, minute)
        leaves = np.unique(observations.leaf[observations.minute == minute]).tolist()
        own = {observations.leaves[leaf] for leaf in leaves if observations.leaves[leaf].tenant == tenant}
        found.routes = sorted({leaf.route for leaf in own})
        return [self._signal(tenant, found, minute)]

    def _begin(self, found: _Tenant, versions: Versions, minute: int) -> None:
        changed = _differs(found.known, versions)
        named = [f"{name} {found.known[name]} to {versions[name]}" for name in changed[:NAMED]]
        found.facts = {"what": "version", "detector": ", ".join(changed), "reason": "; ".join(named)}
        found.known |= versions
        found.began, found.before, found.n, found.new = minute, minute, 0, 0

    def _add(self, found: _Tenant, judged: Sequence[tuple[Versions, int]], minute: int) -> None:
        if not found.began:
            found.known |= judged[-1][0]
            return
        new = sum(n for versions, n in judged if not _differs(found.known, versions))
        total = sum(n for _, n in judged)
        found.n += total
        found.new += new
        if new < total:
            found.before = minute

    def _over(self, minute: int) -> list[Signal]:
        signals = []
        for tenant, found in sorted(self._tenants.items()):
            if found.began and found.before + QUIET_MINUTES < minute:
                signals.append(self._signal(tenant, found, found.before + QUIET_MINUTES, over=True))
                found.began = 0
        return signals

    def _signal(self, tenant: str, found: _Tenant, minute: int, *, over: bool = False) -> Signal:
        share = found.new / found.n
        return Signal(
            signal="detector_coverage",
            state="cleared" if over else "raised",
            series=Series("fleet", tenant),
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
            note=f"Detectors changed: {found.facts['reason']}. Numbers of before and after do not compare.",
            facts=found.facts,
        )


def _differs(known: Versions, versions: Versions) -> list[str]:
    """Return the verdicts that both name in different versions."""
    return sorted(name for name in known.keys() & versions.keys() if known[name] != versions[name])
