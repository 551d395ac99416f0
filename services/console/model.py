"""The page as values, before it is HTML: what is shown, in which words, in which order. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.console.charts import Chart, change_label, window
from services.console.place import around, series_address
from services.console.records import Alert, Change
from services.console.row import RATES, SHAPES, Row, touches
from services.console.sums import Key, Leaf, Rate, total
from services.wording.advice import Advice, sentence
from services.wording.alert import Line, cause, headline, lines
from services.wording.examples import MOST
from services.wording.numbers import (
    UNKNOWN,
    count,
    digits,
    lasting,
    moment,
    quantity,
    span,
)

Place = tuple[str, str, str, str]  # tenant, route, platform, model

LOUDNESS = {"page": 2, "ticket": 1, "info": 0}
_SAID = {"resolved": "resolved by", "expected": "expected, says", "false": "a false alarm, says"}


@dataclass(frozen=True, slots=True)
class Fact:
    """A number with its name."""

    name: str
    value: str
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """One alert as a person meets it.

    Attributes
    ----------
    joined, parent : the alerts that joined it, and the one that it joined
    series : the page of its route on its model in its time, "" where it is about more than one
    """

    alert: Alert
    shape: str
    status: str
    where: str
    headline: str
    lines: tuple[Line, ...]
    cause: str
    facts: tuple[Fact, ...]
    change: str
    change_at: datetime | None
    advice: Advice | None
    advice_text: str
    joined: tuple[Alert, ...]
    parent: Alert | None
    series: str
    charts: tuple[Chart, ...]
    examples: int
    details: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Advised:
    """One recommendation as a person meets it."""

    advice: Advice
    where: str
    text: str
    until: str


def card(
    alert: Alert,
    now: datetime,
    *,
    advice: Sequence[Advice] = (),
    joined: Sequence[Alert] = (),
    parent: Alert | None = None,
    leaves: Sequence[Leaf] = (),
    charts: Sequence[Chart] = (),
) -> Card:
    """Return an alert with its evidence.

    Parameters
    ----------
    leaves : of the fleet, by which is said how what it is about does now
    """
    answer = next((each for each in advice if each.id == alert.recommendation_id), None)
    change = alert.nearest_change
    return Card(
        alert=alert,
        shape=SHAPES[alert.severity],
        status=status(alert, now),
        where=" · ".join(part for part in _place(alert) if part),
        headline=headline(alert),
        lines=tuple(_dated(line, alert, now) for line in lines(alert) if line.name != "Advice"),
        cause=cause(alert.explanation.triage) if alert.explanation.triage else "",
        facts=_facts(alert, now, _last_day(alert, leaves)),
        change=_change(change, alert) if change else "",
        change_at=change.at if change else None,
        advice=answer,
        advice_text=sentence(answer),
        joined=tuple(joined),
        parent=parent,
        series=_series(alert, now),
        charts=tuple(charts),
        examples=min(len(alert.examples), MOST),
        details=_details(alert, now),
    )


def summary(rows: Sequence[Row], alerts: Sequence[Alert], unusable: int) -> tuple[Fact, ...]:
    """Return the first line: the whole fleet in six numbers.

    Parameters
    ----------
    unusable : events of the same day that are dead letters
    """
    states = [each.state for each in rows]
    firing = [alert for alert in alerts if alert.severity != "info"]
    pages = sum(alert.severity == "page" for alert in firing)
    spent = sum(each.spent for each in rows if each.spent is not None)
    calls = sum(each.calls for each in rows)
    came = calls + unusable
    complete = f"{100 * calls / came:.1f} %" if came else UNKNOWN
    return (
        Fact(
            "open alerts",
            str(len(firing)),
            f"{pages} of them page",
        ),
        Fact("as usual", f"{states.count('usual')} of {len(states)}", "routes x models"),
        Fact("learning", str(states.count("learning")), "less than 14 days known"),
        Fact("calls, 24 h", count(calls)),
        Fact("USD, 24 h", digits(spent), _unpriced(rows)),
        Fact("events kept, 24 h", complete, f"{count(unusable)} dead letters"),
    )


def ranked(alerts: Sequence[Alert]) -> list[Alert]:
    """Return alerts in the order a person should see them: loudest first, then newest."""
    return sorted(alerts, key=lambda each: (-LOUDNESS[each.severity], -each.began_at.timestamp(), each.id))


def place(key: Key) -> Place:
    """Return a route on a model, whatever the team."""
    return key.tenant, key.route, key.platform, key.model


def advised_place(advice: Advice) -> Place:
    """Return the route and the model that advice is about."""
    return advice.tenant, advice.route, advice.platform, advice.incumbent


def status(alert: Alert, now: datetime) -> str:
    """Return what the alert does now, and for how long."""
    if alert.resolved_at and alert.state == "resolved":
        said = _SAID.get(alert.outcome, "")
        by = f", {said} {alert.ended_by}" if said else ""
        return f"over after {lasting(alert.resolved_at - alert.began_at)}{by}"
    if alert.muted:
        return f"muted: {alert.muted}"
    since = alert.fired_at or alert.detected_at
    if alert.state == "acknowledged":
        return f"acknowledged by {alert.acknowledged_by or 'somebody'}, open {lasting(now - since)}"
    return f"{alert.state} {lasting(now - since)}"


def advised(advice: Sequence[Advice]) -> tuple[Advised, ...]:
    """Return the recommendations in the order that they come in: the most pressing first."""
    return tuple(
        Advised(
            each,
            f"{each.route} · {each.platform}/{each.incumbent}",
            sentence(each),
            f"{each.expires_at:%d %b %Y}" if each.expires_at else "",
        )
        for each in advice
    )


def joined_to(alerts: Sequence[Alert]) -> Mapping[str, list[Alert]]:
    """Return the alerts that joined another one, by the id of the one that all of them joined in the end."""
    parents = {alert.id: alert.parent for alert in alerts}
    found: dict[str, list[Alert]] = {}
    for alert in alerts:
        if alert.parent:
            found.setdefault(_first(alert, parents), []).append(alert)
    return found


def quiet(rows: Sequence[Row]) -> str:
    """Return what is known where no alert is open: of what is still being learnt, nothing."""
    if not rows:
        return "No series, so nothing is known to be out of the usual."
    learning = sum(row.state == "learning" for row in rows)
    if learning == len(rows):
        all_of_it = "the only series is" if learning == 1 else f"all {count(learning)} series are"
        return f"Nothing can be told yet: {all_of_it} learning."
    some = f"; {count(learning)} of {count(len(rows))} series {'is' if learning == 1 else 'are'} learning"
    return f"Nothing is out of the usual{some if learning else ''}."


def _first(alert: Alert, parents: Mapping[str, str]) -> str:
    """Return the id of the alert that this one joined, by way of others or not."""
    passed = {alert.id}
    found = alert.parent
    while parents.get(found) in parents and found not in passed:
        passed.add(found)
        found = parents[found]
    return found


def _series(alert: Alert, now: datetime) -> str:
    series = alert.series
    if not (series.route and series.platform and series.model):
        return ""
    key = Key(series.tenant, "", series.route, series.platform, series.model)
    return series_address(key, window=around(*window(alert, now)))


def _dated(line: Line, alert: Alert, now: datetime) -> Line:
    """Return a line of the alert; how bad it was says when."""
    if line.name != "How bad" or alert.signal == "lifecycle":
        return line
    return Line(line.name, f"when found, {moment(alert.found_at, now)} UTC: {line.text}")


def _last_day(alert: Alert, leaves: Sequence[Leaf]) -> Rate | None:
    """Return what the rows of an alert say of its signal, where they have the same quantity."""
    part = alert.signal == "toxicity" and "what" in alert.facts  # rows have questions and answers together
    if alert.signal not in RATES or alert.unit != "ratio" or part:
        return None
    rate = total(leaf.day for leaf in leaves if touches(alert, leaf.key)).rate(alert.signal)
    return rate if rate and rate.n else None


def _facts(alert: Alert, now: datetime, day: Rate | None) -> tuple[Fact, ...]:
    began = moment(alert.began_at, now)
    share = alert.share_of_traffic
    of_traffic = () if share is None else (Fact("of traffic", f"{100 * share:.0f} %"),)
    if alert.signal == "lifecycle":
        left = Fact("days left", quantity(alert.observed, ""))
        return (left, Fact("calls", count(alert.n)), Fact("announced", began), *of_traffic)
    interval = span(alert.low, alert.high, alert.unit)
    basis = " · ".join(part for part in (interval, f"n {count(alert.n)}") if part)
    sure = alert.began_low == alert.began_high
    about = "" if sure else f"{moment(alert.began_low, now)} to {moment(alert.began_high, now)}"
    lately = () if day is None else (Fact("last 24 h", day.text, f"{day.between} · n {count(day.n)}"),)
    found = f"when found, {moment(alert.found_at, now)} UTC"
    return (
        Fact(found, quantity(alert.observed, alert.unit), basis),
        *lately,
        Fact("usual", quantity(alert.reference, alert.unit)),
        Fact("began", began, about),
        Fact("found after", lasting(alert.detected_at - alert.began_at)),
        *of_traffic,
    )


def _details(alert: Alert, now: datetime) -> tuple[tuple[str, str], ...]:
    pairs = [
        ("routes", ", ".join(alert.routes) or "all"),
        ("found", moment(alert.detected_at, now)),
        ("fired", moment(alert.fired_at, now) if alert.fired_at else "-"),
        ("over", moment(alert.resolved_at, now) if alert.resolved_at else "-"),
        ("cause", alert.cause or "-"),
        ("rule", alert.rule),
        ("monitor", alert.monitor),
        ("level", alert.series.level.replace("_", " + ")),
        ("tenant", alert.series.tenant),
        ("id", alert.id),
        ("runbook", alert.signal),
    ]
    return (*pairs, *((name, value) for name, value in sorted(alert.facts.items())))


def _place(alert: Alert) -> tuple[str, ...]:
    series = alert.series
    routes = series.route or (", ".join(alert.routes) if 0 < len(alert.routes) <= 3 else "")  # noqa: PLR2004 -- fits a line
    many = f"{len(alert.routes)} routes" if not routes and alert.routes else ""
    model = "/".join(part for part in (series.platform, series.model) if part)
    team = f"team {alert.team}" if alert.team else ""
    return (routes, many, model, team, f"owner {alert.owner}" if alert.owner else "")


def _change(change: Change, alert: Alert) -> str:
    before = lasting(alert.began_at - change.at)
    by = f" by {change.by}" if change.by else ""
    note = f": {change.note}" if change.note and change.to else ""
    return f"{before} before: {change_label(change)}{by}{note}"


def _unpriced(rows: Sequence[Row]) -> str:
    n = sum(each.unpriced for each in rows)
    every = "every call priced" if any(each.calls for each in rows) else ""
    return f"{count(n)} calls unpriced" if n else every
