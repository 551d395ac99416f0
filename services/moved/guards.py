"""What may not become worse by a move, and by how much: errors, refusals, latency, cost, bad answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from services.advisor.compare.decision import usable_margin
from services.moved.difference import Counts, Difference, ratio, shares
from services.moved.traffic import ASKED, SIDES, Traffic

POINT = 0.01
LATENCY = 1.2  # p95 over the incumbent's
COST = 1.1  # per call over the incumbent's
LEANING = 1.28  # errors; of two equal models a few in a hundred look so by chance, and wait
# Each is asked in two ways at most: by the same hours, and after against before.
QUESTIONS = 2 * len(ASKED)

State = Literal["kept", "broken", "over", "open", "unknown"]
Against = Literal["same hours", "before the move", "before this step"]


@dataclass(frozen=True, slots=True)
class Window:
    """Hours that are compared, as places [start, end); the incumbent's are others where it is gone."""

    start: int
    end: int
    before_start: int
    before_end: int
    against: Against


@dataclass(frozen=True, slots=True)
class Guard:
    """One question of both models.

    Attributes
    ----------
    limit : that the difference may reach; a ratio where `relative`
    state : kept (surely within), broken (surely beyond), over (beyond by nine chances in ten once looked at,
        not surely), open (neither), unknown (too few calls)
    """

    name: str
    limit: float
    found: Difference | None
    relative: bool = False

    @property
    def state(self) -> State:
        """Return what is known."""
        found = self.found
        if found is None or found.low is None or found.high is None:
            return "unknown"
        if found.low > self.limit:
            return "broken"
        if found.high <= self.limit:
            return "kept"
        return "over" if found.value - LEANING * found.error > self.limit else "open"


def guards(traffic: Traffic, window: Window, margin: float) -> list[Guard]:
    """Return every guard over a window.

    Parameters
    ----------
    margin : share of answers by which the candidate may be worse, by labels
    """
    return [_guard(name, traffic, window, margin) for name in ASKED]


def _guard(name: str, traffic: Traffic, window: Window, margin: float) -> Guard:
    before, after = _counts(name, traffic, window)
    if name == "cost":
        return Guard(name, COST, ratio(before, after, QUESTIONS), relative=True)
    # Of latency: the share slower than 1.2 times the incumbent's p95, less the share that is slower than it.
    limit = {"latency": 0.0, "bad answers": margin}.get(name, POINT)
    found = shares(before, after, QUESTIONS)
    if name == "bad answers" and found:
        limit = usable_margin(margin, (before.total.sum() + 2) / (before.n.sum() + 4))
    return Guard(name, float(limit), found)


def _counts(name: str, traffic: Traffic, window: Window) -> tuple[Counts, Counts]:
    before, after = SIDES
    if window.against == "same hours":
        # Labels are few: an hour would seldom have some of both.
        counted = traffic.quarters if name == "bad answers" else traffic.counts
        start, end = window.start, window.end
        return counted(before, name, start, end), counted(after, name, start, end)
    return (
        traffic.daily(before, name, window.before_start, window.before_end),
        traffic.daily(after, name, window.start, window.end),
    )
