"""What nobody is to hear of for a while: a mute, or a maintenance window, with the reason for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase

from services.alerter.alert import Alert


@dataclass(frozen=True, slots=True)
class Mute:
    """From `since` until `until`, alerts that it selects are recorded and told to nobody.

    Attributes
    ----------
    reason : stands in every alert that it mutes
    since, until : aware; the end is exclusive
    signal, tenant, team, route, platform, model, level : globs; all affected routes must match, so that a
        window of one route does not hide the outage of a platform
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
            (alert.team, self.team),
            (series.platform, self.platform),
            (series.model, self.model),
            (series.level, self.level),
            *((route, self.route) for route in alert.routes or (series.route,)),
        )
        return all(fnmatchcase(value, glob) for value, glob in named)


@dataclass(frozen=True, slots=True)
class Mutes:
    """All mutes of a configuration."""

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
