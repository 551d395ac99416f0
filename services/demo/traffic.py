"""The demo's traffic: every call of the fleet as a line of JSON, day by day in order of time.

Texts are samples (services/demo/samples.py), arrivals and token counts come from the Azure trace, latency is
simulated; each call says so in its tags.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from services.demo.fleet import TENANT, Fleet
from services.demo.incidents import Plan
from services.demo.lane import DAY_S, Lane, Timed
from services.demo.samples import Samples

TOLD = "declared by the demo"


class Traffic:
    """Makes all lines of a plan; the same plan gives the same bytes.

    The days are made in order, because no question is asked twice: take `days()` once.
    """

    def __init__(self, plan: Plan, fleet: Fleet, samples: Samples) -> None:
        self.plan = plan
        routes = fleet.routes.values()
        self._lanes = [Lane(plan, fleet, samples, route, number) for number, route in enumerate(routes)]

    def days(self) -> Iterator[list[bytes]]:
        """Yield the lines of each day."""
        for day in range(self.plan.days):
            start = self.plan.start + timedelta(days=day)
            timed = [*changes(self.plan.changes, start)]
            for lane in self._lanes:
                timed.extend(lane.day(day))
            timed.sort()
            yield [line for _, line in timed]


def changes(declared: Sequence[Mapping[str, str]], start: datetime) -> Iterator[Timed]:
    """Yield the declared changes of the day that begins at `start`."""
    for change in declared:
        second = (datetime.fromisoformat(change["at"]) - start).total_seconds()
        if 0 <= second < DAY_S:
            yield (
                second,
                msgspec.json.encode({"tenant": TENANT, **change, "note": f"{change['note']} ({TOLD})"}),
            )


def first_day(last: datetime, days: int) -> datetime:
    """Return the midnight at which the first day begins, when the last one is the day of `last`."""
    midnight = last.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight - timedelta(days=days - 1)
