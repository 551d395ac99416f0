"""The demo's fleet: teams, routes and their rhythms, read from a table."""

from __future__ import annotations

from functools import cache

import msgspec

from services.demo.samples import table

TENANT = "default"


class Rhythm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a day's calls spread over its hours, and what a weekend day has of a working day."""

    hours: list[float]
    weekend: float

    def factor(self, weekday: int) -> float:
        """Return a day's volume as a multiple of the weekly mean; Monday is 0."""
        mean = (5 + 2 * self.weekend) / 7
        return (self.weekend if weekday >= 5 else 1.0) / mean  # noqa: PLR2004 - Saturday is day 5


class Route(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One application's named use of a model.

    Attributes
    ----------
    kind : what its texts are made of
    served : the model that the platform says it really ran; empty means the one asked for
    trace : whose token counts it takes, "conv" or "code"; input, output : multiples of them
    cached : share of the input read from the cache, on the calls that hit it
    reasoning : share of the output that is reasoning
    candidates : what its team would consider as a replacement
    ttft_ms : first token at no input, and more for every 1,000 input tokens that are not cached
    """

    team: str
    kind: str
    platform: str
    provider: str
    model: str
    calls_per_day: float
    trace: str
    input: float
    output: float
    cached: float
    reasoning: float
    rhythm: str
    ttft_ms: tuple[float, float]
    tokens_per_s: float
    candidates: list[str] = []
    served: str = ""
    name: str = ""


class Team(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who answers for some routes."""

    owner: str


class Usual(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What happens on every route, as shares of its calls."""

    error: float
    refusal: float
    toxic: float
    private: float
    unsupported: float
    retried: float


class Fleet(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Teams, their routes, and what is usual."""

    teams: dict[str, Team]
    routes: dict[str, Route]
    rhythms: dict[str, Rhythm]
    usual: Usual


@cache
def fleet() -> Fleet:
    """Return the demo's fleet."""
    read = table("fleet", Fleet)
    routes = {name: msgspec.structs.replace(route, name=name) for name, route in read.routes.items()}
    return msgspec.structs.replace(read, routes=routes)
