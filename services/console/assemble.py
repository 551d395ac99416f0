"""Read what a page needs and put it together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.console import charts, model
from services.console.model import Card, Page
from services.console.records import Alert, Change, Source, Window
from services.console.sums import Key
from services.wording.advice import Advice

OVER = timedelta(days=14)  # how long an alert that is over stays on the page


@dataclass(frozen=True, slots=True)
class Reading:
    """What the cards of one page share, read once."""

    source: Source
    now: datetime
    alerts: Sequence[Alert]
    advice: Sequence[Advice]
    changes: Sequence[Change]

    def cards(
        self, alerts: Sequence[Alert], *, companions: bool = False, wanted: Window | None = None
    ) -> tuple[Card, ...]:
        """Return alerts with their evidence, read for all of them at once; in the window that is wanted."""
        windows = [wanted or charts.window(alert, self.now) for alert in alerts]
        hours = self.source.hours(alerts, windows)
        joined = model.joined_to(self.alerts)
        return tuple(
            model.card(
                alert,
                self.now,
                advice=self.advice,
                joined=joined.get(alert.id, ()),
                charts=charts.charts(alert, own, self._changes(alert, window), companions=companions),
            )
            for alert, window, own in zip(alerts, windows, hours, strict=True)
        )

    def _changes(self, alert: Alert, window: Window) -> list[Change]:
        since, until = window
        return [change for change in self.changes if since <= change.at <= until and _near(change, alert)]


def page(source: Source, now: datetime, labelled: str = "") -> Page:
    """Return the whole page as it is now."""
    alerts = source.alerts(now - OVER)
    open_ = [alert for alert in alerts if alert.state != "resolved"]
    own = [alert for alert in open_ if not alert.parent]
    advice = source.advice(now)
    rows = [model.row(leaf, open_, advice, now) for leaf in source.leaves(now)]
    coverage = source.coverage()
    reading = Reading(source, now, alerts, advice, _changes(source, own, now))
    over = [alert for alert in alerts if alert.state == "resolved" and not alert.parent]
    return Page(
        now=now,
        labelled=labelled,
        summary=model.summary(rows, own, coverage),
        rows=tuple(sorted(rows, key=_place)),
        cards=reading.cards(model.ranked(own)),
        over=tuple(model.card(alert, now, advice=advice) for alert in model.ranked(over)),
        advised=model.advised(advice),
        coverage=coverage,
    )


def single(source: Source, alert_id: str, now: datetime, wanted: Window | None = None) -> Card | None:
    """Return one alert with everything known about it, None where nobody knows it.

    Parameters
    ----------
    wanted : the time its charts show; a time that suits the alert otherwise
    """
    alert = source.alert(alert_id)
    if alert is None:
        return None
    joined = [each for each in source.alerts(now - OVER) if each.parent == alert.id]
    reading = Reading(source, now, [alert, *joined], source.advice(now), _changes(source, [alert], now))
    return reading.cards([alert], companions=True, wanted=wanted)[0]


def _changes(source: Source, alerts: Sequence[Alert], now: datetime) -> Sequence[Change]:
    if not alerts:
        return ()
    return source.changes(min(charts.window(alert, now)[0] for alert in alerts), now)


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
