"""Read what a page needs and put it together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.console import charts, model, pipeline, series, spend
from services.console.asked import EVERYTHING, Asked, Part, part
from services.console.bins import evenly
from services.console.model import Advised, Card, Fact
from services.console.organisation import Organisation
from services.console.pipeline import PipelinePage
from services.console.place import Wanted, presets, series_address
from services.console.records import Alert, Change, Source, Window
from services.console.row import Row, row, touches
from services.console.series import SeriesPage
from services.console.spend import SpendPage
from services.console.sums import Key, Leaf, total
from services.wording.advice import Advice
from services.wording.numbers import count

OVER = timedelta(days=14)  # how long an alert that is over is listed
WHOLE = 3  # alerts that the fleet's page shows with their evidence; their charts are most of its weight
MOST_OPEN, MOST_OVER = 200, 100  # alerts that are listed


@dataclass(frozen=True, slots=True)
class Page:
    """The fleet's page.

    Attributes
    ----------
    cards : the loudest open alerts, with their evidence; others : those after them
    loud : how many of both are more than information
    quiet : what is known where no alert is open
    newest : hour of the newest call where the fleet has none lately, None where there never was one
    """

    now: datetime
    labelled: str
    summary: tuple[Fact, ...]
    tenants: int
    part: Part
    cards: tuple[Card, ...]
    others: tuple[Card, ...]
    loud: int
    quiet: str
    newest: datetime | None
    advised: tuple[Advised, ...]


@dataclass(frozen=True, slots=True)
class AlertList:
    """Alerts in a line each: of `open_n` that are open the loudest, of `over_n` that are over the last.

    Attributes
    ----------
    joined_n : how many more are open that joined another one
    """

    now: datetime
    labelled: str
    open: tuple[Card, ...]
    open_n: int
    joined_n: int
    over: tuple[Card, ...]
    over_n: int


@dataclass(frozen=True, slots=True)
class Reading:
    """What the cards of one page share, read once."""

    source: Source
    now: datetime
    alerts: Sequence[Alert]
    advice: Sequence[Advice]
    changes: Sequence[Change]
    leaves: Sequence[Leaf] = ()

    def cards(
        self, alerts: Sequence[Alert], *, companions: bool = False, wanted: Window | None = None
    ) -> tuple[Card, ...]:
        """Return alerts with their evidence, read for all of them at once; in the window that is wanted."""
        windows = [wanted or charts.window(alert, self.now) for alert in alerts]
        hours = self.source.hours(alerts, windows)
        if companions:  # on a page of its own: single calls are read for that
            pairs = zip(alerts, windows, hours, strict=True)
            hours = [self.source.answered(alert, window, own) for alert, window, own in pairs]
        # Where nobody sums up, hours without calls are hours of which nothing is known.
        known = min(self.now, (self.source.summed_until() if alerts else None) or self.now)
        joined = model.joined_to(self.alerts)
        return tuple(
            model.card(
                alert,
                self.now,
                advice=self.advice,
                joined=joined.get(alert.id, ()),
                leaves=self.leaves,
                charts=charts.charts(
                    alert,
                    own,
                    self._changes(alert, window),
                    min(window[1], known),
                    companions=companions,
                ),
            )
            for alert, window, own in zip(alerts, windows, hours, strict=True)
        )

    def _changes(self, alert: Alert, window: Window) -> list[Change]:
        since, until = window
        return [change for change in self.changes if since <= change.at <= until and _near(change, alert)]


def page(source: Source, now: datetime, labelled: str = "", asked: Asked = EVERYTHING) -> Page:
    """Return the fleet as it is now, as far as it is asked for."""
    alerts = source.alerts(now - OVER)
    open_ = model.ranked([alert for alert in alerts if alert.state != "resolved"])
    advice = source.advice(now)
    on = {model.advised_place(each): each for each in reversed(advice)}  # the most pressing of each stays
    leaves = source.leaves(now)
    lines = (row(leaf, open_, on.get(model.place(leaf.key)), now) for leaf in leaves)
    rows = sorted(lines, key=_place)
    shown = part(rows, asked)
    own = [alert for alert in open_ if not alert.parent]
    keys = {row.key for row in rows if asked.matches(row)}
    places = {model.place(key) for key in keys}
    meant = [one for one in own if not asked.filters or any(touches(one, key) for key in keys)]
    loudest, others = meant[:WHOLE], meant[WHOLE:]
    reading = Reading(source, now, alerts, advice, _changes(source, loudest, now), leaves)
    return Page(
        now=now,
        labelled=labelled,
        summary=model.summary(rows, own, source.unusable(now)),
        tenants=len({row.key.tenant for row in rows}),
        part=shown,
        cards=reading.cards(loudest),
        others=tuple(model.card(alert, now) for alert in others),
        loud=sum(alert.severity != "info" for alert in meant),
        quiet=model.quiet([row for row in rows if row.key in keys]),
        newest=None if rows else source.newest(now),
        advised=model.advised(
            [one for one in advice if not asked.filters or model.advised_place(one) in places]
        ),
    )


def listed(source: Source, now: datetime, labelled: str = "") -> AlertList:
    """Return the alerts that are open, and those that are over."""
    known = source.alerts(now - OVER)
    joined = model.joined_to(known)
    ids = {alert.id for alert in known}
    # One that joined what nobody lists any more stands for itself.
    alerts = [alert for alert in known if alert.parent not in ids]
    open_ = model.ranked([alert for alert in alerts if alert.state != "resolved"])
    over = [alert for alert in alerts if alert.state == "resolved"]
    over.sort(key=lambda alert: (alert.resolved_at or alert.began_at, alert.id), reverse=True)
    return AlertList(
        now=now,
        labelled=labelled,
        open=tuple(model.card(alert, now, joined=joined.get(alert.id, ())) for alert in open_[:MOST_OPEN]),
        open_n=len(open_),
        joined_n=sum(alert.state != "resolved" for alert in known) - len(open_),
        over=tuple(model.card(alert, now, joined=joined.get(alert.id, ())) for alert in over[:MOST_OVER]),
        over_n=len(over),
    )


def single(source: Source, alert_id: str, now: datetime, wanted: Window | None = None) -> Card | None:
    """Return one alert with everything known about it, None where nobody knows it.

    Parameters
    ----------
    wanted : the time its charts show, up to now while it is open; a time that suits the alert otherwise
    """
    alert = source.alert(alert_id)
    if alert is None:
        return None
    if wanted and alert.state != "resolved":
        wanted = wanted[0], max(wanted[1], now)
    known = [each for each in source.alerts(now - OVER) if each.id != alert.id]
    reading = Reading(source, now, [alert, *known], source.advice(now), _changes(source, [alert], now))
    card = reading.cards([alert], companions=True, wanted=wanted)[0]
    return replace(card, parent=source.alert(alert.parent)) if alert.parent else card


def series_page(
    source: Source, key: Key, asked: Wanted, now: datetime, *, organisation: Organisation, labelled: str = ""
) -> SeriesPage | None:
    """Return one route on one model in a window; None where it was not seen lately."""
    known = source.known(key, now)
    if known is None:
        return None
    since, until = asked.window
    hours, past = source.series(key, [asked.window, (since - series.USUAL, since)])
    sums, before = total(each.sums for each in hours), total(each.sums for each in past)
    alerts = model.ranked(
        [
            each
            for each in source.alerts(min(since, now - OVER))
            if touches(each, key) and each.began_low < until
        ]
    )
    changes = series.changes_of(key, source.changes(since, until))
    width = series.width(sums.n, asked.window)
    bins = evenly(hours, asked.window, width)
    spent, unpriced = series.spent(sums)
    return SeriesPage(
        now=now,
        labelled=labelled,
        key=key,
        owner=organisation.owner(key.route, known.teams),
        known=known,
        window=asked.window,
        exact=series_address(key, window=asked.window),
        presets=presets(series_address(key) + "&", asked.last),
        misread=asked.misread,
        calls=count(sums.n),
        spent=spent,
        unpriced=unpriced,
        life=series.life(source.deadline(key), now),
        measures=series.measures(sums, before, source.watching(key)),
        within=tuple(each for each in alerts if each.state != "resolved" and each.began_at < since),
        charts=series.charts(bins, before, alerts, changes),
        bins=tuple(bins),
        width_h=width // timedelta(hours=1),
        marks=series.marks(changes),
        alerts=tuple(model.card(each, now) for each in alerts),
        advice=model.advised(
            [each for each in source.advice(now) if model.advised_place(each) == model.place(key)]
        ),
    )


def spend_page(
    source: Source, asked: spend.Asked, now: datetime, *, organisation: Organisation, labelled: str = ""
) -> SpendPage:
    """Return what a month cost."""
    zone, month = organisation.zone, asked.month
    begins, ends = month.begins(zone), month.after.begins(zone)
    running = begins <= now < ends
    before = month.before.begins(zone)
    spent = source.spent(before, begins, ends)
    found = spend.rows(asked, *spent)
    if asked.by == "team":
        hours = source.spent_hours(tuple(organisation.budgets), *spend.learnt(now)) if running else ()
        spend.budgeted(found, hours, now, asked, organisation)
    return SpendPage(
        now=now,
        labelled=labelled,
        asked=asked,
        rows=tuple(found),
        whole=spend.whole(found),
        running=running,
        several=len({row.tenant for row in found}) > 1,
        zone=zone.key,
        first=spend.first(asked, spent[1], before),
    )


def pipeline_page(source: Source, asked: Wanted, now: datetime, labelled: str = "") -> PipelinePage:
    """Return what became of calls on their way, and whether fmwatch itself is alive."""
    found = source.pipeline(asked.window, now - pipeline.DUE, now)
    watches, says = pipeline.alive(found, now)
    return PipelinePage(
        now=now,
        labelled=labelled,
        window=asked.window,
        presets=presets("/pipeline?", asked.last),
        misread=asked.misread,
        alive=watches,
        says=says,
        warned=pipeline.warned(found, now, watches=watches),
        stages=pipeline.stages(found.passed),
        teams=tuple(found.passed[: pipeline.MOST]),
        teams_n=len(found.passed),
        letters=pipeline.letters(found.letters),
        detectors=pipeline.detectors(found.judged),
    )


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


def _place(row: Row) -> tuple[object, ...]:
    order = ("page", "ticket", "no calls", "info", "learning", "usual")
    return (order.index(row.state), row.key.team, row.key.route, row.key.model)
