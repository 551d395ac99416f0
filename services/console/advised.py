"""The page of all recommendations, the most pressing first, and one by its id."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.console.asked import PER_PAGE, page_of
from services.console.model import Place, advised_place, place
from services.console.records import Ending, Source
from services.console.sums import Leaf
from services.deadlines.deadline import days_until
from services.digest.waiting import Day, wait
from services.wording.advice import Advice, sentence
from services.wording.numbers import UNKNOWN, amount, count, percent, portion
from services.wording.words import plural

if TYPE_CHECKING:
    from services.console.page import Console

_VERDICTS = {"recommend": "move", "experiment": "try, do not move yet", "abstain": "no move"}


@dataclass(frozen=True, slots=True)
class Reason:
    """A recommendation as a person weighs it.

    Attributes
    ----------
    facts : (what, value, what that rests on)
    waits : what it costs to wait
    """

    advice: Advice
    where: str
    verdict: str
    text: str
    facts: tuple[tuple[str, str, str], ...]
    waits: str


def routes(console: Console) -> list[Route]:
    """Return both pages."""

    def every(request: Request) -> Response:
        source, now = console.source, console.clock()
        found = source.advice(now)
        pages = max(1, -(-len(found) // PER_PAGE))
        page = min(page_of(request.query_params), pages)
        shown = reasons(source, found[(page - 1) * PER_PAGE : page * PER_PAGE], now)
        values = {"reasons": shown, "total": len(found), "number": page, "numbers": pages}
        return console.html("advice.html.j2", values)

    def one(request: Request) -> Response:
        source, now = console.source, console.clock()
        wanted = request.path_params["advice_id"]
        found = [each for each in source.advice(now) if each.id == wanted]
        if not found:
            return console.html("no_advice.html.j2", {}, 404)
        return console.html("advice.html.j2", {"reasons": reasons(source, found, now), "single": True})

    return [Route("/advice", every), Route("/advice/{advice_id}", one)]


def reasons(source: Source, advice: Sequence[Advice], now: datetime) -> list[Reason]:
    """Return recommendations with what they rest on, in their order."""
    if not advice:
        return []
    leaves: dict[Place, list[Leaf]] = {}
    for leaf in source.leaves(now):
        leaves.setdefault(place(leaf.key), []).append(leaf)
    every = sum(leaf.day.n for own in leaves.values() for leaf in own)
    days = source.past_days({each.route for each in advice if each.candidate}, now)
    endings = {(each.tenant, each.platform, each.model): each for each in reversed(source.endings())}
    return [
        reason(
            each,
            leaves.get(advised_place(each), ()),
            every,
            endings.get((each.tenant, each.platform, each.incumbent)),
            now,
            days=days.get(advised_place(each), ()),
        )
        for each in advice
    ]


def reason(
    advice: Advice,
    mine: Sequence[Leaf],
    every: int,
    ending: Ending | None,
    now: datetime,
    *,
    days: Sequence[Day] = (),
) -> Reason:
    """Return a recommendation with what it rests on, and what it costs to wait.

    Parameters
    ----------
    mine : the route on the model, by team
    every : how many calls the whole fleet had in 24 h
    days : the route's last whole days on the model
    """
    return Reason(
        advice,
        f"{advice.route} · {advice.platform}/{advice.incumbent}",
        _VERDICTS.get(advice.state, advice.state),
        sentence(advice),
        (
            (
                "to",
                advice.candidate or UNKNOWN,
                "" if advice.candidate else "no replacement is known to be safe",
            ),
            ("bad answers", *_quality(advice)),
            ("spend", *_spend(advice)),
            ("of calls", *_share(mine, every)),
            ("last day", *_ending(ending, now)),
            ("holds until", f"{advice.expires_at:%d %b %Y}" if advice.expires_at else UNKNOWN, ""),
        ),
        _waits(advice, ending, days, now),
    )


def _quality(advice: Advice) -> tuple[str, str]:
    if advice.quality_difference is None:
        return UNKNOWN, f"no labels settle it; n {count(advice.n)} calls"
    low, high = advice.quality_low, advice.quality_high
    between = f"{100 * low:+.1f} to {100 * high:+.1f}, " if low is not None and high is not None else ""
    return f"{100 * advice.quality_difference:+.1f} points", f"{between}n {count(advice.n)} labelled pairs"


def _spend(advice: Advice) -> tuple[str, str]:
    if advice.spend_difference_ratio is None:
        return UNKNOWN, "not priced"
    basis = "price list, own token mix" if advice.spend_basis == "price_list" else "measured on this route"
    return f"{100 * advice.spend_difference_ratio:+.0f} %", basis


def _share(mine: Sequence[Leaf], every: int) -> tuple[str, str]:
    n = sum(leaf.day.n for leaf in mine)
    return (percent(n / every), f"n {count(n)} in 24 h") if every else (UNKNOWN, "no calls in 24 h")


def _ending(ending: Ending | None, now: datetime) -> tuple[str, str]:
    if ending is None:
        return UNKNOWN, "nobody has announced one"
    left = days_until(ending.day, now)
    said = f"{ending.day:%d %b %Y}"
    if left < 0:
        return said, f"{-left} days ago"
    return said, f"in {left} days, {'announced' if ending.state == 'announced' else 'promised to live until'}"


def _waits(advice: Advice, ending: Ending | None, days: Sequence[Day], now: datetime) -> str:
    """Return what a person pays who does nothing: money as the week's digest has it."""
    said = []
    ends = ending.day if ending is not None and ending.state == "announced" else None
    if ending is not None and ends:
        left = days_until(ends, now)
        when = f"in {plural(left, 'day')}" if left > 0 else "by now"
        said.append(f"{portion(ending.share)} of all calls may fail {when}, when the model stops")
    found = wait(advice, days, ends, now)
    if found.cost.usd is not None and found.cost.interval:
        low, high = found.cost.interval
        ahead = plural(found.days, "day" if found.forced else "more day")
        until = f"until its last day, in {ahead}" if found.forced else f"for {ahead}"
        said.append(
            f"{amount(found.cost.usd)} USD ({amount(low)} to {amount(high)}) more than moving, {until}, "
            f"if they are as the last {plural(len(days), 'day')} were"
        )
    return "; ".join(said) or "nothing that is known"
