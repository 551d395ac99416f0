"""What the console reads from the store, as values."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol, Self

from services.console.sums import Hour, Key, Leaf
from services.deadlines.deadline import Deadline
from services.digest.waiting import Day, Named
from services.label.agreement import Agreement
from services.wording.advice import Advice
from services.wording.examples import Call
from services.wording.explanation import Explanation

Window = tuple[datetime, datetime]  # from, until
Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Series:
    """What an alert is about: a level and its key."""

    level: str
    tenant: str
    platform: str = ""
    route: str = ""
    model: str = ""
    team: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """Something that was changed on purpose."""

    at: datetime
    kind: str
    tenant: str = ""
    route: str = ""
    platform: str = ""
    model: str = ""
    from_: str = ""
    to: str = ""
    note: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Raised:
    """A series that is raised under an alert, and the minute it was last said."""

    series: Series
    at: datetime


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert as the alerter wrote it down; see there for what each field means."""

    id: str
    rule: str
    signal: str
    severity: str
    state: str
    series: Series
    title: str
    began_at: datetime
    began_low: datetime
    began_high: datetime
    detected_at: datetime
    team: str = ""
    teams: tuple[str, ...] = ()
    owner: str = ""
    routes: tuple[str, ...] = ()
    share_of_traffic: float | None = None
    fired_at: datetime | None = None
    resolved_at: datetime | None = None
    observed: float | None = None
    reference: float | None = None
    low: float | None = None
    high: float | None = None
    unit: str = ""
    n: int = 0
    monitor: str = ""
    cause: str | None = None
    nearest_change: Change | None = None
    recommendation_id: str | None = None
    note: str = ""
    examples: tuple[str, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    parent: str = ""
    acknowledged_by: str = ""
    acknowledged_at: datetime | None = None
    outcome: str = ""
    ended_by: str = ""
    muted: str = ""
    muted_until: datetime | None = None
    fingerprint: str = ""
    raised: tuple[Raised, ...] = ()
    explanation: Explanation = field(default_factory=Explanation)

    @property
    def found_at(self) -> datetime:
        """When its size was found: at first, or when it was found anew since."""
        return max([self.detected_at, *(one.at for one in self.raised if one.series == self.series)])


@dataclass(frozen=True, slots=True)
class Ending:
    """The last day of a model in use.

    Attributes
    ----------
    state : announced by its provider, or promised to live until then
    share : of its tenant's calls
    """

    tenant: str
    platform: str
    model: str
    state: str
    day: date
    share: float


@dataclass(frozen=True, slots=True)
class Judging:
    """How far people have judged a candidate's pairs on a route.

    Attributes
    ----------
    pairs, done : all, and those of which somebody has judged the candidate's answer
    people : who have signed a label
    """

    tenant: str
    route: str
    platform: str
    model: str
    pairs: int
    done: int
    people: int
    agreement: Agreement


@dataclass(frozen=True, slots=True)
class Spent:
    """What one team's calls of a route on a model cost during some hours.

    Attributes
    ----------
    first : hour with a call
    n : calls, of which `priced_n` have a price and `unpriced_n` should have one
    usd : of those with a price, None where none has one
    """

    tenant: str
    team: str
    route: str
    platform: str
    model: str
    first: datetime
    n: int
    priced_n: int
    unpriced_n: int
    usd: float | None


@dataclass(frozen=True, slots=True)
class SpentHour:
    """What a team spent in an hour, as far as calls have a price."""

    tenant: str
    team: str
    hour: datetime
    usd: float


@dataclass(frozen=True, slots=True)
class Passed:
    """How far a team's calls came, as the view `v_completeness` has it.

    Attributes
    ----------
    missing : accepted and not stored; overdue : of them those that should be by now
    reasons : why clients lost calls
    """

    tenant: str
    team: str
    captured: int = 0
    lost: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)
    accepted: int = 0
    rejected: int = 0
    stored: int = 0
    scored: int = 0
    missing: int = 0
    overdue: int = 0


@dataclass(frozen=True, slots=True)
class Letters:
    """Dead letters of one reason, and what became of them."""

    reason: str
    outcome: str
    n: int
    newest: datetime


