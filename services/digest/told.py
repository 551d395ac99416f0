"""A digest in words: five lines that say it all, then what they rest on. Every line is one line of text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import groupby
from typing import NamedTuple

from services.digest.digest import Changed, Digest, Incident, Interval, Last, Money, Move, Open, Spend, Worse
from services.digest.worse import LEAST_HOURS, LEAST_N
from services.wording.numbers import amount, count, lasting, percent, portion
from services.wording.words import clip, listed, one_line, plural

MOST = 12  # lines of a part; how many are left out is said
SOON_DAYS = 90
RATES: Mapping[str, str] = {
    "error": "failed calls",
    "hallucination": "unsupported answers",
    "refusal": "refused answers",
    "toxicity": "toxic answers",
    "privacy": "answers with private data",
    "truncated": "answers cut at the token limit",
}
STATES: Mapping[str, str] = {
    "recommend": "recommended",
    "experiment": "worth an experiment",
    "abstain": "no move",
}
_SAID: Mapping[str, str] = {"false": "called false", "expected": "called expected", "resolved": "ended"}


class Part(NamedTuple):
    """A heading and what stands under it."""

    heading: str
    lines: Sequence[str]


def title(digest: Digest) -> str:
    """Return what a mail's subject says."""
    last = digest.until - timedelta(hours=1)
    whose = f" of tenant {clip(digest.tenant)}" if digest.tenant else ""
    return f"fmwatch: week {digest.week}{whose}, {digest.since:%d %b} to {last:%d %b %Y}"


def parts(digest: Digest) -> list[Part]:
    """Return the digest, the five lines first; parts without anything to say are left out."""
    if not digest.now.n:
        return [Part(title(digest), [_empty(digest), *filter(None, [_next_day(digest)])])]
    found = [
        Part("What was spent, by team and model", list(_some(_spent(digest)))),
        Part("What it costs to wait", list(_waiting(digest))),
        Part("What got worse", list(_worse_lines(digest))),
        Part("What changed", list(_changed(digest))),
        Part("Incidents", list(_some(map(_incident, digest.incidents)))),
        Part("Last days of models in use", list(_some(map(_last, digest.last_days)))),
    ]
    return [Part(title(digest), top(digest)), *(part for part in found if part.lines)]


def top(digest: Digest) -> list[str]:
    """Return the five lines."""
    return [
        _total(digest),
        _incidents(digest),
        _worst(digest),
        _next_day(digest) or "No model in use has a known last day.",
        _wait(digest),
    ]


def _empty(digest: Digest) -> str:
    before = f"; the week before had {plural(digest.before.n, 'call')}" if digest.before.n else ""
    return f"No call was stored in this week{before}."


def _total(digest: Digest) -> str:
    now, before = digest.now, digest.before
    when = f"; calls are stored since {digest.began:%a %d %b %H:%M} UTC" if digest.began else ""
    if digest.made_at < digest.until:
        when += f"; the week is not over, this is until {digest.made_at:%a %d %b %H:%M} UTC"
    if not before.n:
        return f"Spent {_spend_of(now)}; the week before has no calls{when}."
    return f"Spent {_spend_of(now)}; the week before {_spend_of(before)}{_against(now, before)}{when}."


def _spend_of(money: Money) -> str:
    """Return an amount with its n; what has no price is said, never counted as nothing."""
    if not money.n:
        return "nothing (n 0)"
    if money.usd is None:
        return f"an unknown amount (n {count(money.n)}, none with a price)"
    missing = f", {count(money.unpriced_n)} more without a price" if money.unpriced_n else ""
    return f"{_usd(money.usd)} (n {count(money.priced_n)}{missing})"


def _against(now: Money, before: Money) -> str:
    whole = not (now.unpriced_n or before.unpriced_n) and now.usd is not None
    if not whole or not before.usd or now.usd is None:
        return ""
    return f": {100 * (now.usd / before.usd - 1):+.0f} %"


def _usd(value: float) -> str:
    return f"{amount(value)} USD"


def _between(interval: Interval) -> str:
    low, high = interval
    return f"{amount(low)} to {amount(high)}"


def _spent(digest: Digest) -> Iterator[str]:
    for (_, _), group in groupby(digest.spend, key=lambda one: (one.tenant, one.team)):
        theirs = list(group)
        if len(theirs) > 1:
            now, before = (sum((getattr(one, name) for one in theirs), Money()) for name in ("now", "before"))
            yield f"{_team(theirs[0])}: {_pair(now, before)}"
        yield from (f"{_team(one)}, {_model(one)}: {_pair(one.now, one.before)}" for one in theirs)


def _pair(now: Money, before: Money) -> str:
    return f"{_spend_of(now)}; the week before {_spend_of(before)}{_against(now, before)}"


def _incidents(digest: Digest) -> str:
    found = digest.incidents
    stand = f"; {digest.standing} stand{'s' if digest.standing == 1 else ''} now" if digest.standing else ""
    if not found:
        return f"No page and no ticket fired{stand}."
    pages = sum(one.severity == "page" for one in found)
    outcomes = {said: sum(one.outcome == said for one in found) for said in ("false", "expected")}
    called = "".join(f", {n} called {said}" for said, n in outcomes.items() if n)
    return f"{plural(pages, 'page')} and {plural(len(found) - pages, 'ticket')} fired{called}{stand}."


def _incident(one: Incident) -> str:
    over = f"over after {lasting(one.resolved_at - one.fired_at)}" if one.resolved_at else "stands"
    said = f", {_SAID.get(one.outcome, one.outcome)} by {clip(one.by) or 'somebody'}" if one.outcome else ""
    bad = f" {one_line(one.how_bad)}." if one.how_bad else ""
    what = f"{one.severity}, {one.fired_at:%a %d %b %H:%M} UTC: {one_line(one.headline)}."
    return f"{what}{bad} {_upper(over)}{said}."


