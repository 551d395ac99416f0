"""An alert: a signal somebody should know of, with a state, an owner and a stable identity."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

from detectors.monitors.base import Level, Series, Signal
from services.wording.explanation import Explanation

Severity = Literal["page", "ticket", "info"]
State = Literal["pending", "firing", "acknowledged", "resolved"]
Outcome = Literal["", "resolved", "expected", "false"]
Cause = Literal["retiring", "retired", "superseded", "degraded", "dominated", "stale", "changed"]

CAUSES: tuple[Cause, ...] = (
    "retiring",
    "retired",
    "superseded",
    "degraded",
    "dominated",
    "stale",
    "changed",
)
LOUDNESS: Mapping[Severity, int] = {"info": 0, "ticket": 1, "page": 2}
WIDTH: Mapping[Level, int] = {
    "fleet": 0,
    "team": 1,
    "platform": 1,
    "platform_model": 2,
    "route": 2,
    "route_model": 3,
}


@dataclass(frozen=True, slots=True)
class NearestChange:
    """The last thing that was changed on purpose before the trouble began."""

    at: datetime
    kind: str
    route: str = ""
    platform: str = ""
    model: str = ""
    from_: str = ""
    to: str = ""
    note: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True, order=True)
class Raised:
    """A series that is raised, and the minute it was last said."""

    series: Series
    at: datetime


@dataclass(frozen=True, slots=True)
class Alert:
    """One incident as a person meets it. Every change makes a new value.

    Attributes
    ----------
    id : hash of (fingerprint, monitor, minute); the same signals give the same ids
    fingerprint : hash of (tenant, signal, series at birth); the same trouble next month has the same one
    state : pending (waits a minute for its parent), firing, acknowledged, resolved
    series : the widest series it stands for now
    team, owner : of what is hit worst; the owners of other teams behind it
    teams : whose routes are hit, as far as that is known; all of them are told
    raised : every series that is still raised under it; resolved when none is left
    signals : ids of the signals it was made from, so that one re-sent changes nothing
    note : what the numbers do not say: the monitor's sentence, then those of alerts that joined
    joined : the sentences of the alerts that joined this one
    parent : id of the alert this one joined or is an effect of; it is told with that one, never by itself
    acknowledged_by, acknowledged_at : who works on it, and since when
    outcome, ended_by : what a person said of it when ending it, or afterwards; empty where it ended by itself
    muted, muted_until : why nobody is told of it now, and until when
    ripe_at : when a pending alert fires, or a cleared one resolves
    observed, reference, low, high : the quantity now and before, in `unit`; None where unknown
    explanation : what was found out about it besides: whom it hits, where it sits, what is behind it
    """

    id: str
    fingerprint: str
    rule: str
    signal: str
    severity: Severity
    state: State
    series: Series
    team: str
    owner: str
    routes: tuple[str, ...]
    share_of_traffic: float | None
    began_at: datetime
    began_low: datetime
    began_high: datetime
    detected_at: datetime
    observed: float | None
    reference: float | None
    low: float | None
    high: float | None
    unit: str
    n: int
    monitor: str
    title: str
    fired_at: datetime | None = None
    resolved_at: datetime | None = None
    cause: Cause | None = None
    nearest_change: NearestChange | None = None
    recommendation_id: str | None = None
    note: str = ""
    examples: tuple[str, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    receivers: tuple[str, ...] = ()
    raised: tuple[Raised, ...] = ()
    signals: tuple[str, ...] = ()
    joined: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    parent: str = ""
    acknowledged_by: str = ""
    acknowledged_at: datetime | None = None
    outcome: Outcome = ""
    ended_by: str = ""
    muted: str = ""
    muted_until: datetime | None = None
    ripe_at: datetime | None = None
    explanation: Explanation = field(default_factory=Explanation)

    @property
    def open(self) -> bool:
        """It is not over yet."""
        return self.state != "resolved"

    @property
    def loud(self) -> bool:
        """It fired and a person should hear of it."""
        return self.fired_at is not None and self.severity != "info" and not (self.parent or self.muted)

    @property
    def told(self) -> tuple[str, ...]:
        """What other programs hear of when it changes: its state, how loud and wide it is, and its end."""
        muted = "muted" if self.muted else ""
        return (self.state, self.severity, self.parent, muted, self.outcome, *sorted(self.routes))


@dataclass(frozen=True, slots=True)
class Transition:
    """An alert as it was when what is told of it had just changed.

    Attributes
    ----------
    at : when that was, in the time of the events; the same signals give the same
    """

    alert: Alert
    at: datetime


def digest(*parts: object) -> str:
    """Return a short stable hash of the parts; no two lists of parts share their spelling."""
    spelled = "\x1f".join(str(part).replace("\x1f", " ") for part in parts)
    return hashlib.blake2b(spelled.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def fingerprint(signal: Signal) -> str:
    """Return what stays the same whenever this trouble comes back."""
    return digest(signal.signal, *_key(signal.series))


def at(minute: int) -> datetime:
    """Return the start of a minute since the epoch."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)


def number(value: float | None) -> float | None:
    """Return the value, or None where there is none to show."""
    return float(value) if value is not None and math.isfinite(value) else None


def _key(series: Series) -> tuple[str, ...]:
    named = (series.tenant, series.level, series.platform, series.route, series.model)
    return (*named, series.team) if series.team else named
