"""Prompts or responses that have left the region they used to occupy."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from detectors.base import NOT_ASSESSABLE
from detectors.monitors.base import Observations, Ruling, Series, Signal, SignalName
from detectors.monitors.cells import DAY
from detectors.monitors.incident import said
from detectors.monitors.local_time import LocalTime
from detectors.monitors.page_budget import Months, page_budget
from detectors.monitors.part import ruled
from detectors.monitors.readiness import Readiness
from detectors.monitors.snapshot import pack, unpack
from detectors.monitors.text_track import TextTrack
from detectors.monitors.texts import Texts

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
    version = "2"

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
        self._slices: list[str] = []
        self._calls: Counter[tuple[str, str]] = Counter()
        self._today: Counter[tuple[str, str]] = Counter()
        self._day = -1

    def update(self, observations: Observations) -> Sequence[Signal]:
        found = [signal for part in ruled(observations, *KINDS) for signal in self._part(part)]
        return sorted(found, key=lambda signal: (signal.minute, signal.series, signal.signal))

    def _part(self, observations: Observations) -> list[Signal]:
        signals = [signal for ruling in observations.rulings for signal in self._ruled(ruling)]
        minute = observations.minute
        for day in range(observations.start // DAY, (observations.end - 1) // DAY + 1):
            if day != self._day:
                self._calls, self._today, self._day = self._calls + self._today, Counter(), day
                self._share()
            rows = np.arange(*np.searchsorted(minute, [day * DAY, (day + 1) * DAY]).tolist())
            signals += self._of_day(observations, rows)
        return signals

    def _ruled(self, ruling: Ruling) -> list[Signal]:
        """End what a person has spoken about; where it was expected, learn the texts that come now."""
        signals: list[Signal] = []
        for series in sorted(ruling.series):
            key = (series.tenant, series.route, ruling.signal)
            track = self._tracks.get(key)
            over = track.released(ruling.minute - 1) if track else None
            if track is None or over is None:
                continue
            if ruling.expected:
                due = (ruling.minute // DAY + self.reference_days) * DAY
                self._tracks[key] = TextTrack(due, self.reference_days, track.months, self._slices)
            signals.append(self._signed(said(over, ruling), *key, over.team))
        return signals

    def readiness(self) -> Iterable[Readiness]:
        return [
            Readiness(
                signal=kind,
                series=Series("route", tenant, route=route),
                team="",
                stage="learning" if track.witness is None else "watched",
                watched="not" if track.witness is None else "fully",
                since=track.due - self.reference_days * DAY,
                ready=track.due if track.witness is None else None,
                last=track.newest,
            )
            for (tenant, route, kind), track in self._tracks.items()
        ]

    def snapshot(self) -> bytes:
        state = {
            "tracks": [[*key, track.state()] for key, track in self._tracks.items()],
            "slices": self._slices,
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
        self._slices = list(unpacked["slices"])
        self._tracks = {
            (tenant, route, kind): TextTrack.from_state(track, self._slices)
            for tenant, route, kind, track in learned
        }
        self._calls = Counter({(tenant, route): n for tenant, route, n in unpacked["calls"]})
        self._today = Counter({(tenant, route): n for tenant, route, n in unpacked["today"]})
        self._day = unpacked["day"]

    def _share(self) -> None:
        """Share the budget anew among all tracks: those of today have long to learn before they can alarm."""
        for kind, n in Counter(kind for _, _, kind in self._tracks).items():
            months = self.months(kind, n)
            for track in (one for (_, _, own), one in self._tracks.items() if own == kind):
                track.months, track.engine.log_months[:] = months, math.log(months)

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
        side = key[2].removesuffix("_drift")
        embedding: np.ndarray[tuple[int, int], np.dtype[np.int8]] = getattr(observations, f"{side}_embedding")
        unknown: np.ndarray[tuple[int], np.dtype[np.float32]]
        unknown = getattr(observations, f"{side}_unknown_ratio")
        own = own[observations.first[own]]
        own = own[embedding[own].any(axis=1)]
        if not len(own):
            return []
        minute = observations.minute[own]
        ids = [observations.event_id[i] for i in own.tolist()]
        hour, slices = self.time.hour(minute) % 24, self._slices_of(observations, own)
        texts = Texts(minute, hour, embedding[own], unknown[own], slices, ids)
        if key not in self._tracks:
            due = (int(minute[0]) // DAY + self.reference_days) * DAY
            months = self.months(key[2], len(self._tracks) + 1)
            self._tracks[key] = TextTrack(due, self.reference_days, months, self._slices)
        return self._tracks[key].take(texts)

    def _slices_of(
        self, observations: Observations, own: np.ndarray[tuple[int], np.dtype[np.int64]]
    ) -> np.ndarray[tuple[int, int], np.dtype[np.int32]]:
        """Return the numbers of each text's slices: its model, and its language."""
        models = [f"model {leaf.platform}/{leaf.model}" for leaf in observations.leaves]
        languages = [_language(code) for code in observations.languages]
        named = ((observations.leaf[own], models), (observations.language[own], languages))
        return np.stack([self._numbers(codes, names) for codes, names in named], axis=1)

    def _numbers(
        self, codes: np.ndarray[tuple[int], np.dtype[np.int32]], names: Sequence[str]
    ) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
        present, places = np.unique(codes, return_inverse=True)
        return np.array([self._number(names[code]) for code in present.tolist()], np.int32)[places]

    def _number(self, name: str) -> int:
        if name not in self._slices:
            self._slices.append(name)
        return self._slices.index(name)

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


def _language(code: str) -> str:
    return f"language {code}" if code and code != NOT_ASSESSABLE else ""
