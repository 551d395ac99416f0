"""Prompts or responses that have left the region they used to occupy."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from detectors.monitors.base import Observations, Ruling, Series, Signal, SignalName, Standing
from detectors.monitors.cells import DAY, KEPT_DAYS
from detectors.monitors.incident import said, signal_from, signal_state
from detectors.monitors.local_time import LocalTime
from detectors.monitors.page_budget import Months, page_budget
from detectors.monitors.part import ruled
from detectors.monitors.readiness import Readiness
from detectors.monitors.snapshot import pack, unpack
from detectors.monitors.text_track import TextTrack, ended
from detectors.monitors.texts import Texts
from detectors.monitors.values import dimensions

KINDS: tuple[SignalName, ...] = ("prompt_drift", "response_drift")

Key = tuple[str, str, SignalName]

OTHERWISE = "Texts are encoded otherwise since then: their reference is learnt anew."


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
    version = "3"

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
        self._over: list[tuple[Key, Signal]] = []  # what stood when its texts came to be encoded otherwise
        self._calls: Counter[tuple[str, str]] = Counter()
        self._today: Counter[tuple[str, str]] = Counter()
        self._day = -1

    def update(self, observations: Observations) -> Sequence[Signal]:
        found = [signal for part in ruled(observations, *KINDS) for signal in self._part(part)]
        return sorted(found, key=lambda signal: (signal.minute, signal.series, signal.signal))

    def _part(self, observations: Observations) -> list[Signal]:
        signals = self._forgotten(observations.start)
        signals += [signal for ruling in observations.rulings for signal in self._ruled(ruling)]
        minute = observations.minute
        for day in range(observations.start // DAY, (observations.end - 1) // DAY + 1):
            if day != self._day:
                self._calls, self._today, self._day = _halved(self._calls) + self._today, Counter(), day
                self._let_go(day)
                self._share()
            rows = np.arange(*np.searchsorted(minute, [day * DAY, (day + 1) * DAY]).tolist())
            signals += self._of_day(observations, rows)
        return signals

    def _forgotten(self, minute: int) -> list[Signal]:
        """End what was found in numbers of another encoder: whether it goes on cannot be told."""
        over, self._over = self._over, []
        return [self._signed(ended(signal, minute - 1, OTHERWISE), *key, signal.team) for key, signal in over]

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
                self._tracks[key] = TextTrack(due, self.reference_days, track.months)
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

    def standing(self) -> frozenset[Standing]:
        stands = [key for key, track in self._tracks.items() if track.standing is not None]
        over = (key for key, _ in self._over)
        return frozenset(
            (kind, Series("route", tenant, route=route)) for tenant, route, kind in (*stands, *over)
        )

    def snapshot(self) -> bytes:
        state = {
            "tracks": [[*key, track.state()] for key, track in self._tracks.items()],
            "calls": [[*key, n] for key, n in self._calls.items()],
            "today": [[*key, n] for key, n in self._today.items()],
            "day": self._day,
            "over": [[*key, signal_state(signal)] for key, signal in self._over],
            "encoder": self.encoder,
        }
        return pack(self.name, self.version, state)

    def restore(self, state: bytes) -> None:
        unpacked = unpack(self.name, self.version, state)
        self._tracks = {
            (tenant, route, kind): TextTrack.from_state(track)
            for tenant, route, kind, track in unpacked["tracks"]
        }
        self._over = [
            ((tenant, route, kind), signal_from(one)) for tenant, route, kind, one in unpacked["over"]
        ]
        if unpacked["encoder"] != self.encoder:  # numbers of two encoders have nothing in common
            stood = ((key, track.standing) for key, track in self._tracks.items())
            self._over += [(key, signal) for key, signal in stood if signal is not None]
            self._tracks = {}
        self._calls = Counter({(tenant, route): n for tenant, route, n in unpacked["calls"]})
        self._today = Counter({(tenant, route): n for tenant, route, n in unpacked["today"]})
        self._day = unpacked["day"]

    def _let_go(self, day: int) -> None:
        """Forget routes without a text for longer than anything is kept, save where something stands."""
        oldest = (day - max(KEPT_DAYS, self.reference_days)) * DAY
        self._tracks = {
            key: track
            for key, track in self._tracks.items()
            if track.standing is not None or track.newest >= oldest
        }

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
            for kind in KINDS:
                for signal in self._of_track((tenant, route, kind), observations, own):
                    until = int(np.searchsorted(observations.minute[own], signal.minute, side="right"))
                    team = observations.team_of(int(own[until - 1]))
                    signals.append(self._signed(signal, tenant, route, kind, team))
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
        if key not in self._tracks:
            due = (int(minute[0]) // DAY + self.reference_days) * DAY
            months = self.months(key[2], len(self._tracks) + 1)
            self._tracks[key] = TextTrack(due, self.reference_days, months)
        track = self._tracks[key]
        numbers = [track.values.numbers(codes[own], name) for codes, name in dimensions(observations)]
        hour, slices = self.time.hour(minute) % 24, np.stack(numbers, axis=1)
        return track.take(Texts(minute, hour, embedding[own], unknown[own], slices, ids))

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


def _halved(calls: Counter[tuple[str, str]]) -> Counter[tuple[str, str]]:
    """Return half of each count, so that a day counts less with every day that follows."""
    return Counter({key: n // 2 for key, n in calls.items() if n > 1})
