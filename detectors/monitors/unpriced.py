"""Calls that should have a price and have none: money that no report would show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

import numpy as np

from detectors.monitors.base import Leaf, Observations, Series, Signal
from detectors.monitors.snapshot import pack, unpack

LEAST_CALLS = 3
LEAST_SHARE = 0.05
WINDOW_CALLS = 60  # without a signal by then, counting starts anew
PRICED_AGAIN = 50  # calls in a row
EXAMPLES = 3


@dataclass
class _Count:
    """Calls of one leaf since the first unpriced one, and of its whole tenant."""

    began: int = 0
    calls: int = 0
    of_tenant: int = 0
    unpriced: int = 0
    priced_in_a_row: int = 0
    examples: list[str] = field(default_factory=list)
    raised: bool = False


class UnpricedMonitor:
    """Tell when calls of a route on a model have no price, from the third one on.

    Deterministic, also while references are learnt: three unpriced calls that make up a twentieth of the
    calls since the first. Over after fifty priced calls in a row.
    """

    name = "unpriced"
    version = "1"

    def __init__(self) -> None:
        self._counts: dict[Leaf, _Count] = {}

    def update(self, observations: Observations) -> Sequence[Signal]:
        if not len(observations):  # a minute without calls
            return []
        signals: list[tuple[int, Signal]] = []
        suspects = set(np.unique(observations.leaf[observations.unpriced]).tolist())
        suspects |= {i for i, leaf in enumerate(observations.leaves) if leaf in self._counts}
        tenants = np.array([leaf.tenant for leaf in observations.leaves], dtype=object)
        passed = {name: np.cumsum((tenants == name)[observations.leaf]) for name in set(tenants)}
        for number in sorted(suspects, key=lambda i: observations.leaves[i]):
            leaf, team = observations.leaves[number], observations.teams[number]
            relevant = observations.unpriced | ~np.isnan(observations.cost_usd)
            for i in np.flatnonzero(relevant & (observations.leaf == number)).tolist():
                found = self._take(leaf, team, observations, i, int(passed[leaf.tenant][i]))
                if found is not None:
                    signals.append((i, found))
        for leaf, count in self._counts.items():
            count.of_tenant += int(passed[leaf.tenant][-1]) if leaf.tenant in passed else 0
        return [signal for _, signal in sorted(signals, key=lambda pair: pair[0])]

    def snapshot(self) -> bytes:
        counts = [[asdict(leaf), asdict(count)] for leaf, count in self._counts.items()]
        return pack(self.name, self.version, {"counts": counts})

    def restore(self, state: bytes) -> None:
        counts = unpack(self.name, self.version, state)["counts"]
        self._counts = {Leaf(**leaf): _Count(**count) for leaf, count in counts}

    def _take(self, leaf: Leaf, team: str, observations: Observations, i: int, passed: int) -> Signal | None:
        minute, unpriced = int(observations.minute[i]), bool(observations.unpriced[i])
        count = self._counts.get(leaf)
        if count is None:
            if not unpriced:
                return None
            count = self._counts[leaf] = _Count(began=minute, of_tenant=1 - passed)
        count.calls += 1
        count.unpriced += unpriced
        count.priced_in_a_row = 0 if unpriced else count.priced_in_a_row + 1
        if unpriced and len(count.examples) < EXAMPLES:
            count.examples.append(observations.event_id[i])
        return self._judge(leaf, team, count, minute, count.of_tenant + passed)

    def _judge(self, leaf: Leaf, team: str, count: _Count, minute: int, everything: int) -> Signal | None:
        if not count.raised and count.unpriced >= LEAST_CALLS and count.unpriced >= LEAST_SHARE * count.calls:
            count.raised = True
            return _signal(leaf, team, count, minute, everything)
        if count.raised and count.priced_in_a_row >= PRICED_AGAIN:
            del self._counts[leaf]
            return _signal(leaf, team, count, minute, everything, over=True)
        if not count.raised and count.calls >= WINDOW_CALLS:
            del self._counts[leaf]
        return None


def _signal(
    leaf: Leaf, team: str, count: _Count, minute: int, everything: int, *, over: bool = False
) -> Signal:
    share = count.unpriced / count.calls
    return Signal(
        signal="unpriced",
        state="cleared" if over else "raised",
        series=Series("route_model", leaf.tenant, leaf.platform, leaf.route, leaf.model),
        team=team,
        minute=minute,
        began=count.began,
        began_low=count.began,
        began_high=count.began,
        observed=share,
        reference=0.0,
        low=share,
        high=share,
        unit="ratio",
        n=count.calls,
        routes=(leaf.route,),
        share_of_traffic=count.calls / everything,
        monitor="unpriced 1",
        examples=() if over else tuple(count.examples),
        note=f"No price is known for {leaf.model} on {leaf.platform}: its spend is missing from every total.",
        facts={"platform": leaf.platform, "model": leaf.model},
    )
