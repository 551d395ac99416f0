"""Whether a call ran where its route may run: platform and region against an allow-list."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Literal

import numpy as np

from detectors.base import Column
from detectors.batch import Batch

Label = Literal["ok", "violation", "not_assessable"]

_SCORE: dict[Label, float] = {"ok": 0.0, "violation": 1.0, "not_assessable": np.nan}
_KNOWN = 4096  # routes with their platforms and regions; more of them only cost time


@dataclass(frozen=True, slots=True)
class Allowed:
    """Where a route's model may run, as globs; upper and lower case are the same; empty allows any."""

    platforms: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()

    def label(self, platform: str, region: str) -> Label:
        """Return what a call that ran there is.

        >>> Allowed(regions=("eu-*",)).label("azure", "EU-West")
        'ok'
        >>> Allowed(platforms=("azure",), regions=("eu-*",)).label("openai", "")
        'violation'
        >>> Allowed(regions=("eu-*",)).label("azure", "")
        'not_assessable'
        """
        if self.platforms and not _matches(platform, self.platforms):
            return "violation"
        if not self.regions:
            return "ok"
        if not region:
            return "not_assessable"
        return "ok" if _matches(region, self.regions) else "violation"


ANYWHERE = Allowed()


class Residency:
    """Labels each call ok or a violation; not assessable where it names no region and these are restricted.

    Parameters
    ----------
    allowed : where the model of a route may run
    """

    name = "residency"
    version = "1"

    def __init__(self, allowed: Callable[[str], Allowed] = lambda _: ANYWHERE) -> None:
        self._allowed = lru_cache(_KNOWN)(allowed)
        self._label = lru_cache(_KNOWN)(self._judged)

    def score(self, batch: Batch) -> Column:
        """Return 1 for a call that ran where it must not, 0 for the others."""
        labels = [self._label(event.route, event.platform, event.region) for event in batch.events]
        return Column(
            self.name,
            self.version,
            np.array([_SCORE[label] for label in labels], np.float32),
            labels,
            explain=lambda index: self._sentence(batch, index, labels[index]),
        )

    def _judged(self, route: str, platform: str, region: str) -> Label:
        return self._allowed(route).label(platform, region)

    def _sentence(self, batch: Batch, index: int, label: Label) -> str | None:
        if label == "ok":
            return None
        event = batch.events[index]
        if label == "not_assessable":
            return "The route is restricted to regions, and the call does not say where it ran."
        rules = self._allowed(event.route)
        where = ", ".join([*rules.platforms, *rules.regions])
        return f"It ran on {event.platform} in {event.region or 'an unknown region'}; allowed: {where}."


def _matches(name: str, globs: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name.lower(), glob.lower()) for glob in globs)
