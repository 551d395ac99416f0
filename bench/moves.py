"""How often a move that keeps its promise is told to roll back, and how soon one that breaks it.

Parts: `equal` (the same model under two names), `edge` (each guard exactly at its limit), `worse` (one thing
clearly worse), `steps` (whether the step that is read from traffic is the true one). A route moves by 1, 5,
25, 50 and 100 %, a day each and three at the end, and is looked at every few hours; `outages` draws hours in
which a model fails one call in five. Beside: the same differences held against the limits as they are, after
each step, and 95 % intervals at every look.

Run: python -m bench.moves [--json] [--full] [PART...].
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from bench.moves_made import USUAL, Model, shares, traffic
from bench.reach import at_least, at_most, column
from bench.report import emit, options
from services.moved.guards import Guard, Window, guards
from services.moved.steps import LADDER, steps, under_way
from services.moved.traffic import SIDES, Traffic

SEED = 2027
PARTS = ("equal", "edge", "worse", "steps")
BEFORE = 14 * 24
COURSE = ((0.01, 24), (0.05, 24), (0.25, 24), (0.5, 24), (1.0, 72))
MARGIN = 0.02
# As the incumbent: of a log-normal latency 1.8 % are over 1.2 times the p95.
SAME = Model().but(slow=0.018)
_Z95 = 1.96
Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Case:
    """A kind of move.

    Attributes
    ----------
    per_hour : calls of the route; labelled : share of them that people judge
    """

    name: str
    candidate: Model
    per_hour: float = 300.0
    labelled: float = 0.1
    outages: float = 0.0


class Told(NamedTuple):
    """What became of one move: the share at which each way first rolls back, None where it never does.

    Attributes
    ----------
    guard : that rolled back first; held_up : whether a step of it had to wait for a guard
    """

    ours: float | None
    peeked: float | None
    raw: float | None
    guard: str
    held_up: bool


def main() -> None:
    """Measure and print."""
    chosen = options(__doc__ or "", PARTS)
    times, every = (400, 4) if chosen.full else (50, 6)
    rows = [row for part in chosen.parts for row in measure(part, times, every, SEED)]
    equal = [row for row in rows if row["part"] in {"equal", "edge"}]
    emit(
        "moves",
        max((float(str(row["rolled_back"])) for row in equal), default=0.0),
        "% false roll-backs, worst case",
        n=times * len(equal),
        baseline=max((float(str(row["peeked"])) for row in equal), default=0.0) or None,
        rows=[*_asked(rows), *({"seed": SEED} | dict(row) for row in rows)],
        as_json=chosen.json,
    )


def _asked(rows: list[Row]) -> list[Row]:
    """What guards promise: 5 % over all looks, and four fifths of what is plainly worse."""
    false = [one for part in ("equal", "edge") for one in column(rows, "rolled_back", part=part)]
    return [
        *at_most("kept promises told to roll back, %", false, 5),
        *at_least("plainly worse told to roll back, %", column(rows, "rolled_back", part="worse"), 80),
    ]


def measure(part: str, times: int, every: int, seed: int) -> list[Row]:
    """Return the rows of a part, each over so many moves that are looked at every so many hours."""
    random = np.random.default_rng(seed)
    if part == "steps":
        return [_read(per_hour, times, random) for per_hour in (30.0, 300.0, 3_000.0)]
    return [_row(part, case, times, every, random) for case in _CASES[part]()]


def _equal() -> Iterator[Case]:
    for per_hour in (30.0, 300.0, 3_000.0):
        yield Case(f"{per_hour:g} calls an hour", SAME, per_hour)
    yield Case("with outages", SAME, outages=0.02)


def _edge() -> Iterator[Case]:
    for name, rate in (("errors", "errors"), ("truncated", "cut"), ("refusal", "refused")):
        yield Case(name, SAME.but(**{rate: USUAL[rate] + 0.01}))
    yield Case("latency", SAME.but(slow=0.05))
    yield Case("cost", SAME.but(usd=0.011))
    yield Case("bad answers", SAME.but(bad=USUAL["bad"] + MARGIN))
    yield Case("errors, with outages", SAME.but(errors=0.02), outages=0.02)


def _worse() -> Iterator[Case]:
    yield Case("errors +2 pt", SAME.but(errors=0.03))
    yield Case("errors +5 pt", SAME.but(errors=0.06))
    yield Case("refusal +5 pt", SAME.but(refused=0.07))
    yield Case("cost x1.3", SAME.but(usd=0.013))
    yield Case("slow twice as often as allowed", SAME.but(slow=0.10))
    yield Case("bad answers +8 pt", SAME.but(bad=0.18))


_CASES = {"equal": _equal, "edge": _edge, "worse": _worse}


def _row(part: str, case: Case, times: int, every: int, random: np.random.Generator) -> Row:
    share = shares(*COURSE, before=BEFORE)
    found = [
        _told(
            traffic(
                share,
                case.per_hour,
                case.candidate,
                random,
                labelled=case.labelled,
                outages=case.outages,
            ),
            every,
        )
        for _ in range(times)
    ]
    ours = Counter(one.ours for one in found)
    whose = Counter(one.guard for one in found if one.guard)
    return {
        "part": part,
        "case": case.name,
        "n": times,
        "rolled_back": _percent(times - ours[None], times),
        "by_25": _percent(sum(ours[one] for one in LADDER[1:4]), times),
        "held_up": _percent(sum(one.held_up for one in found), times),
        "peeked": _percent(sum(one.peeked is not None for one in found), times),
        "raw": _percent(sum(one.raw is not None for one in found), times),
        "guard": next(iter(whose.most_common(1)), ("", 0))[0],
    }


def _told(made: Traffic, every: int) -> Told:
    """Return when each way would have rolled back; looks end with the last hour."""
    ours = peeked = raw = None
    guard, held_up = "", False
    for share, window, ends in _looks(every):
        found = guards(made, window, MARGIN)
        broken = [one for one in found if one.state == "broken"]
        if broken and ours is None:
            ours, guard = share, broken[0].name
        if peeked is None and any(_beyond(one) for one in found):
            peeked = share
        held_up |= ends and any(one.state == "over" for one in found)
        if ends and raw is None and any(one.found and one.found.value > one.limit for one in found):
            raw = share
    return Told(ours, peeked, raw, guard, held_up)


def _beyond(guard: Guard) -> bool:
    found = guard.found
    return found is not None and found.error > 0 and found.value - _Z95 * found.error > guard.limit


def _looks(every: int) -> Iterator[tuple[float, Window, bool]]:
    """Yield each look's share and hours, and whether its step ends there."""
    began = start = BEFORE
    for share, hours in COURSE:
        for hour in range(every, hours + 1, every):
            end = start + hour
            if share < 1:
                window = Window(began, end, 0, 0, "same hours")
            else:
                window = Window(start, end, 0, began, "before the move")
            yield share, window, hour == hours
        start += hours


def _read(per_hour: float, times: int, random: np.random.Generator) -> Row:
    """Return how often the step of the last hour is read rightly, looked at when each step is a day old."""
    ends = np.cumsum([BEFORE, *(hours for _, hours in COURSE)])[1:]
    share = shares(*COURSE, before=BEFORE)
    right: Counter[float] = Counter()
    for _ in range(times):
        made = traffic(share, per_hour, Model(), random)
        for wanted, end in zip(LADDER[1:], ends, strict=True):
            course = under_way(steps(*(made.columns[side]["n"][:end] for side in SIDES)))
            right[wanted] += bool(course) and LADDER[course[-1].place] == wanted
    return {
        "part": "steps",
        "case": f"{per_hour:g} calls an hour",
        "n": times,
        **{f"{wanted:.0%}": _percent(right[wanted], times) for wanted in LADDER[1:]},
    }


def _percent(part: int, whole: int) -> float:
    return round(100 * part / whole, 2)


if __name__ == "__main__":
    main()
