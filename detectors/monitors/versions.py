"""Detectors that changed: numbers of two versions do not compare."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace

import msgspec
import numpy as np

from detectors.monitors.base import Observations, Ruling, Series, Signal, SignalName, Standing
from detectors.monitors.snapshot import State

CHANGED: SignalName = "detector_changed"
QUIET_MINUTES, QUIET_CALLS = 60, 20  # with one version only, and the change is over
GONE_MINUTES, GONE_CALLS = 2 * 1440, 200  # the same, and the other version would be news again
NAMED = 5
SPOKEN = "A person has said what it is: of these versions nothing is said while they are there."

Versions = Mapping[str, str]  # by verdict


@dataclass
class _Version:
    """One of several versions that judge: its last minute, and what others have judged since.

    Attributes
    ----------
    calls : judged by others since
    quiet, gone : minutes in which these were enough for the change to be over, and for it to be forgotten
    """

    last: int
    calls: int = 0
    quiet: int | None = None
    gone: int | None = None

    def others(self, n: int, minute: int) -> None:
        """Take calls that others have judged."""
        self.calls += n
        if self.quiet is None and self.calls >= QUIET_CALLS:
            self.quiet = minute
        if self.gone is None and self.calls >= GONE_CALLS:
            self.gone = minute


@dataclass
class _Tenant:
    """Which versions judge a tenant's calls, and what of that has changed.

    Attributes
    ----------
    known : the version of each verdict that came last
    seen : of verdicts that several versions judge: each version, as long as it is there beside another
    was : of verdicts whose change stands: the version before it
    began, n, new : of the change that stands: its minute, calls since, those of the newest versions only
    routes : that had calls when changes were found
    """

    known: dict[str, str] = field(default_factory=dict)
    seen: dict[str, dict[str, _Version]] = field(default_factory=dict)
    was: dict[str, str] = field(default_factory=dict)
    began: int = 0
    n: int = 0
    new: int = 0
    routes: list[str] = field(default_factory=list)

    def take(self, versions: Versions, minute: int, n: int) -> bool:
        """Take what judged some calls of a minute; tell whether a version among them has not been seen."""
        changed = False
        for name, version in versions.items():
            known = self.known.setdefault(name, version)
            if version != known and version not in self.seen.get(name, {}):
                self.seen.setdefault(name, {})[known] = _Version(minute)
                self.was.setdefault(name, known)
                self.known[name] = version
                changed = True
            if name in self.seen:
                self.seen[name][version] = _Version(minute)
                for other, found in self.seen[name].items():
                    if other != version:
                        found.others(n, minute)
        return changed

    def newest(self, versions: Versions) -> bool:
        """Tell whether calls were judged by the newest version of all that changes."""
        return all(versions.get(name, self.known[name]) == self.known[name] for name in self.seen)

    @property
    def over(self) -> int | None:
        """The minute at which what stands has had one version only for long enough; None before that."""
        since = [
            None if one.quiet is None else max(one.last + QUIET_MINUTES, one.quiet)
            for name in self.was
            for one in self._others(name)
        ]
        ended = [minute for minute in since if minute is not None]
        return max(ended) if ended and len(ended) == len(since) else None

    def forget(self, now: int) -> None:
        """Forget the versions that judge no more: what judged last, new or old, is known from now on."""
        for name, seen in list(self.seen.items()):
            gone = [one for one in self._others(name) if one.gone is not None]
            gone = [one for one in gone if max(one.last + GONE_MINUTES, one.gone or 0) < now]
            left = {version: one for version, one in seen.items() if one not in gone}
            if name in self.was or not gone:
                continue
            if len(left) > 1:
                self.seen[name] = left
            else:
                self.known[name] = next(iter(left))
                del self.seen[name]

    def _others(self, name: str) -> list[_Version]:
        """Return the versions of a verdict but for the one that judged last."""
        seen, known = self.seen[name], self.known[name]
        newest = max(seen, key=lambda version: (seen[version].last, version == known))
        return [one for version, one in seen.items() if version != newest]


class VersionChanges:
    """Says that detectors of a tenant have changed; over when an hour had one version of each.

    Several changes at a time are one signal, said anew with each. An hour counts when it had twenty calls.
    Two versions that go on side by side are said once: the other one is news again when it has judged none
    of 200 calls in two days.
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

    def standing(self) -> frozenset[Standing]:
        """Return what is raised and not over."""
        return frozenset((CHANGED, _series(tenant)) for tenant, found in self._tenants.items() if found.was)

    def state(self) -> State:
        """Return plain data for a snapshot."""
        return {name: asdict(found) for name, found in self._tenants.items()}

    def load(self, state: State) -> None:
        """Continue from a `state`."""
        self._tenants = msgspec.convert(state, dict[str, _Tenant])

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
        changed = [versions for versions, n in judged if found.take(versions, minute, n)]
        if changed:
            if not stands:
                found.began, found.n, found.routes = minute, 0, []
            found.new = 0
            leaves = np.unique(observations.leaf[observations.minute == minute]).tolist()
            own = {observations.leaves[leaf] for leaf in leaves if observations.leaves[leaf].tenant == tenant}
            found.routes = sorted({*found.routes, *(leaf.route for leaf in own)})
        found.n += sum(n for _, n in judged)
        found.new += sum(n for versions, n in judged if found.newest(versions))
        if not changed:
            return []
        signal = self._signal(tenant, found, minute)
        news = {"news": signal.facts["reason"]} if stands else {}
        return [replace(signal, facts={**signal.facts, **news})]

    def _over(self, minute: int) -> list[Signal]:
        signals = []
        for tenant, found in sorted(self._tenants.items()):
            over = found.over
            if over is not None and over < minute:
                signals.append(self._signal(tenant, found, over, over=True))
                found.was = {}
            found.forget(minute)
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
