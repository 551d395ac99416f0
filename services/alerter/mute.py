"""What nobody is to hear of for a while: a mute, or a maintenance window, with the reason for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from glob import escape

from fmwatch.event import Change

from services.alerter.alert import Alert
from services.wording.words import clip


@dataclass(frozen=True, slots=True)
class Mute:
    """From `since` until `until`, alerts that it selects are recorded and told to nobody.

    Attributes
    ----------
    reason : stands in every alert that it mutes
    since, until : aware; the end is exclusive
    signal, tenant, team, route, platform, model, level : globs; all affected routes and teams must match, so
        that a window of one route does not hide the outage of a platform
    """

    reason: str
    since: datetime
    until: datetime
    signal: str = "*"
    tenant: str = "*"
    team: str = "*"
    route: str = "*"
    platform: str = "*"
    model: str = "*"
    level: str = "*"

    def selects(self, alert: Alert) -> bool:
        """Tell whether the alert is one of those that it is about."""
        series = alert.series
        named = (
            (alert.signal, self.signal),
            (series.tenant, self.tenant),
            (series.platform, self.platform),
            (series.model, self.model),
            (series.level, self.level),
            *((route, self.route) for route in alert.routes or (series.route,)),
            *((team, self.team) for team in alert.teams or (alert.team,)),
        )
        return all(fnmatchcase(value, glob) for value, glob in named)


def declared(change: Change) -> Mute | None:
    """Return the window of a change that was declared as maintenance; None for any other."""
    if change.kind != "maintenance" or change.until is None or change.until <= change.at:
        return None
    said = ": ".join(filter(None, ("maintenance", clip(change.note))))
    by = f", says {clip(change.by)}" if change.by else ""
    names = {name: getattr(change, name) for name in ("tenant", "route", "platform", "model")}
    selects = {name: escape(value) or "*" for name, value in names.items()}
    return Mute(f"{said}{by}", change.at, change.until, **selects)


@dataclass(frozen=True, slots=True)
class Mutes:
    """All mutes that there are now: those of the configuration, and maintenance that was declared."""

    own: Sequence[Mute] = ()

    def at(self, alert: Alert, moment: datetime) -> Mute | None:
        """Return the mute that holds for an alert at a moment, of several the one that ends last."""
        holding = [mute for mute in self._of(alert) if mute.since <= moment < mute.until]
        return max(holding, key=lambda mute: mute.until, default=None)

    def has(self, reason: str, until: datetime | None) -> bool:
        """Tell whether a mute of this reason and end is still there."""
        return any(mute.reason == reason and mute.until == until for mute in self.own)

    def next_start(self, alert: Alert, after: datetime) -> datetime | None:
        """Return when the next mute of an alert begins."""
        return min((mute.since for mute in self._of(alert) if mute.since > after), default=None)

    def _of(self, alert: Alert) -> Iterator[Mute]:
        return (mute for mute in self.own if mute.selects(alert))
