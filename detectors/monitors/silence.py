"""Routes with steady traffic that fall silent, or to a part of what they had."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from detectors.monitors.base import Observations, Ruling, Series, Signal, Standing
from detectors.monitors.cells import DAY
from detectors.monitors.completeness import DELAY_MINUTES
from detectors.monitors.fall import GRID, Fall, fall_llr, measure
from detectors.monitors.finding import describe
from detectors.monitors.incident import ended, said
from detectors.monitors.local_time import LocalTime
from detectors.monitors.localise import affected
from detectors.monitors.page_budget import Months, page_budget
from detectors.monitors.profile import LEARNING_MARGIN, SLOT_MINUTES, Profile, cells, fit
from detectors.monitors.receipts import Receipts
from detectors.monitors.silent import Silent, held
from detectors.monitors.snapshot import pack, unpack
from detectors.monitors.steady import Routes, Steady, distinct, rank, series_of
from detectors.monitors.volumes import MAINTENANCE, SILENT, SLOTS, Volumes

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# From alarm to signal: so long a parent can claim it, and then it is known what gateways took in meanwhile.
PENDING_MINUTES = DELAY_MINUTES + 1
SAME_MINUTES = 12 * 60  # starts further apart are two silences
WEEK_DAYS = 7  # of learning at least: before, nobody knows its weekend
LOOK_BACK_DAYS = 14
EXAMPLES = 3
SATURDAY, SUNDAY = 24, 48  # the first of their cells
LIKE_SUNDAY = 0.5


class SilenceMonitor:
    """Tell when a route with steady traffic falls silent, or far below the least that its past allows.

    Calls are counted in slots of five minutes, for each route, each team, each platform with the routes that
    mostly run there, and the whole tenant. Their reference is the last `reference_days`, renewed weekly,
    without silences and maintenance: the mean per hour of working days, Saturdays and Sundays. Bets are made
    against a lower bound of it (`profile.fit`), with negative binomials, by the engine of all monitors, so
    that the page budget holds. One silence is one signal, of the narrowest series that has all its routes. It
    ends when calls are back, when a person has spoken of it, or when it has lasted as long as a reference
    does: then it is the new usual.

    Parameters
    ----------
    months : months(signal, watched series) between false signals
    reference_days : days of learning
    timezone : of the daily and weekly rhythm
    """

    name = "silence"
    version = "3"

    def __init__(self, months: Months | None = None, reference_days: int = 14, timezone: str = "UTC") -> None:
        self._months = months or page_budget()
        self._days = reference_days
        self._timezone = timezone
        self._time = LocalTime(timezone)
        self._volumes = Volumes()
        self._receipts = Receipts()
        self._live: frozenset[int] = frozenset()
        self._profiles: dict[Routes, Profile] = {}
        self._slots = np.zeros(0, dtype=np.int64)  # that the present profiles were learnt from
        self._groups: dict[Series, Routes] = {}
        self._steady = Steady({}, {}, 1.0, 0, 0)
        self._silent: list[Silent] = []
        self._pending: dict[str, int] = {}  # tenants with an alarm, and when it is looked into
        self._until: int | None = None

    def update(self, observations: Observations) -> Sequence[Signal]:
        begin = observations.start if self._until is None else self._until
        if self._until is None:
            self._volumes.begin_day(begin // DAY * DAY, self._days + WEEK_DAYS)
        self._receipts.take(observations.transits)
        borders = range(-(-begin // SLOT_MINUTES) * SLOT_MINUTES, observations.end, SLOT_MINUTES)
        spoken = [ruling for ruling in observations.rulings if ruling.signal == self.name]
        signals: list[Signal] = []
        edges = {begin, *borders, *(ruling.minute for ruling in spoken), observations.end}
        for start, end in itertools.pairwise(sorted(edges)):
            if start % DAY == 0:
                signals += self._midnight(start)
            for ruling in spoken:
                if ruling.minute == start:
                    signals += self._ruled(ruling)
            rows = slice(*np.searchsorted(observations.minute, [start, end]).tolist())
            self._volumes.count(observations, rows, start // SLOT_MINUTES)
            self._volumes.hold(observations.maintenance, start, end)
            if end % SLOT_MINUTES == 0:
                signals += self._close(end)
        self._until = observations.end
        return signals

    def standing(self) -> frozenset[Standing]:
        return frozenset(("silence", series) for one in self._silent for series in one.covers)

    def snapshot(self) -> bytes:
        profiles = [[sorted(group), profile.state()] for group, profile in self._profiles.items()]
        state = {
            "volumes": self._volumes.state(),
            "receipts": self._receipts.state(),
            "live": sorted(self._live),
            "profiles": profiles,
            "slots": self._slots,
            "steady": self._steady.state(),
            "groups": [[asdict(series), sorted(group)] for series, group in self._groups.items()],
            "silent": [one.state() for one in self._silent],
            "pending": self._pending,
            "until": self._until,
            "settings": [self._days, self._timezone],
        }
        return pack(self.name, self.version, state)

    def restore(self, state: bytes) -> None:
        kept = unpack(self.name, self.version, state)
        if kept["settings"] != [self._days, self._timezone]:
            raise ValueError(
                "a snapshot of silence with other reference days or another timezone: learn anew"
            )
        self._volumes = Volumes.from_state(kept["volumes"])
        self._receipts = Receipts.from_state(kept["receipts"])
        self._live = frozenset(kept["live"])
        self._profiles = {frozenset(group): Profile(**profile) for group, profile in kept["profiles"]}
        self._slots = kept["slots"]
        self._silent = [Silent.from_state(one) for one in kept["silent"]]
        self._groups = {Series(**series): frozenset(group) for series, group in kept["groups"]}
        self._steady = self._made(0)
        self._steady.load(kept["steady"])
        self._pending = kept["pending"]
        self._until = kept["until"]

    def _midnight(self, minute: int) -> list[Signal]:
        """Forget what is too old, and renew the references once a week and when a route's is ready."""
        volumes = self._volumes
        volumes.begin_day(minute, self._days + WEEK_DAYS)
        self._receipts.forget(minute)
        signals = self._outlasted(minute)
        weekly = minute // DAY % WEEK_DAYS == 0
        if weekly:
            self._let_go()
        ages = [(minute - since * SLOT_MINUTES // DAY * DAY) // DAY for since in volumes.since]
        least = min(self._days, WEEK_DAYS)
        ripe = frozenset(row for row, age in enumerate(ages) if age in {least, self._days})
        if weekly or ripe:
            volumes.settle()
            self._live = frozenset(row for row, age in enumerate(ages) if age >= least)
            slot = minute // SLOT_MINUTES
            self._slots = np.arange(max(volumes.first, slot - self._days * SLOTS), slot)
            # Between renewals only what a new route belongs to is learnt: routes may come every day.
            kept = {} if weekly else self._profiles
            self._profiles = {group: profile for group, profile in kept.items() if not group & ripe}
            self._lay(minute)
        return signals

    def _let_go(self) -> None:
        """Forget routes without calls, whose shares the others get, and follow those that stay."""
        rows = self._volumes.let_go(held(self._silent))
        if rows is not None:
            for one in self._silent:
                one.routes = frozenset(rows[sorted(one.routes)].tolist())
            self._steady.renumber(rows)

    def _outlasted(self, minute: int) -> list[Signal]:
        """Take a silence as long as a reference for the new usual."""
        signals: list[Signal] = []
        for one in list(self._silent):
            if minute // SLOT_MINUTES - one.began >= self._days * SLOTS:
                self._renew(one.routes, minute)
                note = f"Silent for {self._days} days: taken for the new usual."
                signals += [ended(over, note) for over in self._end(one, minute, note)]
                self._lay(minute)
        return signals

    def _ruled(self, ruling: Ruling) -> list[Signal]:
        """End what a person has spoken about; where it was expected, learn anew what is usual."""
        signals: list[Signal] = []
        for one in [one for one in self._silent if ruling.series & set(one.covers)]:
            if ruling.expected:
                self._renew(one.routes, ruling.minute)
            signals += [said(over, ruling) for over in self._end(one, ruling.minute - 1, one.raised.note)]
            self._lay(ruling.minute)
        return signals

    def _renew(self, routes: Routes, minute: int) -> None:
        """Let the reference of routes begin at a minute."""
        for row in routes:
            self._volumes.since[row] = minute // SLOT_MINUTES
        self._live -= routes

    def _lay(self, minute: int) -> None:
        """Watch the series of all routes that have a reference and are not silent."""
        self._groups = distinct(series_of(self._volumes, self._live - held(self._silent)))
        old, self._steady = self._steady, self._made(minute)
        self._steady.carry(old)

    def _made(self, minute: int) -> Steady:
        profiles = {group: self._profile(group) for group in self._groups.values()}
        return Steady(self._groups, profiles, self._promise, len(self._volumes.routes), minute)

    @property
    def _promise(self) -> float:
        return self._months("silence", max(len(self._groups), 1))

    def _profile(self, group: Routes) -> Profile:
        if group not in self._profiles:
            volumes, rows, slots = self._volumes, sorted(group), self._slots
            columns = slots - volumes.first
            counts = volumes.counts[rows][:, columns].sum(axis=0)
            since = max(volumes.since[row] for row in rows)
            valid = ~volumes.held[rows][:, columns].any(axis=0) & (slots >= since)
            learning = since > int(slots[-1]) + 1 - (self._days - 1) * SLOTS
            least = LEARNING_MARGIN if learning else 0.0
            self._profiles[group] = fit(counts, self._cells(slots), valid, math.log(self._promise), least)
        return self._profiles[group]

    def _cells(self, slots: Ints) -> Ints:
        return cells(self._time.hour(slots * SLOT_MINUTES))

    def _close(self, end: int) -> list[Signal]:
        """Take the slot that ends at this minute."""
        volumes, slot = self._volumes, end // SLOT_MINUTES - 1
        column = slot - volumes.first
        counts = volumes.counts[:, column].astype(np.float64)
        cell = int(self._cells(np.array([slot]))[0])
        free = volumes.held[:, column] & MAINTENANCE == 0
        volumes.held[sorted(held(self._silent)), column] |= SILENT
        signals = self._recovered(counts, cell, free, end)
        for row in self._steady.close(slot, counts, cell, free).tolist():
            self._pending.setdefault(self._steady.series[row].tenant, end + PENDING_MINUTES)
        for tenant in [tenant for tenant, due in self._pending.items() if due <= end]:
            del self._pending[tenant]
            signals += self._raise(tenant, end)
        return signals

    def _recovered(self, counts: Floats, cell: int, free: NDArray[np.bool_], end: int) -> list[Signal]:
        signals: list[Signal] = []
        for one in list(self._silent):
            rows = sorted(one.routes)
            if free[rows].all() and one.over(float(counts[rows].sum()), cell):
                note = "Calls are back; sizes are those while they were missed."
                signals += self._end(one, end - 1, note)
                self._lay(end)
        return signals

    def _end(self, one: Silent, minute: int, note: str) -> list[Signal]:
        """End a silence; a series is over when no other silence stands under its name."""
        self._silent.remove(one)
        standing = {series for other in self._silent for series in other.covers}
        covers = (series for series in one.covers if series not in standing)
        return [_cleared(one, series, minute, note) for series in covers]

    def _raise(self, tenant: str, now: int) -> list[Signal]:
        """Explain a tenant's alarms that still stand, the strongest first, until none is left."""
        signals: list[Signal] = []
        while True:
            steady = self._steady
            rows = np.array([i for i, name in enumerate(steady.series) if name.tenant == tenant], dtype=int)
            excess = steady.engine.excess(rows)
            if not len(rows) or excess.max() < 0:
                return signals
            signals.append(self._open(int(rows[excess.argmax()]), now))

    def _open(self, row: int, now: int) -> Signal:
        steady, end = self._steady, now // SLOT_MINUTES
        inside, tenant = steady.members[row], steady.series[row].tenant
        since = max(int(steady.engine.since[row]) // SLOT_MINUTES, end - LOOK_BACK_DAYS * SLOTS)
        slots = np.arange(max(since, self._volumes.first), end)
        found = self._measure(inside, slots)
        free = self._own(tenant) - held(self._silent)
        nats = {row: self._evidence(row, slots[found.began :], found.factor) for row in free}
        routes = affected(nats, inside, self._kin)
        return self._said(tenant, routes, slots, now)

    def _said(self, tenant: str, routes: Routes, slots: Ints, now: int) -> Signal:
        """Return the signal of these routes, joined with that of a silence they belong to."""
        found = self._measure(routes, slots)
        began = int(slots[found.began])
        covers: list[Series] = []
        for mate in self._mates(tenant, routes, began):
            self._silent.remove(mate)
            routes, covers = routes | mate.routes, [*covers, *mate.covers]
            begin = max(min(int(slots[0]), mate.began - SLOTS), self._volumes.first)
            slots = np.arange(begin, slots[-1] + 1)
        found = self._measure(routes, slots)
        name = self._narrowest(tenant, routes)
        covers = [*(series for series in covers if series != name), name]
        signal = self._signal(covers, routes, found, slots, now)
        profile = self._profile(routes)
        began = int(slots[found.began])
        self._silent.append(Silent(covers, routes, profile, found.factor_high, began, signal))
        self._lay(now)
        return signal

    def _mates(self, tenant: str, routes: Routes, began: int) -> list[Silent]:
        """Return the silences that are one with that of these routes: same time, and a series in common."""
        near = [
            one
            for one in self._silent
            if one.covers[-1].tenant == tenant and abs(one.began - began) * SLOT_MINUTES <= SAME_MINUTES
        ]
        if near and self._own(tenant) <= routes.union(*(one.routes for one in near)):
            return near
        common = (one for one in near if self._narrowest(tenant, routes | one.routes).level != "fleet")
        return list(itertools.islice(common, 1))

    def _own(self, tenant: str) -> Routes:
        return frozenset(row for row in self._live if self._volumes.routes[row][0] == tenant)

    def _kin(self, one: int, other: int) -> bool:
        volumes = self._volumes
        return (
            volumes.platforms[one] == volumes.platforms[other]
            or volumes.teams[one] == volumes.teams[other] != ""
        )

    def _narrowest(self, tenant: str, routes: Routes) -> Series:
        series = series_of(self._volumes, self._own(tenant) | routes)
        fitting = [one for one, group in series.items() if one.tenant == tenant and routes <= group]
        return min(fitting, key=lambda one: (len(series[one]), rank(one), one))

    def _volume(self, routes: Routes, slots: Ints) -> tuple[Floats, Floats, Floats, float]:
        """Return calls, usual ones and their bound in these slots, none during maintenance; the spread."""
        profile, rows = self._profile(routes), sorted(routes)
        columns, cell = slots - self._volumes.first, self._cells(slots)
        open_ = ~(self._volumes.held[rows][:, columns] & MAINTENANCE).any(axis=0)
        calls = self._volumes.counts[rows][:, columns].sum(axis=0).astype(np.float64)
        return calls * open_, profile.mean[cell] * open_, profile.bound(calls, cell) * open_, profile.spread

    def _measure(self, routes: Routes, slots: Ints) -> Fall:
        """Return start and size of a fall; the size as a part of the usual volume."""
        calls, expected, low, spread = self._volume(routes, slots)
        found = measure(calls, low, spread)
        part = float(low[found.began :].sum()) / max(float(expected[found.began :].sum()), 1e-9)
        factors = (part * getattr(found, name) for name in ("factor", "factor_low", "factor_high"))
        return Fall(found.began, found.low, found.high, *factors)

    def _evidence(self, row: int, slots: Ints, factor: float) -> float:
        """Return how much a route's own calls say that it has fallen to this part, in nats."""
        calls, expected, low, spread = self._volume(frozenset({row}), slots)
        part = factor * float(expected.sum()) / max(float(low.sum()), 1e-9)
        return float(fall_llr(calls, low, spread, np.clip([part], GRID[0], GRID[-1])).sum())

    def _signal(self, covers: Sequence[Series], routes: Routes, found: Fall, slots: Ints, now: int) -> Signal:
        series, volumes = covers[-1], self._volumes
        recent, everything = slots[found.began :], self._own(series.tenant) | routes
        calls, expected, _, _ = self._volume(routes, recent)
        usual = {row: float(self._volume(frozenset({row}), recent)[1].sum()) for row in everything}
        worst = sorted(routes, key=lambda row: (-usual[row], volumes.routes[row]))
        hourly = float(expected.sum()) * 60 / (len(recent) * SLOT_MINUTES)
        began, low, high = (int(slots[at]) * SLOT_MINUTES for at in (found.began, found.low, found.high))
        facts = {"what": "calls", "routes": f"{len(routes)} of {len(everything)}"}
        note = f"{int(calls.sum()):,} calls since {_clock(began)} UTC, where {expected.sum():,.0f} are usual."
        if routes == everything:
            where, why = self._receipts.judge(
                series.tenant, began, now, float(expected.sum()) / (len(recent) * SLOT_MINUTES)
            )
            facts["missed_at"] = where
            note = f"{note} {why}"
        if self._like_sunday(routes, recent):
            facts["like"] = "sunday"
            note = f"{note} It is as on a Sunday: a holiday?"
        if len(covers) > 1:
            facts["widens"] = describe(covers[-2])
        total = sum(usual.values())
        return Signal(
            signal="silence",
            state="raised",
            series=series,
            team=volumes.teams[worst[0]],
            minute=now - 1,
            began=began,
            began_low=low,
            began_high=high,
            observed=found.factor * hourly,
            reference=hourly,
            low=found.factor_low * hourly,
            high=found.factor_high * hourly,
            unit="calls/h",
            n=int(calls.sum()),
            routes=tuple(volumes.routes[row][1] for row in worst),
            teams=tuple(volumes.teams[row] for row in worst),
            share_of_traffic=min(sum(usual[row] for row in routes) / total, 1.0) if total else 0.0,
            monitor=f"{self.name} {self.version}",
            examples=tuple(volumes.last[row] for row in worst[:EXAMPLES] if volumes.last[row]),
            note=note,
            facts=facts,
        )

    def _like_sunday(self, routes: Routes, slots: Ints) -> bool:
        """Tell whether working hours look like those of a Sunday that has calls."""
        cell = self._cells(slots)
        mean = self._profile(routes).mean
        working = cell < SATURDAY
        sunday = mean[SUNDAY + cell % SATURDAY] * working
        calls, _, _, _ = self._volume(routes, slots[working])
        return float(sunday.sum()) > 0 and float(calls.sum()) >= LIKE_SUNDAY * float(sunday.sum())


def _cleared(silent: Silent, series: Series, minute: int, note: str) -> Signal:
    return replace(silent.raised, state="cleared", series=series, minute=minute, examples=(), note=note)


def _clock(minute: int) -> str:
    return f"{datetime.fromtimestamp(minute * 60, UTC):%d %b %H:%M}"