def _worst(digest: Digest) -> str:
    if not digest.compared:
        return "No rate could be compared with the week before: too few judged calls."
    if not digest.worse:
        return f"Nothing got worse beyond chance: {plural(digest.compared, 'rate')} compared."
    return (
        f"{len(digest.worse)} of {plural(digest.compared, 'rate')} got worse, most {_worse(digest.worse[0])}."
    )


def _worse(one: Worse) -> str:
    low, high = (100 * end for end in one.interval)
    return (
        f"{clip(one.route)} ({_model(one)}): {RATES.get(one.rate, one.rate)} {percent(one.before)} -> "
        f"{percent(one.now)}, {low:+.1f} to {high:+.1f} points "
        f"(n {count(one.before_n)} and {count(one.now_n)})"
    )


def _worse_lines(digest: Digest) -> Iterator[str]:
    if not digest.worse:
        return
    yield from _some(map(_worse, digest.worse))
    yield (
        f"{digest.compared} rates were compared, those with {LEAST_N} judged calls in {LEAST_HOURS} hours of "
        "both weeks; all their intervals hold together with 95 %, also where calls of an hour are alike."
    )


def _next_day(digest: Digest) -> str:
    ends = [one for one in digest.last_days if not one.promised]
    come = [one for one in ends if one.days <= 0]
    if come:
        return f"{plural(len(come), 'model')} in use past the last day: {listed(tuple(map(_model, come)))}."
    if not ends:
        return ""
    first = ends[0]
    more = sum(one.days <= SOON_DAYS for one in ends[1:])
    others = f" {more} more within {SOON_DAYS} days." if more else ""
    return f"Next last day: {_last(first)}.{others}"


def _last(one: Last) -> str:
    if one.promised:
        when = f"is promised until {one.day}, no end is announced"
    else:
        when = (
            f"stops on {one.day}, in {plural(one.days, 'day')}" if one.days > 0 else f"stopped on {one.day}"
        )
    owners = f"; {listed(one.owners)}" if one.owners else ""
    return f"{_model(one)} {when}: {portion(one.share)} of calls{owners}"


def _wait(digest: Digest) -> str:
    given = [one for one in digest.open if one.candidate]
    if not given:
        without = f"; nothing to move to for {plural(len(digest.open), 'model')} on a route"
        return f"No recommendation is open{without if digest.open else ''}."
    said = f"{plural(len(given), 'recommendation')} open"
    known = [one for one in given if one.usd is not None and one.interval]
    if not known:
        return f"{said}; none of them is known to save money."
    usd = sum(one.usd or 0.0 for one in known)
    low, high = (sum(one.interval[end] for one in known if one.interval) for end in (0, 1))
    some = "" if len(known) == len(given) else f" with {len(known)} of them"
    return f"{said}; to wait{some} costs {_usd(usd)} ({_between((low, high))})."


def _waiting(digest: Digest) -> Iterator[str]:
    """Yield what somebody should act on: what names a goal, and what ends; the rest is counted."""
    urgent = [one for one in digest.open if one.candidate or one.forced]
    yield from _some(map(_open, urgent))
    if rest := len(digest.open) - len(urgent):
        models = plural(rest, "more model")
        yield f"nothing forces a move of {models} on a route: fmwatch advise has the reasons"


def _open(one: Open) -> str:
    place = f"{clip(one.route)} ({_model(one)})"
    calls = f"{one.calls_per_day:,.0f} calls a day (n {plural(one.n_days, 'day')})"
    when = f"until its last day, in {plural(one.days, 'day')}," if one.forced else f"for {one.days} more days"
    if one.usd is None or one.interval is None:
        cost = f"{calls}; what waiting costs is not known: {one.unknown}"
    else:
        cost = (
            f"staying {when} costs {_usd(one.usd)} ({_between(one.interval)}) more, if days stay at {calls}"
        )
    return f"{STATES.get(one.state, one.state)}, {place}: {clip(one.says, 240)}; {cost}"


def _changed(digest: Digest) -> Iterator[str]:
    yield from _some(map(_move, digest.moves))
    yield from _some(map(_change, digest.changes))


def _move(one: Move) -> str:
    verb = "began to call" if one.began else "does not call any more:"
    when = "" if one.began else " the week before"
    return f"model: {clip(one.route)} {verb} {_model(one)} (n {count(one.n)}{when})"


def _change(one: Changed) -> str:
    where = ", ".join(clip(part) for part in (one.route, one.platform, one.model) if part)
    moved = " -> ".join(clip(part) for part in (one.from_, one.to) if part)
    by = f" by {clip(one.by)}" if one.by else ""
    note = f": {clip(one.note)}" if one.note else ""
    what = " ".join(part for part in (where, moved) if part)
    return f"{clip(one.kind)}, {one.at:%a %d %b %H:%M} UTC: {what or 'declared'}{by}{note}"


def _some(lines: Iterable[str]) -> Iterator[str]:
    """Yield the first of many lines, and how many are left out."""
    every = list(lines)
    yield from every[:MOST]
    if len(every) > MOST:
        yield f"and {len(every) - MOST} more: fmwatch digest --json has them"


def _team(one: Spend) -> str:
    name = clip(one.team) or "no team"
    return name if one.tenant in {"", "default"} else f"{clip(one.tenant)}/{name}"


def _model(one: Spend | Move | Worse | Last | Open) -> str:
    return clip(f"{one.platform}/{one.model}")


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
