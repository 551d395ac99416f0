"""A team's spend against what it may spend in a month: passed, or sure to be."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from detectors.monitors.base import Leaf, Observations, Series, Signal, Standing
from detectors.monitors.factors import Use, split
from detectors.monitors.forecast import LEARNT_DAYS, Forecast, forecast
from detectors.monitors.incident import signal_from, signal_state
from detectors.monitors.ledger import Ledger, Spent
from detectors.monitors.local_time import LocalTime
from detectors.monitors.page_budget import Months, page_budget
from detectors.monitors.snapshot import State, pack, unpack

Ints = NDArray[np.int64]
Key = tuple[str, str]  # tenant, team

LEAST_CERTAINTY = 0.95
BELOW_AGAIN = 0.5  # of certainty: then the limit is not in danger any more
UNPRICED_NAMED = 3
REACHED = "The budget is reached on {reached} ({reached_low} to {reached_high})."
CAUSES = (
    "A day costs {a_day_usd} USD against the month before: {volume_usd} by the number of calls, "
    "{tokens_per_call_usd} by tokens per call, {price_usd} by price, {model_mix_usd} by other shares of "
    "routes and models."
)
UNPRICED = "Not in it: {unpriced_calls} calls without a price ({unpriced_models})."
NANO = 1e9  # money is summed up in whole 1e-9 USD: then the cut of time cannot matter


@dataclass
class _Month:
    """What a team's routes spent on their models in one month.

    Attributes
    ----------
    uses : of each leaf: calls with a price, their tokens, and what they cost in 1e-9 USD
    unpriced : calls without a price, by model
    hours : that the team was seen for
    calls : all of the team
    """

    uses: dict[Leaf, list[int]] = field(default_factory=dict)
    unpriced: Counter[str] = field(default_factory=Counter)
    hours: int = 0
    calls: int = 0

    @property
    def usd(self) -> float:
        """The sum of all calls whose price is known."""
        return sum(use[2] for use in self.uses.values()) / NANO

    def daily(self) -> dict[Leaf, Use]:
        """Return what an average day had."""
        days = max(self.hours, 1) / 24
        return {
            leaf: Use(calls / days, tokens / days, nano / NANO / days)
            for leaf, (calls, tokens, nano) in self.uses.items()
            if calls
        }

    def state(self) -> State:
        """Return plain data for a snapshot."""
        uses = [[asdict(leaf), use] for leaf, use in self.uses.items()]
        return {"uses": uses, "unpriced": dict(self.unpriced), "hours": self.hours, "calls": self.calls}

    @classmethod
    def from_state(cls, state: State) -> _Month:
        """Return the month of a `state`."""
        uses = {Leaf(**leaf): use for leaf, use in state["uses"]}
        return cls(**{**state, "uses": uses, "unpriced": Counter(state["unpriced"])})


@dataclass
class _Team:
    """One team: the 1e-9 USD of its last hours and the present one, its months, and what stands."""

    spent: list[int] = field(default_factory=lambda: [0])
    now: _Month = field(default_factory=_Month)
    before: _Month = field(default_factory=_Month)
    raised: Signal | None = None

    def add(self, leaf: Leaf, calls: int, use: Sequence[int], unpriced: int) -> None:
        """Add some calls on one leaf; `use` is of those with a price, as in `_Month.uses`."""
        kept = self.now.uses.setdefault(leaf, [0, 0, 0])
        for i, value in enumerate(use):
            kept[i] += value
        self.spent[-1] += use[2]
        self.now.calls += calls
        if unpriced:
            self.now.unpriced[leaf.model] += unpriced

    def end_hour(self) -> None:
        """Begin another hour."""
        self.now.hours += 1
        self.spent = [*self.spent[-LEARNT_DAYS * 24 :], 0]


class BudgetMonitor:
    """Tell when a team has spent its month's budget, or will have with high certainty, and why.

    Looks at the end of each local hour. The certainty that is asked for is `months / (1 + months)` of the
    page budget, 95 % at least: where forecasts are calibrated, certainty is a martingale, and passes p before
    a month that stays below the limit with a chance of (1 - p) / p at most, however often one looks (Ville).
    Over when the month is, or when the certainty falls below a half before the limit is passed.

    Parameters
    ----------
    budgets : USD a month, by team; a team that several tenants have is watched in each
    months : months(signal, watched teams) between false signals
    timezone : of months and rhythm
    ledger : knows what a team spent before it had a budget; without one that counts from the next call on
    """

    name = "budget"
    version = "3"

    def __init__(
        self,
        budgets: Mapping[str, float] | None = None,
        months: Months | None = None,
        timezone: str = "UTC",
        ledger: Ledger | None = None,
    ) -> None:
        self._budgets = dict(budgets or {})
        self._months = months or page_budget()
        self._time = LocalTime(timezone)
        self._zone = ZoneInfo(timezone)
        self._ledger = ledger
        self._watched: set[str] = set()  # teams whose month is known
        self._teams: dict[Key, _Team] = {}
        self._month = (0, 0)  # the minutes of the present one, [first, end)
        self._calls: Counter[str] = Counter()  # of each tenant in it

    @property
    def certainty(self) -> float:
        """How sure a forecast must be, with so many teams in tenants watched as there are."""
        watched = sum(name in self._budgets for _, name in self._teams)
        promised = self._months("budget", max(len(self._budgets), watched, 1))
        return max(LEAST_CERTAINTY, promised / (1.0 + promised))

    def update(self, observations: Observations) -> Sequence[Signal]:
        signals = self._dropped(observations.start)
        self._watched &= self._budgets.keys() | {name for _, name in self._teams}
        if not (self._budgets or self._teams) or observations.start >= observations.end:
            return signals
        minutes = np.arange(observations.start, observations.end + 1)
        hour = self._time.hour(minutes)
        borders = minutes[1:][np.diff(hour) != 0].tolist()
        for start, end in itertools.pairwise(sorted({observations.start, *borders, observations.end})):
            if start >= self._month[1]:
                signals += self._turn(start)
            self._look_back(start)
            rows = slice(*np.searchsorted(observations.minute, [start, end]).tolist())
            self._count(observations, rows)
            if hour[end - observations.start] != hour[start - observations.start]:
                signals += self._look(end, int(hour[end - observations.start]))
        return signals

    def standing(self) -> frozenset[Standing]:
        raised = (key for key, team in self._teams.items() if team.raised is not None)
        return frozenset(("budget", Series("team", tenant, team=name)) for tenant, name in raised)

    def snapshot(self) -> bytes:
        teams = [
            [*key, team.spent, team.now.state(), team.before.state(), _packed(team.raised)]
            for key, team in self._teams.items()
        ]
        watched = sorted(self._watched)
        state = {"teams": teams, "month": self._month, "calls": dict(self._calls), "watched": watched}
        return pack(self.name, self.version, state)

    def restore(self, state: bytes) -> None:
        kept = unpack(self.name, self.version, state)
        self._month, self._calls = tuple(kept["month"]), Counter(kept["calls"])
        self._watched = set(kept["watched"])
        self._teams = {
            (tenant, team): _Team(spent, _Month.from_state(now), _Month.from_state(before), _unpacked(raised))
            for tenant, team, spent, now, before, raised in kept["teams"]
        }

    def _dropped(self, minute: int) -> list[Signal]:
        """End what stood for teams whose budget was taken out; their month is kept, it may come back."""
        signals = []
        for (_, name), team in self._teams.items():
            if name not in self._budgets and team.raised is not None:
                signals.append(_over(team.raised, minute, "The team has no budget any more."))
                team.raised = None
        return signals

    def _look_back(self, minute: int) -> None:
        """Take from the ledger what teams spent before `minute` whose budget is new, and the month before."""
        new = sorted(self._budgets.keys() - self._watched)
        self._watched |= set(new)
        if self._ledger is None or not new:
            return
        before, _ = self._month_of(self._month[0] - 1)
        rows = sorted(self._ledger.spent(new, before, minute), key=lambda row: (row.leaf.tenant, row.team))
        for key, own in itertools.groupby(rows, key=lambda row: (row.leaf.tenant, row.team)):
            self._teams[key] = self._remembered(sorted(own, key=lambda row: (row.minute, row.leaf)), minute)
        if rows:
            self._calls = Counter(self._ledger.calls(self._month[0], minute))

    def _remembered(self, rows: Sequence[Spent], minute: int) -> _Team:
        """Return a team as it is at `minute`, after all that it has spent."""
        team, first = _Team(), rows[0].minute
        minutes = np.arange(first, minute + 1)
        borders = minutes[1:][np.diff(self._time.hour(minutes)) != 0].tolist()
        left = iter([*rows, None])
        row = next(left)
        for start, end in itertools.pairwise(sorted({first, *borders, minute})):
            if start == self._month[0]:
                team.before, team.now = team.now, _Month()
            while row is not None and row.minute < end:
                team.add(row.leaf, row.calls, (row.priced, row.tokens, row.nano), row.unpriced)
                row = next(left)
            if end in borders:
                team.end_hour()
        if minute == self._month[0]:
            team.before, team.now = team.now, _Month()
        return team

    def _month_of(self, minute: int) -> tuple[int, int]:
        """Return the minutes [first, end) of the month that a minute is in."""
        first = datetime.fromtimestamp(minute * 60, UTC).astimezone(self._zone)
        first = first.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        after = (first + timedelta(days=32)).replace(day=1)
        return int(first.timestamp()) // 60, int(after.timestamp()) // 60

    def _turn(self, minute: int) -> list[Signal]:
        """Begin the month that this minute is in; what stood for the one before is over."""
        self._month = self._month_of(minute)
        self._calls.clear()
        self._teams = {key: team for key, team in self._teams.items() if key[1] in self._budgets}
        signals = []
        for team in self._teams.values():
            if team.raised is not None:
                signals.append(_over(team.raised, minute, f"The month is over: {team.now.usd:,.2f} USD."))
            team.before, team.now, team.raised = team.now, _Month(), None
        return signals

    def _count(self, observations: Observations, rows: slice) -> None:
        """Add calls to the months of the teams that they name themselves."""
        teams = max(len(observations.teams), 1)
        pair = observations.leaf[rows].astype(np.int64) * teams + observations.team[rows]
        found, place = np.unique(pair, return_inverse=True)
        sums = [np.zeros(len(found), dtype=np.int64) for _ in range(5)]
        for total, column in zip(sums, _columns(observations, rows), strict=True):
            np.add.at(total, place, column)
        for one, calls, *use, unpriced in zip(
            found.tolist(), *(total.tolist() for total in sums), strict=True
        ):
            leaf = observations.leaves[one // teams]
            self._calls[leaf.tenant] += calls
            team = self._team(leaf.tenant, observations.teams[one % teams])
            if team is not None:
                team.add(leaf, calls, use, unpriced)

    def _team(self, tenant: str, name: str) -> _Team | None:
        if name in self._budgets:
            return self._teams.setdefault((tenant, name), _Team())
        return self._teams.get((tenant, name))

    def _look(self, end: int, hour: int) -> list[Signal]:
        """Judge every team at the end of an hour."""
        signals = []
        until = int(self._time.hour(np.array([self._month[1]]))[0])
        for key in sorted(self._teams):
            team, limit = self._teams[key], self._budgets.get(key[1])
            spent = np.array(team.spent) / NANO
            team.end_hour()
            if limit is None:
                continue
            passed = team.now.usd >= limit
            if passed and team.raised is not None and team.raised.facts["budget"] == "passed":
                continue
            found = None if passed and team.raised else forecast(spent, hour, until, team.now.usd, limit)
            certainty = 1.0 if passed else found.certainty if found else 0.0
            if passed or (team.raised is None and certainty >= self.certainty):
                team.raised = self._signal(key, team, end, found)
                signals.append(team.raised)
            elif team.raised is not None and certainty < BELOW_AGAIN:
                signals.append(_over(team.raised, end - 1, "At the present pace the month stays below it."))
                team.raised = None
        return signals

    def _signal(self, key: Key, team: _Team, end: int, found: Forecast | None) -> Signal:
        tenant, name = key
        limit, so_far = self._budgets[name], team.now.usd
        passed = so_far >= limit
        total, low, high = (so_far,) * 3 if passed or found is None else (found.total, found.low, found.high)
        began, began_low, began_high = self._began(end, team, found)
        facts = {
            "budget": "passed" if passed else "will be passed",
            "spent_usd": f"{so_far:.2f}",
            "budget_usd": f"{limit:.2f}",
            **({"news": "passed"} if passed and team.raised else {}),
            **({} if passed or found is None else self._reached(end, found)),
            **_unpriced(team.now),
            **_factors(team),
        }
        uses = sorted(team.now.uses, key=lambda leaf: (-team.now.uses[leaf][2], leaf))
        return Signal(
            signal="budget",
            state="raised",
            series=Series("team", tenant, team=name),
            team=name,
            minute=end - 1,
            began=began,
            began_low=began_low,
            began_high=began_high,
            observed=total,
            reference=limit,
            low=low,
            high=high,
            unit="usd",
            n=sum(use[0] for use in team.now.uses.values()),
            routes=tuple(dict.fromkeys(leaf.route for leaf in uses)),
            share_of_traffic=team.now.calls / max(self._calls[tenant], 1),
            monitor=f"{self.name} {self.version}",
            note=_note(facts),
            facts=facts,
        )

    def _began(self, end: int, team: _Team, found: Forecast | None) -> tuple[int, int, int]:
        """Return since when more is spent: the last change of the level, else since the month began."""
        if team.raised is not None:
            return team.raised.began, team.raised.began_low, team.raised.began_high
        if found is None or found.changed is None:
            return (min(self._month[0], end - 1),) * 3
        low, middle, high = (min(end - ago * 60, end - 1) for ago in found.changed)
        return middle, low, high

    def _reached(self, end: int, found: Forecast) -> dict[str, str]:
        names = ("reached_low", "reached", "reached_high")
        return {
            name: datetime.fromtimestamp((end + hours * 60) * 60, UTC)
            .astimezone(self._zone)
            .date()
            .isoformat()
            for name, hours in zip(names, found.reached or (), strict=False)
        }


def _columns(observations: Observations, rows: slice) -> Sequence[Ints]:
    """Return for each call: one; one, its tokens and 1e-9 USD if priced; one if unpriced."""
    usd, prompt, answer = (
        np.nan_to_num(getattr(observations, name)[rows])
        for name in ("cost_usd", "input_tokens", "output_tokens")
    )
    priced = ~np.isnan(observations.cost_usd[rows])
    tokens = (prompt + answer).astype(np.int64) * priced
    nano = np.round(usd * NANO).astype(np.int64)
    ones = np.ones(len(usd), dtype=np.int64)
    return ones, priced.astype(np.int64), tokens, nano, observations.unpriced[rows].astype(np.int64)


def _unpriced(month: _Month) -> dict[str, str]:
    """Name the models whose calls are in no sum."""
    if not month.unpriced:
        return {}
    models = sorted(month.unpriced, key=lambda name: (-month.unpriced[name], name))
    named = ", ".join(models[:UNPRICED_NAMED])
    return {"unpriced_calls": str(month.unpriced.total()), "unpriced_models": named}


def _factors(team: _Team) -> dict[str, str]:
    """Return what an average day costs more than in the month before, by cause; nothing without one."""
    before, now = team.before.daily(), team.now.daily()
    if not before or not now:
        return {}
    parts = split(before, now)
    named = {"volume": parts.volume, "model_mix": parts.mix, "tokens_per_call": parts.tokens}
    named |= {"price": parts.price, "a_day": parts.total}
    return {f"{name}_usd": f"{value:+.2f}" for name, value in named.items()}


def _note(facts: Mapping[str, str]) -> str:
    said = f"{facts['spent_usd']} of {facts['budget_usd']} USD are spent."
    if "reached" in facts:
        said += f" {REACHED.format_map(facts)}"
    if "a_day_usd" in facts:
        said += f" {CAUSES.format_map(facts)}"
    if "unpriced_calls" in facts:
        said += f" {UNPRICED.format_map(facts)}"
    return said


def _over(raised: Signal, minute: int, note: str) -> Signal:
    return replace(raised, state="cleared", minute=minute, note=note)


def _packed(raised: Signal | None) -> State | None:
    return signal_state(raised) if raised else None


def _unpacked(raised: State | None) -> Signal | None:
    return signal_from(raised) if raised else None
