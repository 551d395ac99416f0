"""One demo from the seed to the document of `demo --json`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Protocol

from services.demo.fleet import Fleet, fleet
from services.demo.incidents import Incident, Plan, arrange, shapes
from services.demo.lane import SIMULATED
from services.demo.samples import samples
from services.demo.scorecard import score
from services.demo.traffic import Traffic, first_day

Document = dict[str, object]
Progress = Callable[[int, int], None]


class Pipeline(Protocol):
    """Takes whole days of lines through log, step, store, watcher, alerter and advisor.

    Called once, with days in order. Returns the document of `replay --json`.
    """

    def __call__(self, days: Iterable[Sequence[bytes]], /) -> Mapping[str, object]: ...


def planned(*, seed: int, days: int, incidents: str, as_of: date) -> Plan:
    """Return the plan of a demo whose last day is the catalogue's date.

    Raises
    ------
    ValueError : too few days, or an unknown incident; the message names the remedy
    """
    last = datetime(as_of.year, as_of.month, as_of.day, tzinfo=UTC)
    return arrange(fleet(), seed=seed, days=days, start=first_day(last, days), incidents=incidents)


def run(plan: Plan, pipeline: Pipeline, *, progress: Progress | None = None) -> Document:
    """Take the plan's traffic through the pipeline and return what was found, beside what was arranged.

    Parameters
    ----------
    progress : told (days done, all days) after each day
    """
    return judged(plan, pipeline(_days(plan, progress)))


def judged(plan: Plan, replayed: Mapping[str, object]) -> Document:
    """Return the document of a replay with the scorecard of what was arranged, and what the demo was."""
    alerts = replayed.get("alerts")
    found = [alert for alert in alerts if isinstance(alert, Mapping)] if isinstance(alerts, Sequence) else []
    card = score(plan.incidents, found) | {"traps": [_trap(trap) for trap in plan.traps]}
    return {**replayed, "scorecard": card, "demo": _told(plan, fleet())}


def config(of: Fleet) -> Document:
    """Return the configuration of the demo's fleet: who owns which route, and what may replace its model."""
    return {
        "teams": {name: {"owner": team.owner} for name, team in of.teams.items()},
        "routes": {
            name: {"team": route.team} | ({"candidates": route.candidates} if route.candidates else {})
            for name, route in of.routes.items()
        },
    }


def write(plan: Plan, file: Path) -> int:
    """Write the plan's traffic to a file that `fmwatch replay` reads; return the number of lines."""
    lines = 0
    with file.open("wb") as out:
        for day in Traffic(plan, fleet(), samples()).days():
            lines += len(day)
            out.writelines(line + b"\n" for line in day)
    return lines


def _days(plan: Plan, progress: Progress | None) -> Iterator[Sequence[bytes]]:
    for done, day in enumerate(Traffic(plan, fleet(), samples()).days(), start=1):
        yield day
        if progress:
            progress(done, plan.days)


def _trap(trap: Incident) -> Document:
    return {
        "kind": trap.kind,
        "says": shapes().traps[trap.kind].says,
        "route": trap.routes[0],
        "began_at": trap.began.isoformat(),
        "ended_at": trap.ended.isoformat() if trap.ended else None,
    }


def _told(plan: Plan, of: Fleet) -> Document:
    return {
        "seed": plan.seed,
        "days": plan.days,
        "start": plan.start.isoformat(),
        "clock": plan.end.isoformat(),
        "teams": len(of.teams),
        "routes": len(of.routes),
        "models": len({(route.platform, route.model) for route in of.routes.values()}),
        "simulated": SIMULATED,
    }
