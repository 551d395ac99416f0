"""The page from the real engine: what was stored is what is shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from fmwatch.event import Change, Feedback
from starlette.testclient import TestClient

from detectors.monitors.base import Series, Signal
from services import alert_json
from services.alerter.alerter import Alerter
from services.alerter.rules import Rules
from services.alerter.store_ledger import StoreLedger
from services.console.assemble import page, single
from services.console.page import app
from services.console.source import StoreSource
from store.database import Database
from store.labels import BAD_LABEL, PAIR_TAG
from store.rollup import Rollup
from store.writer import Writer
from tests.store.fleet import MINUTE, START, batch, calls, verdicts

NOW = START + timedelta(hours=20)
ROUTE = "support/answer"
MINUTE_ = timedelta(minutes=1)


def fill(database: Database) -> str:
    """Store a morning of calls with one alert on a route; return the alert's id."""
    events = calls(900, step_s=60.0)
    writer = Writer(database)
    writer.generations([(batch(events), verdicts(events))])
    writer.changes([Change(START + timedelta(hours=5), "prompt", route=ROUTE, from_="v1", to="v2")])
    Rollup(database).catch_up()
    found = Signal(
        signal="hallucination",
        state="raised",
        series=Series("route", "default", route=ROUTE),
        team="support",
        minute=MINUTE + 420,
        began=MINUTE + 360,
        began_low=MINUTE + 340,
        began_high=MINUTE + 380,
        observed=0.12,
        reference=0.1,
        low=0.08,
        high=0.2,
        unit="ratio",
        n=120,
        routes=(ROUTE,),
        share_of_traffic=0.3,
        monitor="rate 1",
        examples=tuple(event.event_id for event in events if event.route == ROUTE)[:5],
    )
    alerter = Alerter(StoreLedger(database, lambda: NOW), Rules(), {})
    (alert,) = alerter.take([found], NOW, notify=False)
    return alert.id


def test_page(database: Database) -> None:
    """Every call is counted, every route has its row, the alert its evidence."""
    alert_id = fill(database)
    source = StoreSource(database)
    shown = page(source, NOW)
    assert sum(row.calls for row in shown.rows) == 900
    assert {row.key.route for row in shown.rows} == {"support/answer", "support/triage", "sales/mail"}
    assert {row.state for row in shown.rows if row.key.route == ROUTE} == {"page"}
    (card,) = shown.cards
    assert card.alert.id == alert_id
    assert card.change == "1 h before: prompt v1 → v2"
    assert card.examples == 3
    assert card.charts[0].marks[0].label == "prompt v1 → v2"
    assert shown.coverage.events == 900


def test_single(database: Database) -> None:
    """An alert's own page counts the same calls as the store, route by route."""
    card = single(StoreSource(database), fill(database), NOW)
    assert card is not None
    own = database.rows("SELECT count() AS n FROM v_calls WHERE route = {route:String}", {"route": ROUTE})
    assert sum(card.charts[0].n) == own[0]["n"]


def test_empty(database: Database) -> None:
    """A store without a single call is a page that says so, and claims nothing."""
    now = datetime(2026, 5, 5, tzinfo=UTC)
    shown = page(StoreSource(database), now)
    assert (shown.rows, shown.cards, shown.coverage.events) == ((), (), 0)
    text = TestClient(app(StoreSource(database), lambda: now)).get("/").text
    assert "No data yet" in text
    assert "100.0 %" not in text
    assert "Nothing is out of the usual" not in text


def test_examples_are_the_alert_s_own(database: Database) -> None:
    """A call that bears an example's id on another route is not shown as one."""
    alert_id = fill(database)
    source = StoreSource(database)
    alert = source.alert(alert_id)
    assert alert is not None
    elsewhere = replace(alert, series=replace(alert.series, route="sales/mail"), routes=("sales/mail",))
    foreign = replace(alert, series=replace(alert.series, tenant="acme"))
    mine, none, other, quiet = source.calls([alert, elsewhere, foreign, replace(alert, examples=())])
    assert sorted(call.event_id for call in mine) == sorted(alert.examples)
    assert (list(none), list(other), list(quiet)) == ([], [], [])


def test_hours_of_many(database: Database) -> None:
    """Read at once or one by one, each alert gets its own hours and nobody else's."""
    alert_id = fill(database)
    source = StoreSource(database)
    route = source.alert(alert_id)
    assert route is not None
    everything = replace(route, series=replace(route.series, level="fleet", route=""), routes=())
    nobody = replace(route, series=replace(route.series, tenant="acme"))
    asked = [route, everything, nobody]
    windows = [(START, NOW), (START, START + timedelta(hours=4)), (START, NOW)]
    found = source.hours(asked, windows)
    assert [source.hours([one], [window])[0] for one, window in zip(asked, windows, strict=True)] == found
    counts = [sum(hour.sums.n for hour in hours) for hours in found]
    own = database.rows("SELECT count() AS n FROM v_calls WHERE route = {route:String}", {"route": ROUTE})
    assert counts == [own[0]["n"], 240, 0]


def test_judged(database: Database) -> None:
    """Pairs, those judged, by how many, and how far people agree are counted as they are stored."""
    events = calls(40, step_s=60.0)
    again = [
        replace(each, event_id=f"again-{each.event_id}", request_model="next", tags={PAIR_TAG: each.event_id})
        for each in events[:4]
    ]
    writer = Writer(database)
    writer.generations([(batch(batched), verdicts(batched)) for batched in (events, again)])
    said = [("again-e0", "ana", True), ("again-e0", "ben", True), ("e0", "ana", False), ("e0", "ben", True)]
    said += [("again-e1", "ana", True), ("again-e1", "ana", False), ("e1", "ana", False)]
    labels = [
        Feedback(
            event_id=event_id, kind="label", name=BAD_LABEL, value=bad, by="human", at=START + place * MINUTE_
        )
        for place, (event_id, person, bad) in enumerate(said)
    ]
    labels = [
        replace(one, extra={"person": person}) for one, (_, person, _) in zip(labels, said, strict=True)
    ]
    writer.feedback(labels)
    found = {one.route: one for one in StoreSource(database).judged(START)}
    assert sum(one.pairs for one in found.values()) == 4
    assert sum(one.done for one in found.values()) == 2
    assert max(one.people for one in found.values()) == 2
    agreed = [one.agreement for one in found.values() if one.agreement.answers]
    assert [(one.answers, one.same) for one in agreed] == [(2, 1)]
    assert list(StoreSource(database).of("acme").judged(START)) == []


def test_one_document(database: Database) -> None:
    """An alert read from the store is the same document that its receivers get."""
    alert_id = fill(database)
    (own,) = Alerter(StoreLedger(database, lambda: NOW), Rules(), {}).grouping.open
    read = StoreSource(database).alert(alert_id)
    assert read is not None
    assert alert_json.document(read) == alert_json.document(own)
    assert alert_json.document(own)["nearest_change"] is not None
