"""Where a model stands in its life on a day, as far as anybody has said."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from services.advisor.entry import Entry, Fact

State = Literal["active", "scheduled", "deprecated", "retired", "unknown"]


@dataclass(frozen=True, slots=True)
class Lifespan:
    """The state of one model on one day.

    Attributes
    ----------
    state : scheduled is alive with a first possible end; deprecated has an announced end; unknown is no
        statement at all, never "fine"
    ends : the announced end; earliest : the day until which it is promised or listed to live
    evidence : the fact that decides
    via : the served snapshot whose end this is, where the requested name itself has none
    """

    state: State
    on: date
    ends: date | None = None
    earliest: date | None = None
    deprecated_at: date | None = None
    evidence: Fact[object] | None = None
    via: str = ""

    @property
    def days_left(self) -> int | None:
        """Days to the announced end; negative when past; None without one."""
        return (self.ends - self.on).days if self.ends else None

    @property
    def known_days(self) -> int | None:
        """Days that the model is known to live; None when nobody says."""
        first = min((day for day in (self.ends, self.earliest) if day), default=None)
        return (first - self.on).days if first else None

    @property
    def leaving(self) -> bool:
        """Whether it is announced to end or has ended."""
        return self.state in {"deprecated", "retired"}


def lifespan(entry: Entry | None, on: date) -> Lifespan:
    """Return where a model stands on a day; dates decide before words, which age."""
    if entry is None:
        return Lifespan("unknown", on)
    earliest = entry.earliest_at.value if entry.earliest_at else None
    announced = entry.deprecated_at.value if entry.deprecated_at else None
    life = Lifespan("unknown", on, earliest=earliest, deprecated_at=announced)
    if announced and announced > on:  # not yet announced on that day
        return replace(life, state="active", deprecated_at=None, evidence=entry.status)
    if entry.shutdown_at:
        ends = entry.shutdown_at.value
        state: State = "retired" if ends <= on else "deprecated"
        return replace(life, state=state, ends=ends, evidence=entry.shutdown_at)
    if entry.status and entry.status.value != "active":
        return replace(life, state=entry.status.value, evidence=entry.status)
    if entry.earliest_at:
        return replace(life, state="scheduled", evidence=entry.earliest_at)
    return replace(life, state="active", evidence=entry.status) if entry.status else life


def through(asked: Lifespan, served: Lifespan, snapshot: str) -> Lifespan:
    """Return the life of a requested name, completed by the snapshot that answers under it.

    A name without any statement (a deployment, say) lives as long as what it serves. An active alias whose
    snapshot ends is only scheduled: its provider usually moves the alias on.
    """
    if asked.ends or asked.earliest or asked.leaving:
        return asked
    if asked.state == "unknown":
        return replace(served, via=snapshot) if served.state != "unknown" else asked
    ends = served.ends or served.earliest
    if ends is None:
        return asked
    return replace(asked, state="scheduled", earliest=ends, evidence=served.evidence, via=snapshot)
