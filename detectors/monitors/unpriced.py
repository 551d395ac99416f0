"""Calls that should have a price and have none: money that no report would show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

import numpy as np
from numpy.typing import NDArray

from detectors.monitors.base import Leaf, Observations, Series, Signal, Standing
from detectors.monitors.incident import ended
from detectors.monitors.snapshot import pack, unpack

LEAST_CALLS = 3
LEAST_SHARE = 0.05
WINDOW_CALLS = 60  # without a signal by then, counting starts anew
PRICED_AGAIN = 50  # calls in a row
GONE_MINUTES = 7 * 1440  # without a call that could have a price, and there is nothing left to wait for
EXAMPLES = 3
Passed = Mapping[str, NDArray[np.int64]]  # by tenant: its calls up to and with each row


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
    team: str = ""
    last: int = 0  # minute of the last call


class UnpricedMonitor:
    """Tell when calls of a route on a model have no price, from the third one on.

    Deterministic, also while references are learnt: three unpriced calls that make up a twentieth of the
    calls since the first. Over after fifty priced calls in a row, or a week without a call.
    """

    name = "unpriced"
    version = "2"

    def __init__(self) -> None:
        self._counts: dict[Leaf, _Count] = {}

    def update(self, observations: Observations) -> Sequence[Signal]:
        signals: list[Signal] = []
        suspects = set(np.unique(observations.leaf[observations.unpriced]).tolist())
        suspects |= {i for i, leaf in enumerate(observations.leaves) if leaf in self._counts}
        tenants = np.array([leaf.tenant for leaf in observations.leaves], dtype=object)
        passed = {name: np.cumsum((tenants == name)[observations.leaf]) for name in set(tenants)}
        for number in sorted(suspects, key=lambda i: observations.leaves[i]):
            leaf = observations.leaves[number]
            relevant = observations.unpriced | ~np.isnan(observations.cost_usd)
            for i in np.flatnonzero(relevant & (observations.leaf == number)).tolist():
                signals += self._gone(leaf, observations, int(observations.minute[i]), passed)
                found = self._take(leaf, observations, i, int(passed[leaf.tenant][i]))
                if found is not None:
                    signals.append(found)
        for leaf in sorted(self._counts):
            signals += self._gone(leaf, observations, observations.end, passed)
        for leaf, count in self._counts.items():
            count.of_tenant += _passed(passed, leaf.tenant, len(observations))
        return sorted(signals, key=lambda signal: (signal.minute, signal.series))

    def standing(self) -> frozenset[Standing]:
        return frozenset(("unpriced", _series(leaf)) for leaf, count in self._counts.items() if count.raised)

    def snapshot(self) -> bytes:
        counts = [[asdict(leaf), asdict(count)] for leaf, count in self._counts.items()]
        return pack(self.name, self.version, {"counts": counts})

    def restore(self, state: bytes) -> None:
        counts = unpack(self.name, self.version, state)["counts"]
        self._counts = {Leaf(**leaf): _Count(**count) for leaf, count in counts}

    def _take(self, leaf: Leaf, observations: Observations, i: int, passed: int) -> Signal | None:
        minute, unpriced = int(observations.minute[i]), bool(observations.unpriced[i])
        count = self._counts.get(leaf)
        if count is None:
            if not unpriced:
                return None
            count = self._counts[leaf] = _Count(began=minute, of_tenant=1 - passed)
        count.team, count.last = observations.team_of(i), minute
        count.calls += 1
        count.unpriced += unpriced
        count.priced_in_a_row = 0 if unpriced else count.priced_in_a_row + 1
        if unpriced and len(count.examples) < EXAMPLES:
            count.examples.append(observations.event_id[i])
        return self._judge(leaf, count, minute, count.of_tenant + passed)

    def _gone(self, leaf: Leaf, observations: Observations, now: int, passed: Passed) -> list[Signal]:
        """Say of what had no call for long before `now` that it is over."""
        count = self._counts.get(leaf)
        if count is None or now <= count.last + GONE_MINUTES:
            return []
        del self._counts[leaf]
        if not count.raised:
            return []
        minute = count.last + GONE_MINUTES
        rows = int(np.searchsorted(observations.minute, minute, side="right"))
        everything = count.of_tenant + _passed(passed, leaf.tenant, rows)
        over = _signal(leaf, count, minute, everything, over=True)
        note = f"Over for want of calls: none that could have a price for {GONE_MINUTES // 1440} days."
        return [ended(over, note)]

    def _judge(self, leaf: Leaf, count: _Count, minute: int, everything: int) -> Signal | None:
        if not count.raised and count.unpriced >= LEAST_CALLS and count.unpriced >= LEAST_SHARE * count.calls:
            count.raised = True
            return _signal(leaf, count, minute, everything)
        if count.raised and count.priced_in_a_row >= PRICED_AGAIN:
            del self._counts[leaf]
            return _signal(leaf, count, minute, everything, over=True)
        if not count.raised and count.calls >= WINDOW_CALLS:
            del self._counts[leaf]
        return None


def _passed(passed: Passed, tenant: str, rows: int) -> int:
    """Return how many of the first rows are calls of a tenant."""
    return int(passed[tenant][rows - 1]) if tenant in passed and rows else 0


def _series(leaf: Leaf) -> Series:
    return Series("route_model", leaf.tenant, leaf.platform, leaf.route, leaf.model)


def _signal(leaf: Leaf, count: _Count, minute: int, everything: int, *, over: bool = False) -> Signal:
    share = count.unpriced / count.calls
    return Signal(
        signal="unpriced",
        state="cleared" if over else "raised",
        series=_series(leaf),
        team=count.team,
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
        monitor="unpriced 2",
        examples=() if over else tuple(count.examples),
        note=f"No price is known for {leaf.model} on {leaf.platform}: its spend is missing from every total.",
        facts={"platform": leaf.platform, "model": leaf.model},
    )
