"""A look back in words, and as one document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from services.alert_json import stamp
from services.rules.backtest import DAY, Backtest, Run, Span, Would, earlier
from services.rules.history import moment
from services.wording.words import clip, one_line

SEVERITIES = {"page": "pages", "ticket": "tickets", "info": "information"}
WHY = {"off": "kept quiet by it", "too small": "smaller than it asks for"}
LATELY = "%d %b %Y"


def document(found: Backtest) -> dict[str, object]:
    """Return the document of `rules backtest --json`."""
    span = found.span
    return {
        "from": stamp(moment(span.start)),
        "to": stamp(moment(span.end)),
        "references_from": stamp(moment(span.learn)),
        "references_whole": stamp(moment(span.ready)),
        "calls": found.calls,
        "rules": [_rule(found.stated, name, own=own) for name, own in names(found)],
        "settings": [_setting(run, found.stated) for run in found.runs],
    }


def lines(found: Backtest) -> Iterator[str]:
    """Yield what a person reads."""
    yield from _head(found.span, found.calls)
    stated = found.stated
    yield f"As stated, {_budget(stated)}: {_counted(stated.would) or 'nothing would have fired'}"
    for name, own in names(found):
        alerts = [one for one in stated.would if one.alert.rule == name]
        quiet = [f"{n} {WHY[why]}" for (rule, why), n in sorted(stated.kept_quiet.items()) if rule == name]
        said = ", ".join(part for part in (_counted(alerts), *quiet) if part) or "nothing"
        yield f"  {'rule' if own else 'by default'} {clip(name)}: {said}"
        yield from (_line(one) for one in alerts)
    yield "The same calls under other budgets:"
    yield "  times  pages a month  pages  tickets  called false  the same found"
    yield from (_row(run, stated) for run in found.runs)


def names(found: Backtest) -> list[tuple[str, bool]]:
    """Return the rules in order, each with whether it is the user's own; defaults that made an alert last."""
    own = list(dict.fromkeys(rule.name for rule in found.rules.own))
    others = sorted({one.alert.rule for run in found.runs for one in run.would} - set(own))
    return [(name, True) for name in own] + [(name, False) for name in others]


def _head(span: Span, calls: int) -> Iterator[str]:
    start, end = moment(span.start), moment(span.end)
    yield (
        f"{(span.end - span.start) / DAY:.3g} days, {start:{LATELY}} to {end:{LATELY}} UTC, {calls:,} calls; "
        f"references learnt from {moment(span.learn):{LATELY}} on"
    )
    if span.ready > span.start:
        yield (
            f"Until {min(moment(span.ready), end):{LATELY}} monitors still learn: the calls before do not "
            "reach back far enough, and only gross change is found there"
        )


def _budget(run: Run) -> str:
    pages, tickets = run.config.pages_per_month, run.config.tickets_per_month
    return f"a budget of {pages:g} false pages and {tickets:g} false tickets a month"


def _counted(alerts: Sequence[Would]) -> str:
    counts = {words: sum(one.alert.severity == name for one in alerts) for name, words in SEVERITIES.items()}
    return ", ".join(
        f"{n} {words.removesuffix('s') if n == 1 else words}" for words, n in counts.items() if n
    )


def _line(one: Would) -> str:
    alert = one.alert
    owner, hears = clip(alert.owner), ", ".join(map(clip, alert.receivers))
    whose = f"{owner} ({hears})" if owner and hears else owner or hears
    told = f"to {whose}" if hears else "only recorded"
    over = f", over {alert.resolved_at:%d %b %H:%M}" if alert.resolved_at else ""
    found = f"{alert.detected_at:%d %b %H:%M}  {alert.severity:<6}"
    return one_line(f"    {found}  {alert.title}: {told}{over}{_said(one)}")


def _said(one: Would) -> str:
    past = one.past
    if past is None:
        return " (no such alert then)"
    if past.outcome:
        return f" (then called {past.outcome})"
    return f" (then acknowledged by {clip(past.acknowledged_by)})" if past.acknowledged_by else ""


def _row(run: Run, stated: Run) -> str:
    false = sum(one.past is not None and one.past.outcome == "false" for one in run.would)
    counts = f"{len(run.of('page')):>5}  {len(run.of('ticket')):>7}  {false:>12}"
    gain = "" if run is stated else _gain(run, stated)
    return f"  {run.times:>5g}  {run.config.pages_per_month:>13g}  {counts}  {gain}".rstrip()


def _gain(run: Run, stated: Run) -> str:
    found = earlier(run, stated)
    if found is None:
        return ""
    minutes, n = found
    size = f"{abs(minutes):.0f} min" if abs(minutes) < 120 else f"{abs(minutes) / 60:.0f} h"  # noqa: PLR2004 -- two hours
    when = "at the same time" if round(minutes) == 0 else f"{size} {'earlier' if minutes > 0 else 'later'}"
    return f"{when} (median of {n})"


def _rule(run: Run, name: str, *, own: bool) -> dict[str, object]:
    quiet: Mapping[str, int] = {why: n for (rule, why), n in run.kept_quiet.items() if rule == name}
    alerts = [one for one in run.would if one.alert.rule == name]
    return {
        "rule": name,
        "own": own,
        **{words: sum(one.alert.severity == key for one in alerts) for key, words in SEVERITIES.items()},
        "off": quiet.get("off", 0),
        "too_small": quiet.get("too small", 0),
        "alerts": [_alert(one) for one in alerts],
    }


def _alert(one: Would) -> dict[str, object]:
    alert = one.alert
    return {
        "signal": alert.signal,
        "severity": alert.severity,
        "title": alert.title,
        "level": alert.series.level,
        "tenant": alert.series.tenant,
        "routes": list(alert.routes),
        "team": alert.team,
        "owner": alert.owner,
        "receivers": list(alert.receivers),
        "began_at": stamp(alert.began_at),
        "detected_at": stamp(alert.detected_at),
        "resolved_at": stamp(alert.resolved_at),
        "then": _then(one),
    }


def _then(one: Would) -> dict[str, object] | None:
    past = one.past
    if past is None:
        return None
    return {
        "alert": past.id,
        "outcome": past.outcome or None,
        "acknowledged_by": past.acknowledged_by or None,
    }


def _setting(run: Run, stated: Run) -> dict[str, object]:
    gain = earlier(run, stated)
    outcomes = [one.past.outcome for one in run.would if one.past is not None]
    return {
        "times": run.times,
        "pages_per_month": run.config.pages_per_month,
        "tickets_per_month": run.config.tickets_per_month,
        **{words: len(run.of(key)) for key, words in SEVERITIES.items()},
        "called_false": outcomes.count("false"),
        "called_expected": outcomes.count("expected"),
        "earlier_minutes": gain[0] if gain else None,
    }