@dataclass(frozen=True, slots=True)
class Judged:
    """Of how many of some days' `n` calls a detector was asked, and how many it could judge."""

    detector: str
    version: str
    n: int
    asked_n: int
    scored_n: int
    lag_s: int


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A receiver that does not take notifications, and its last complaint."""

    receiver: str
    waiting: int
    failed: int
    message: str


@dataclass(frozen=True, slots=True)
class Pipeline:
    """What passed in some time, and how far everything is now.

    Attributes
    ----------
    newest : minute of the newest call, None without one
    watched_until : by all monitors, None where none has said so
    heartbeat : when one last arrived, None where none ever did
    """

    passed: Sequence[Passed] = ()
    letters: Sequence[Letters] = ()
    judged: Sequence[Judged] = ()
    undelivered: Sequence[Undelivered] = ()
    newest: datetime | None = None
    watched_until: datetime | None = None
    heartbeat: datetime | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a series at all: whose it is, and from when to when it was seen."""

    teams: tuple[str, ...]
    first_seen: datetime
    last_seen: datetime


@dataclass(frozen=True, slots=True)
class Watching:
    """How far a series has come for one signal, as its monitor says; see `services.wording.watching`."""

    signal: str
    state: str
    watched: str
    ready_at: datetime | None = None
    last_at: datetime | None = None


class Source(Protocol):
    """What the page is made from. Reads only; called from several threads."""

    def of(self, tenant: str) -> Self:
        """Return what there is of one tenant, "*" for everybody: whatever is asked, nothing else answers."""

    def leaves(self, now: datetime) -> Sequence[Leaf]:
        """Return every route and model of the fleet with its last 24 whole hours and the one that runs."""

    def hours(self, alerts: Sequence[Alert], windows: Sequence[Window]) -> Sequence[Sequence[Hour]]:
        """Return each alert's hourly sums in its window; of its routes only, when its level names none."""

    def answered(self, alert: Alert, window: Window, hours: Sequence[Hour]) -> Sequence[Hour]:
        """Return the same hours with who answered, where an alert is about that and it can be told."""

    def alerts(self, since: datetime) -> Sequence[Alert]:
        """Return alerts that fired and are open, or were resolved after `since`."""

    def alert(self, alert_id: str) -> Alert | None:
        """Return one alert, however old."""

    def changes(self, since: datetime, until: datetime) -> Sequence[Change]:
        """Return declared changes."""

    def advice(self, now: datetime) -> Sequence[Advice]:
        """Return the recommendations that have not expired."""

    def past_days(self, routes: Collection[str], now: datetime) -> Mapping[Named, Sequence[Day]]:
        """Return of each model there the last whole days, by which those to come are judged."""

    def endings(self) -> Sequence[Ending]:
        """Return the last days of models in use, as far as anybody has said."""

    def judged(self, since: datetime) -> Sequence[Judging]:
        """Return how far people have judged the pairs whose second answer came after `since`."""

    def calls(self, alerts: Sequence[Alert]) -> Sequence[Sequence[Call]]:
        """Return each alert's example calls."""

    def known(self, key: Key, now: datetime) -> Known | None:
        """Return what is known of a route on a model, or None where it was not seen lately."""

    def series(self, key: Key, windows: Sequence[Window]) -> Sequence[Sequence[Hour]]:
        """Return the hourly sums of a route on a model in each window, whatever its team."""

    def watching(self, key: Key) -> Sequence[Watching]:
        """Return how far its monitors have come with a route on a model."""

    def deadline(self, key: Key) -> Deadline | None:
        """Return the last day of a model in use, None where nobody has named one."""

    def spent(
        self, before: datetime, begins: datetime, ends: datetime
    ) -> tuple[Sequence[Spent], Sequence[Spent]]:
        """Return what calls cost in [begins, ends), and what they did in [before, begins)."""

    def spent_hours(self, teams: Collection[str], since: datetime, until: datetime) -> Sequence[SpentHour]:
        """Return what teams spent hour by hour, each in each of its tenants."""

    def pipeline(self, window: Window, due: datetime, now: datetime) -> Pipeline:
        """Return what passed in a window; what is not stored since `due` is overdue."""

    def summed_until(self) -> datetime | None:
        """Return up to when hours have all of their calls, None where nobody has said so."""

    def newest(self, now: datetime) -> datetime | None:
        """Return about when the newest call was, None where there never was one."""

    def unusable(self, now: datetime) -> int:
        """Return how many events that came in during the same hours as the fleet's day could not be used."""
