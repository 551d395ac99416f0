"""Read what a page needs and put it together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from services.console import charts, model
from services.console.charts import Chart
from services.console.examples import examples
from services.console.model import Card, Page
from services.console.records import Advice, Alert, Change, Source
from services.console.sums import Key

OVER = timedelta(days=14)  # how long an alert that is over stays on the page


def page(source: Source, now: datetime, labelled: str = "") -> Page:
    """Return the whole page as it is now."""
    alerts = source.alerts(now - OVER)
    open_ = [alert for alert in alerts if alert.state != "resolved"]
    advice = source.advice(now)
    own = [alert for alert in open_ if not alert.parent]
    rows = [model.row(leaf, open_, advice, now) for leaf in source.leaves(now)]
    coverage = source.coverage()
    return Page(
        now=now,
        labelled=labelled,
        summary=model.summary(rows, own, coverage),
        rows=tuple(sorted(rows, key=_place)),
        cards=tuple(_card(source, alert, alerts, advice, now) for alert in model.ranked(own)),
        over=tuple(
            model.card(alert, now, advice=advice)
            for alert in model.ranked(alerts)
            if alert.state == "resolved" and not alert.parent
        ),
        coverage=coverage,
    )


def single(source: Source, alert_id: str, now: datetime) -> Card | None:
    """Return one alert with everything known about it, None where nobody knows it."""
    alert = source.alert(alert_id)
    if alert is None:
        return None
    joined = [each for each in source.alerts(now - OVER) if each.parent == alert.id]
    return _card(source, alert, [alert, *joined], source.advice(now), now, companions=True)


def _card(
    source: Source,
    alert: Alert,
    alerts: Sequence[Alert],
    advice: Sequence[Advice],
    now: datetime,
    *,
    companions: bool = False,
) -> Card:
    return model.card(
        alert,
        now,
        advice=advice,
        joined=model.joined_to(alerts).get(alert.id, ()),
        charts=_charts(source, alert, now, companions=companions),
        examples=examples(alert, source.calls(alert)),
    )


def _charts(source: Source, alert: Alert, now: datetime, *, companions: bool) -> list[Chart]:
    since, until = charts.window(alert, now)
    hours = source.hours(alert.series, alert.routes, since, until)
    changes = [change for change in source.changes(since, until) if _near(change, alert)]
    return charts.charts(alert, hours, changes, companions=companions)


def _near(change: Change, alert: Alert) -> bool:
    """Tell whether a change is drawn on an alert's charts."""
    key = Key(alert.series.tenant, "", alert.series.route, alert.series.platform, alert.series.model)
    if change.tenant != key.tenant or (change.route and change.route not in (*alert.routes, key.route)):
        return False
    pairs = ((change.platform, key.platform), (change.model, key.model))
    return all(not said or not has or said == has for said, has in pairs)


def _place(row: model.Row) -> tuple[object, ...]:
    order = ("page", "ticket", "no calls", "info", "learning", "usual")
    return (order.index(row.state), row.key.team, row.key.route, row.key.model)
