"""A comparison in words: what is apart beyond chance first, then everything that was looked at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from services.digest.digest import Changed, Incident
from services.digest.told import RATES
from services.digest.worse import LEAST_HOURS
from services.report.block import Block, Drawn, Table, said
from services.report.comparison import Apart, Comparison, Estimate, Measure, Spend, Value
from services.report.second_look import Column, SecondLook
from services.report.windows import MOST_OPEN, within
from services.wording.numbers import (
    count,
    digits,
    lasting,
    percent,
    portion,
    quantity,
    span,
)
from services.wording.words import clip, listed, plural
from store.compared import Compared

MOST_VALUES = 8  # of a dimension; the rest is one line
MOST_LINES = 20
SHORT = timedelta(minutes=10)  # a window whose seconds are shown
NAMES = {
    **RATES,
    "toxic prompts": "toxic questions",
    "input tokens": "tokens in, per call",
    "output tokens": "tokens out, per call",
    "spend": "USD per priced call",
    "latency p50": "latency, median",
    "latency p95": "latency, 95 of 100 within",
    "latency p99": "latency, 99 of 100 within",
    "ttft p50": "first token, median",
    "ttft p95": "first token, 95 of 100 within",
}
JUDGED = {
    "hallucination": "no context to be held against",
    "toxicity": "answer not judged for toxicity",
    "toxic prompts": "question not judged for toxicity",
    "refusal": "answer not judged for refusal",
    "privacy": "not searched for private data",
    "tokens": "no token counts",
    "price": "no price",
}
COLUMNS = {"hallucination": "groundedness score", "error": "kind of error"}
TESTS = {
    "ks": "Kolmogorov-Smirnov",
    "homogeneity": "chi-square of two samples",
    "wasserstein": "Wasserstein distance in standard deviations",
    "jensenshannon": "Jensen-Shannon distance",
}
DIFFER = {1: "more", -1: "less", 0: ""}


def title(found: Comparison) -> str:
    """Return what the report is about."""
    return f"fmwatch report: {subject(found.calls)}"


def subject(calls: Compared) -> str:
    """Return whose calls are compared."""
    model = "/".join(part for part in (calls.platform, calls.model) if part)
    routes = listed(calls.routes) if calls.routes else "the whole fleet"
    tenant = f", tenant {clip(calls.tenant)}" if calls.tenant not in {"", "default"} else ""
    return f"{routes}{f' ({clip(model)})' if model else ''}{tenant}"


def blocks(found: Comparison) -> list[Block]:
    """Return the report; what has nothing to say is left out."""
    every = (
        Block(title(found), list(_top(found))),
        Block("What changed beyond chance", list(_beyond(found))),
        Block("Measured in both windows", _basis(found), _measured(found.measures)),
        Block("Spend per call", list(_spend(found.spend, found.measures))),
        Block("Who answered, and what was asked", (), _values(found)),
        Block("Declared changes", list(_some(_change(one, found.calls) for one in found.changes))),
        Block("Alerts on these calls", list(_some(_alert(one, found.calls) for one in found.alerts))),
        Block("What was not scored", (), _judged(found.judged)),
        _second(found),
    )
    return said(every)


def _top(found: Comparison) -> Iterator[str]:
    calls = found.calls
    if found.alert:
        yield f"Alert {found.alert.id} ({found.alert.severity}): {clip(found.alert.headline, 200)}."
        if found.alert.how_bad:
            yield f"As it was told: {clip(found.alert.how_bad, 300)}."
    yield f"Now: {_window(calls.since, calls.until)}, {_size(found.n, found.hours)}."
    before = _window(calls.before_since, calls.before_until)
    yield f"Before: {before}{_hours(calls)}, {_size(found.before_n, found.before_hours)}."
    if not found.before_n:
        yield "There is nothing to compare with: no such call is stored in the window before."
    if found.alert:
        yield (
            "An alert chose this window: what it is about looks larger here than it would in a window that "
            "nobody had chosen."
        )
        yield from _lasts(found.alert, found)


def _lasts(alert: Incident, found: Comparison) -> Iterator[str]:
    """Say where the window of an alert that is not over ends."""
    if alert.resolved_at:
        return
    whole = found.calls.until - found.calls.since < MOST_OPEN
    ends = "with what is stored" if whole else f"{MOST_OPEN.days} days after the start"
    yield f"It is not over: its window ends {ends}."


def _window(since: datetime, until: datetime) -> str:
    exact = since.second or until.second or until - since < SHORT
    clock = "%H:%M:%S" if exact else "%H:%M"
    return f"{since:%a %d %b %Y {clock}} to {until:%a %d %b {clock}} UTC"


def _size(n: int, hours: int) -> str:
    return f"n {count(n)} in {plural(hours, 'clock hour')}"


def _hours(calls: Compared) -> str:
    if not calls.hours:
        return ""
    return f", only the hours {_spans(calls.hours)} of the day ({calls.zone}), as now"


def _spans(hours: Sequence[int]) -> str:
    """Return hours of the day with neighbours put together.

    >>> _spans((0, 1, 2, 22))
    '0-2, 22'
    """
    starts = [hour for hour in hours if hour - 1 not in hours]
    ends = [hour for hour in hours if hour + 1 not in hours]
    pairs = zip(starts, ends, strict=True)
    return ", ".join(f"{first}" if first == last else f"{first}-{last}" for first, last in pairs)


def _beyond(found: Comparison) -> Iterator[str]:
    moved = [one for one in found.measures if one.moved]
    if moved:
        yield from (_moved(one) for one in moved)
    elif found.before_n:
        yield _nothing(found.measures)


def _nothing(measures: Sequence[Measure]) -> str:
    compared = [one for one in measures if one.difference is not None]
    left = len(measures) - len(compared)
    rest = f", {left} could not be: too few calls" if left else ""
    return f"Nothing: {len(compared)} rates, means and quantiles were compared{rest}."


def _moved(one: Measure) -> str:
    way = "more" if one.moved > 0 else "less"
    return (
        f"{NAMES.get(one.name, one.name)}: {way}, {_estimate(one.before, one.unit)} -> "
        f"{_estimate(one.now, one.unit)}, difference {_difference(one)}"
    )


def _basis(found: Comparison) -> list[str]:
    if not found.measures:
        return []
    long = min(found.hours, found.before_hours) >= LEAST_HOURS
    alike = (
        "Calls of one hour are taken as alike where they are, so that intervals are as wide as they must be."
        if long
        else "Of few hours it cannot be told how alike their calls are: they are taken as independent."
    )
    return [
        "Intervals are 95 %; those of the differences hold all together with 95 %. " + alike,
    ]


def _measured(measures: Sequence[Measure]) -> Table:
    rows = [
        (
            NAMES.get(one.name, one.name),
            _estimate(one.now, one.unit),
            _estimate(one.before, one.unit),
            _difference(one) or f"not known: {_unknown(one)}",
        )
        for one in measures
    ]
    states = [DIFFER[one.moved] for one in measures]
    return Table(("", "Now", "Before", "Difference"), rows, states, [_drawn(one) for one in measures])


def _unknown(one: Measure) -> str:
    """Return why it is not known by how much a quantity differs."""
    sides = (("now", one.now), ("before", one.before))
    return next((f"no such calls {name}" for name, side in sides if not side.n), "too few calls")


def _drawn(one: Measure) -> Drawn | None:
    """Return both intervals on the line from 0 to the larger end of them."""
    sides = [(one.now.interval, one.now.value), (one.before.interval, one.before.value)]
    known = [
        (low, value, high) for ends, value in sides if ends and value is not None for low, high in [ends]
    ]
    longest = max((high for *_, high in known), default=0.0)
    if len(known) < len(sides) or longest <= 0:
        return None
    now, before = (
        (100 * low / longest, 100 * value / longest, 100 * high / longest) for low, value, high in known
    )
    return Drawn(now, before)


def _estimate(one: Estimate, unit: str) -> str:
    """Return a value with its interval and n."""
    if one.value is None:
        return f"- (n {count(one.n)})"
    ends = f"{span(*one.interval, unit)}, " if one.interval else ""
    return f"{quantity(one.value, unit)} ({ends}n {count(one.n)})"


def _difference(one: Measure) -> str:
    if one.difference is None:
        return ""
    low, high = one.difference
    if one.unit == "ratio":
        return f"{100 * low:+.1f} to {100 * high:+.1f} points"
    if one.unit == "ms":
        return f"{low:+,.0f} to {high:+,.0f} ms"
    return f"{_signed(low)} to {_signed(high)} {one.unit.upper() if one.unit == 'usd' else one.unit}"


def _signed(value: float) -> str:
    size = digits(abs(value))
    return size if size == "0" else f"{'+' if value > 0 else '-'}{size}"


def _spend(spend: Spend, measures: Sequence[Measure]) -> Iterator[str]:
    per_call = next((one for one in measures if one.name == "spend"), None)
    for name, usd, unpriced in (
        ("Now", spend.usd, spend.unpriced_n),
        ("Before", spend.before_usd, spend.before_unpriced_n),
    ):
        if usd is None and not unpriced:
            continue
        known = "an unknown amount"
        if usd is not None and per_call:
            each = per_call.now if name == "Now" else per_call.before
            known = f"{_estimate(each, per_call.unit)} per priced call, {digits(usd)} USD together"
        missing = f"; {plural(unpriced, 'call')} more without a price" if unpriced else ""
        yield f"{name}: {known}{missing}."
    if spend.apart and per_call:
        yield _parted(spend.apart, per_call)


def _parted(apart: Apart, per_call: Measure) -> str:
    """Say why a call costs more or less, where it does beyond chance."""
    total = apart.mix + apart.tokens + apart.price
    way = "more" if total >= 0 else "less"
    said = f"A priced call costs {digits(abs(total))} USD {way} than before"
    if per_call.difference is None:
        return f"{said}; whether beyond chance is not known: {_unknown(per_call)}."
    if not per_call.moved:
        return f"{said}, which is within chance: the difference is {_difference(per_call)}."
    return (
        f"{said} ({_difference(per_call)}): {_signed(apart.mix)} by which model and route it goes to, "
        f"{_signed(apart.tokens)} by tokens per call, {_signed(apart.price)} by what a token costs: how many "
        "are in, out and cached, and prices."
    )


def _values(found: Comparison) -> Table:
    rows, states = [], []
    for by, group in groupby(found.values, key=lambda one: one.by):
        theirs = list(group)
        first = theirs[0]
        if by != "model" and (first.n, first.before_n) == (found.n, found.before_n) and found.before_n:
            continue  # one and the same everywhere says nothing
        shown = theirs[:MOST_VALUES]
        for one in shown:
            parts = _part(one.n, found.n), _part(one.before_n, found.before_n)
            rows.append((f"{by} {clip(one.value, 80)}", *parts))
            states.append(_came(one) if found.before_n else "")
        if rest := first.distinct - len(shown):
            n = first.known_n - sum(one.n for one in shown)
            before_n = first.known_before_n - sum(one.before_n for one in shown)
            rows.append((f"{by}: {rest} more", _part(n, found.n), _part(before_n, found.before_n)))
            states.append("")
    return Table(("", "Now", "Before"), rows, states)


def _came(one: Value) -> str:
    if one.n and one.before_n:
        return ""
    return "new" if one.n else "gone"


def _part(n: int, total: int) -> str:
    return f"{portion(n / total) if n else '0'} (n {count(n)})" if total else "-"


def _change(one: Changed, calls: Compared) -> str:
    place = within(calls, one.at) or "between"
    where = ", ".join(clip(part) for part in (one.route, one.platform, one.model) if part)
    moved = " -> ".join(clip(part) for part in (one.from_, one.to) if part)
    by = f" by {clip(one.by)}" if one.by else ""
    note = f": {clip(one.note, 200)}" if one.note else ""
    what = " ".join(part for part in (where, moved) if part)
    return f"{one.at:%a %d %b %H:%M} UTC ({place}), {clip(one.kind)}: {what or 'declared'}{by}{note}"


def _alert(one: Incident, calls: Compared) -> str:
    ended = one.resolved_at - one.fired_at if one.resolved_at else None
    over = "" if ended is None else f", over after {lasting(max(ended, timedelta()))}"
    outcome = f"; called {one.outcome}{f' by {clip(one.by)}' if one.by else ''}" if one.outcome else ""
    bad = f": {clip(one.how_bad, 200)}" if one.how_bad else ""
    what = f"{one.severity} {one.id}, {clip(one.headline, 160)}"
    return f"{_came_up(one, calls)}, {what}{bad}{over}{outcome}"


def _came_up(one: Incident, calls: Compared) -> str:
    """Return when an alert fired, and when its trouble began where it fired after the window."""
    fired, place = f"{one.fired_at:%a %d %b %H:%M} UTC", within(calls, one.fired_at)
    if place or one.began_at is None:
        return f"{fired} ({place})" if place else fired
    return f"began {one.began_at:%a %d %b %H:%M} UTC ({within(calls, one.began_at)}), fired {fired}"


def _judged(judged: Sequence[Measure]) -> Table:
    """Return what share of calls could not be judged."""
    rows = [(JUDGED[one.name], *(_not(side) for side in (one.now, one.before))) for one in judged]
    return Table(("Share of calls", "Now", "Before"), rows)


def _not(side: Estimate) -> str:
    return "-" if side.value is None else f"{percent(1 - side.value)} (n {count(side.n)})"


def _second(found: Comparison) -> Block:
    look, heading = found.second_look, "Second look: Evidently"
    if look is None:
        return Block(heading, [found.unseen] if found.unseen else [])
    rows = [
        (_column(one.name), f"{one.score:.3g}", _limit(one), TESTS.get(one.test, one.test))
        for one in look.columns
    ]
    states = ["drifted" if one.drifted else "" for one in look.columns]
    return Block(heading, list(_looked(look)), Table(("", "Score", "Drifted", "Test"), rows, states))


def _looked(look: SecondLook) -> Iterator[str]:
    yield (
        f"Evidently {look.evidently} on {count(look.n)} calls of now, {count(look.before_n)} of before: one "
        f"of each retry cluster, at most {count(look.most)} of each window, drawn by the hash of their ids."
    )
    drifted = [_column(one.name) for one in look.columns if one.drifted]
    names = f": {', '.join(drifted)}" if drifted else ""
    yield (
        f"{len(drifted)} of {plural(len(look.columns), 'column')} drifted{names}. That says that a "
        "distribution is another one, not that it is worse."
    )
    yield from _texts(look)
    if look.left_out:
        why = ", ".join(f"{_column(name)} ({reason})" for name, reason in sorted(look.left_out.items()))
        yield f"Not compared: {why}."


def _limit(one: Column) -> str:
    way = "below" if one.method == "p-value" else "from"
    return f"{'yes' if one.drifted else 'no'} ({one.method} {way} {one.limit:.2g})"


def _texts(look: SecondLook) -> Iterator[str]:
    if look.texts is None:
        yield "Too few calls have an embedding to tell whether questions lie elsewhere now."
        return
    one = look.texts
    verdict = "elsewhere than before" if one.drifted else "where they lay before, as far as can be told"
    yield (
        f"Questions lie {verdict}: a classifier tells those of now from those before with AUC {one.auc:.2f} "
        f"(.5 is chance; n {count(one.n)} and {count(one.before_n)} different texts)."
    )


def _column(name: str) -> str:
    return COLUMNS.get(name, name.replace("_", " "))


def _some(lines: Iterator[str]) -> Iterator[str]:
    every = list(lines)
    yield from every[:MOST_LINES]
    if len(every) > MOST_LINES:
        yield f"and {len(every) - MOST_LINES} more: --json has them"
