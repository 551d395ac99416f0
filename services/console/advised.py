"""The page of all recommendations, the most pressing first, and one by its id."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.console.records import Ending, Source
from services.console.sums import Key, Leaf
from services.wording.advice import Advice, sentence
from services.wording.numbers import UNKNOWN, count, digits, percent, portion

if TYPE_CHECKING:
    from services.console.page import Console

MONTH_DAYS = 30
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

    def every(_: Request) -> Response:
        return console.html("advice.html.j2", {"reasons": reasons(console.source, console.clock())})

    def one(request: Request) -> Response:
        wanted = request.path_params["advice_id"]
        found = [each for each in reasons(console.source, console.clock()) if each.advice.id == wanted]
        if not found:
            return console.html("no_advice.html.j2", {}, 404)
        return console.html("advice.html.j2", {"reasons": found, "single": True})

    return [Route("/advice", every), Route("/advice/{advice_id}", one)]


def reasons(source: Source, now: datetime) -> list[Reason]:
    """Return the recommendations that hold, the most pressing first."""
    advice = source.advice(now)
    if not advice:
        return []
    leaves, endings = source.leaves(now), source.endings()
    return [reason(each, leaves, endings, now) for each in advice]


def reason(advice: Advice, leaves: Sequence[Leaf], endings: Sequence[Ending], now: datetime) -> Reason:
    """Return a recommendation with what it rests on, and what it costs to wait."""
    mine = [leaf for leaf in leaves if _is(leaf.key, advice)]
    ending = next((each for each in endings if _ends(each, advice)), None)
    per_month = _per_month(mine)
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
            ("of calls", *_share(mine, leaves)),
            ("last day", *_ending(ending, now)),
            ("holds until", f"{advice.expires_at:%d %b %Y}" if advice.expires_at else UNKNOWN, ""),
        ),
        _waits(advice, ending, per_month, now),
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


def _share(mine: Sequence[Leaf], leaves: Sequence[Leaf]) -> tuple[str, str]:
    n, every = sum(leaf.day.n for leaf in mine), sum(leaf.day.n for leaf in leaves)
    return (percent(n / every), f"n {count(n)} in 24 h") if every else (UNKNOWN, "no calls in 24 h")


def _ending(ending: Ending | None, now: datetime) -> tuple[str, str]:
    if ending is None:
        return UNKNOWN, "nobody has announced one"
    left = (ending.day - now.date()).days
    said = f"{ending.day:%d %b %Y}"
    if left < 0:
        return said, f"{-left} days ago"
    return said, f"in {left} days, {'announced' if ending.state == 'announced' else 'promised to live until'}"


def _waits(advice: Advice, ending: Ending | None, per_month: float | None, now: datetime) -> str:
    """Return what a person pays who does nothing."""
    said = []
    if ending is not None and ending.state == "announced":
        left = (ending.day - now.date()).days
        when = f"in {left} days" if left > 0 else "by now"
        said.append(f"{portion(ending.share)} of all calls may fail {when}, when the model stops")
    ratio = advice.spend_difference_ratio
    if advice.candidate and ratio is not None and ratio < 0 and per_month:
        said.append(f"{digits(-ratio * per_month)} of {digits(per_month)} USD a month, as the last day was")
    return "; ".join(said) or "nothing that is known"


def _per_month(mine: Sequence[Leaf]) -> float | None:
    priced = [leaf.day.cost_usd for leaf in mine if leaf.day.priced_n]
    return sum(priced) * MONTH_DAYS if priced else None


def _is(key: Key, advice: Advice) -> bool:
    mine = (advice.tenant, advice.route, advice.platform, advice.incumbent)
    return (key.tenant, key.route, key.platform, key.model) == mine


def _ends(ending: Ending, advice: Advice) -> bool:
    return (ending.tenant, ending.platform, ending.model) == (
        advice.tenant,
        advice.platform,
        advice.incumbent,
    )
