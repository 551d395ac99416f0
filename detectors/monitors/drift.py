"""Prompts or responses that have left the region they used to occupy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from detectors.monitors.base import Observations, Series, Signal, SignalName
from detectors.monitors.cells import DAY
from detectors.monitors.local_time import LocalTime
from detectors.monitors.page_budget import Months, page_budget
from detectors.monitors.snapshot import pack, unpack
from detectors.monitors.text_track import Texts, TextTrack

KINDS: tuple[SignalName, ...] = ("prompt_drift", "response_drift")

Key = tuple[str, str, SignalName]


class DriftMonitor:
    """Tell per route when its texts move, by betting against a split reference.

    Information only: texts may move for good reasons. One text per retry cluster; texts of the reference
    are matched by the hour of the day, so a daily rhythm of topics is no drift.

    Parameters
    ----------
    months : months(signal, watched series) between false signals
    reference_days : days of learning; longer until 800 texts a half are there
    timezone : of the daily rhythm
    encoder : version whose embeddings come; what was learned from another's is forgotten
    """

    name = "drift"
    version = "1"

    def __init__(
        self,
        months: Months | None = None,
        reference_days: int = 14,
        timezone: str = "UTC",
        encoder: str = "",
    ) -> None:
        self.months, self.reference_days = months or page_budget(), reference_days
        self.encoder = encoder
        self.time = LocalTime(timezone)
        self._tracks: dict[Key, TextTrack] = {}
        self._calls: Counter[tuple[str, str]] = Counter()
        self._today: Counter[tuple[str, str]] = Counter()
        self._day = -1

    def update(self, observations: Observations) -> Sequence[Signal]:
        signals: list[Signal] = []
        minute = observations.minute
        for day in range(observations.start // DAY, (observations.end - 1) // DAY + 1):
            if day != self._day:
                self._calls, self._today, self._day = self._calls + self._today, Counter(), day
            rows = np.arange(*np.searchsorted(minute, [day * DAY, (day + 1) * DAY]).tolist())
            signals += self._of_day(observations, rows)
        return sorted(signals, key=lambda signal: (signal.minute, signal.series, signal.signal))

    def snapshot(self) -> bytes:
        state = {
            "tracks": [[*key, track.state()] for key, track in self._tracks.items()],
            "calls": [[*key, n] for key, n in self._calls.items()],
            "today": [[*key, n] for key, n in self._today.items()],
            "day": self._day,
            "encoder": self.encoder,
        }
        return pack(self.name, self.version, state)

    def restore(self, state: bytes) -> None:
        unpacked = unpack(self.name, self.version, state)
        # Numbers of two encoders have nothing in common.
        learned = unpacked["tracks"] if unpacked.get("encoder") == self.encoder else []
        self._tracks = {
            (tenant, route, kind): TextTrack.from_state(track) for tenant, route, kind, track in learned
        }
        self._calls = Counter({(tenant, route): n for tenant, route, n in unpacked["calls"]})
        self._today = Counter({(tenant, route): n for tenant, route, n in unpacked["today"]})
        self._day = unpacked["day"]

    def _of_day(
        self, observations: Observations, rows: np.ndarray[tuple[int], np.dtype[np.int64]]
    ) -> list[Signal]:
        signals: list[Signal] = []
        leaf = observations.leaf[rows]
        routes: dict[tuple[str, str], list[int]] = {}
        for number in np.unique(leaf).tolist():
            name = observations.leaves[number]
            routes.setdefault((name.tenant, name.route), []).append(number)
        for (tenant, route), numbers in sorted(routes.items()):
            own = rows[np.isin(leaf, numbers)]
            self._today[tenant, route] += len(own)
            team = observations.teams[numbers[-1]]
            for kind in KINDS:
                found = self._of_track((tenant, route, kind), observations, own)
                signals += [self._signed(signal, tenant, route, kind, team) for signal in found]
        return signals

    def _of_track(
        self, key: Key, observations: Observations, own: np.ndarray[tuple[int], np.dtype[np.int64]]
    ) -> list[Signal]:
        embedding = (
            observations.prompt_embedding if key[2] == "prompt_drift" else observations.response_embedding
        )
        own = own[observations.first[own]]
        own = own[embedding[own].any(axis=1)]
        if not len(own):
            return []
        minute = observations.minute[own]
        ids = [observations.event_id[i] for i in own.tolist()]
        texts = Texts(minute, self.time.hour(minute) % 24, embedding[own], ids)
        if key not in self._tracks:
            due = (int(minute[0]) // DAY + self.reference_days) * DAY
            months = self.months(key[2], len(self._tracks) + 1)
            self._tracks[key] = TextTrack(due, self.reference_days, months)
        return self._tracks[key].take(texts)

    def _signed(self, signal: Signal, tenant: str, route: str, kind: SignalName, team: str) -> Signal:
        total = sum(n for (owner, _), n in self._calls.items() if owner == tenant)
        return replace(
            signal,
            signal=kind,
            series=Series("route", tenant, route=route),
            team=team,
            routes=(route,),
            share_of_traffic=self._calls[tenant, route] / total if total else 0.0,
            monitor=f"{self.name} {self.version}",
        )
