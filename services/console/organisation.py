"""What the configuration says about who owns what, and what they may spend."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Self
from zoneinfo import ZoneInfo

from services.config import Config


@dataclass(frozen=True, slots=True)
class Organisation:
    """Teams, as the pages need them.

    Attributes
    ----------
    owners : of each team; a team without one is left out
    budgets : USD a month of each team that has one
    team_of : the team that a route was given to, "" where it was given to none
    zone : in which months begin
    """

    owners: Mapping[str, str] = field(default_factory=dict)
    budgets: Mapping[str, float] = field(default_factory=dict)
    team_of: Callable[[str], str] = lambda _: ""
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))

    @classmethod
    def of(cls, config: Config) -> Self:
        """Return what a configuration says."""
        budgets = {
            name: float(team.budget_usd_per_month)
            for name, team in config.teams.items()
            if team.budget_usd_per_month is not None
        }
        owners = {name: team.owner for name, team in config.teams.items() if team.owner}
        return cls(owners, budgets, lambda route: config.route(route).team, config.zone)

    def owner(self, route: str, teams: tuple[str, ...]) -> str:
        """Return who owns a route: as its team's, else as those of the teams that call it; "" for nobody."""
        own = self.team_of(route)
        named = dict.fromkeys(self.owners.get(team, "") for team in ((own,) if own else teams))
        return ", ".join(filter(None, named))
