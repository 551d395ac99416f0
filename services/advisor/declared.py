"""A comparison that was declared before it began: which two models, where, since when, how many pairs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase

from detectors.identity import l1
from detectors.platforms import platform_name


@dataclass(frozen=True, slots=True)
class Declared:
    """An experiment as the configuration has it.

    Attributes
    ----------
    route : glob; each route that it matches is an experiment of its own
    incumbent, candidate : platform/model
    since : calls of that day and later belong to it
    pairs : labelled pairs at its end, on each route
    """

    route: str
    incumbent: str
    candidate: str
    since: date
    pairs: int

    def at(self, route: str, incumbent: tuple[str, str]) -> bool:
        """Whether it is about this incumbent, (platform, model) in any spelling, on this route."""
        return fnmatchcase(route, self.route) and _same(self.incumbent, incumbent)


def declared_for(
    experiments: Iterable[Declared], route: str, incumbent: tuple[str, str], candidate: tuple[str, str]
) -> Declared | None:
    """Return the experiment that compares two models on a route, or None."""
    found = (one for one in experiments if one.at(route, incumbent) and _same(one.candidate, candidate))
    return next(found, None)


def _same(name: str, model: tuple[str, str]) -> bool:
    platform, _, rest = name.partition("/")
    return platform_name(platform) == platform_name(model[0]) and l1(rest) == l1(model[1])
