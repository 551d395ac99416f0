"""The page from the real engine: what was stored is what is shown."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from fmwatch.event import Change, Feedback
from starlette.testclient import TestClient

from detectors.monitors.base import Series, Signal
from services import alert_json
from services.alerter.alerter import Alerter
from services.alerter.rules import Rules
from services.alerter.store_ledger import StoreLedger
from services.console.assemble import Reading, page, series_page, single, spend_page
from services.console.charts import chart, charts, window
from services.console.month import Month
from services.console.organisation import Organisation
from services.console.page import PAGES
from services.console.place import Wanted
from services.console.source import StoreSource
from services.console.spend import Asked
from services.console.sums import Key
from services.deadlines.deadline import Deadline, as_row
from store.database import Database
from store.labels import BAD_LABEL, PAIR_TAG
from store.meta import MonitorState, remember, save_monitors
from store.passage import watched_until
from store.rollup import Rollup
from store.writer import Writer
from tests.services.console.alone import app
from tests.store.fleet import MINUTE, START, batch, calls, moved, verdicts

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
    assert sum(row.calls for row in shown.part.rows) == 900
    assert {row.key.route for row in shown.part.rows} == {"support/answer", "support/triage", "sales/mail"}
    assert {row.state for row in shown.part.rows if row.key.route == ROUTE} == {"page"}
    (card,) = shown.cards
    assert card.alert.id == alert_id
    assert card.change == "1 h before: prompt v1 → v2"
    assert card.examples == 3
    assert card.charts[0].marks[0].label == "prompt v1 → v2"


def test_day(database: Database) -> None:
    """The fleet's day is 24 whole hours and the running one, for calls and the small line alike."""
    fill(database)
    source, now = StoreSource(database), START + timedelta(hours=24, minutes=59)
    for moment, n in ((now, 900), (now.replace(minute=0), 900), (now + timedelta(hours=1), 840)):
        leaves = source.leaves(moment)
        assert sum(leaf.day.n for leaf in leaves) == n
        assert sum(sum(leaf.calls) for leaf in leaves) == n


def test_single(database: Database) -> None:
    """An alert's own page counts the same calls as the store, route by route."""
    card = single(StoreSource(database), fill(database), NOW)
    assert card is not None
    assert [one.series for one in card.alert.raised] == [card.alert.series]
    own = database.rows("SELECT count() AS n FROM v_calls WHERE route = {route:String}", {"route": ROUTE})
    assert sum(card.charts[0].n) == own[0]["n"]


def test_empty(database: Database) -> None:
    """A store without a single call is a page that says so, and claims nothing."""
    now = datetime(2026, 5, 5, tzinfo=UTC)
    shown = page(StoreSource(database), now)
    assert (shown.part.rows, shown.cards) == ((), ())
    text = TestClient(app(StoreSource(database), lambda: now)).get("/").text
    assert "No data yet" in text
    assert "100.0 %" not in text
    assert "Nothing is out of the usual" not in text


def test_stopped_long_ago(database: Database) -> None:
    """A store whose calls stopped is not called empty: it says when the last one was; meanwhile rows do."""
    fill(database)
    later = TestClient(app(StoreSource(database), lambda: NOW + timedelta(days=2))).get("/").text
    assert "none for 2 d" in later
    text = TestClient(app(StoreSource(database), lambda: NOW + timedelta(days=70))).get("/").text
    assert "No calls within 60 days; the newest was at 04 May 2026 14:00 UTC." in text
    assert "No data yet" not in text
    assert StoreSource(database).of("acme").newest(NOW) is None


def test_stop(database: Database) -> None:
    """The chart of calls that stopped has a known 0 for each hour up to now, and the others a gap."""
    source = StoreSource(database)
    alert = source.alert(fill(database))
    assert alert is not None
    silence = replace(alert, signal="silence", began_at=START + timedelta(hours=15), reference=20.0)
    now = NOW + timedelta(minutes=30)
    (hours,) = source.hours([silence], [window(silence, now)])
    (calls_,) = charts(silence, hours, [], now)
    assert (calls_.value[-5:], calls_.end[-1], calls_.reference) == ((0.0,) * 5, NOW, 20.0)
    assert calls_.value[-6] == hours[-1].sums.n
    errors = chart("error", silence, hours, [], now)
    assert (errors.value[-1], errors.start[-1], errors.end[-1]) == (None, START + timedelta(hours=15), NOW)


def test_another_model(database: Database) -> None:
    """An alert about who answers draws the new model's share of the answers that say who gave them."""
    alert = StoreSource(database).alert(fill(database))
    assert alert is not None
    usual = calls(900, step_s=60.0)
    silent = [moved(each, response_model="") for each in usual[540:600]]
    events = [*silent, *(moved(each, response_model="gpt-4o-2024-11-20") for each in usual[600:])]
    Writer(database).generations([(batch(events), verdicts(events))])
    facts = {"from": "gpt-4o-2024-08-06", "to": "gpt-4o-2024-11-20"}
    changed = replace(alert, signal="model_changed", facts=facts, reference=0.0, observed=1.0)
    source, shown = StoreSource(database), window(changed, NOW)
    (counted,) = source.hours([changed], [shown])
    hours = source.answered(changed, shown, counted)
    own = sum(event.route == ROUTE for event in events[60:])
    assert sum(hour.sums.served_new for hour in hours) == own
    assert [hour.sums.served_n for hour in hours if hour.at == START + timedelta(hours=9)] == [0]
    drawn = charts(changed, hours, [], NOW)[0]
    assert drawn.label == "share of answers that the new model gave"
    assert (drawn.value[0], drawn.value[-2], drawn.value[-1]) == (0.0, 1.0, None)


def test_unknown_model(database: Database) -> None:
    """Where it is not known which model is new, its share is not drawn as nothing: calls are drawn."""
    source, alert = StoreSource(database), StoreSource(database).alert(fill(database))
    assert alert is not None
    for facts in ({}, {"from": "gpt-4o-2024-08-06", "to": ""}):
        changed = replace(alert, signal="model_changed", facts=facts)
        (card,) = Reading(source, NOW, [changed], (), ()).cards([changed], companions=True)
        assert card.charts[0].label == "calls per hour"


def test_not_summed_up(database: Database) -> None:
    """Where nobody sums up, nothing is said of the hours since: not known is not none."""
    source, alert_id = StoreSource(database), fill(database)
    stored = source.alert(alert_id)
    assert stored is not None
    silence = replace(stored, signal="silence", began_at=START + timedelta(hours=15))

    def zeros() -> int:
        reading = Reading(source, NOW, [silence], (), ())
        return reading.cards([silence])[0].charts[0].value.count(0.0)

    for hours in (20, 18, 3):
        remember(database, "rollup_done", str(int((START + timedelta(hours=hours)).timestamp() * 1e6)))
        assert zeros() == max(0, hours - 15)


def test_series(database: Database) -> None:
    """A route on a model counts the store's own calls, hour by hour, and names whose it is and until when."""
    fill(database)
    source = StoreSource(database)
    key = Key("default", "", ROUTE, "azure", "gpt-4o")
    own = database.rows(
        "SELECT count() AS n, countIf(outcome = 'error') AS errors FROM v_calls "
        "WHERE route = {route:String} AND request_model = 'gpt-4o'",
        {"route": ROUTE},
    )[0]
    asked = Wanted((START, NOW), "", misread=False)
    shown = series_page(source, key, asked, NOW, organisation=Organisation(owners={"support": "ana"}))
    assert shown is not None
    assert (shown.calls, shown.owner, shown.known.teams) == (str(own["n"]), "ana", ("support",))
    assert sum(each.sums.n for each in shown.bins) == own["n"]
    assert shown.measures[0].basis.endswith(f"n {own['n']}")
    assert [mark.label for mark in shown.marks] == ["prompt v1 → v2"]
    assert [card.alert.signal for card in shown.alerts] == ["hallucination"]
    assert (shown.life.text, shown.measures[0].watching) == ("no last day known", "")
    nobody = replace(key, model="gpt-5")
    assert series_page(source, nobody, asked, NOW, organisation=Organisation()) is None


def test_known_of_a_series(database: Database) -> None:
    """How far monitors have come with a series, and when its model stops, are read for that series only."""
    state = {
        "signal": "error",
        "level": "route_model",
        "platform": "azure",
        "route": ROUTE,
        "model": "gpt-4o",
    }
    row = {"tenant": "default", "state": "learning", "watched": "gross", "since": NOW, "ready_at": NOW}
    database.insert(
        "series_state",
        {name: [value] for name, value in {**state, **row, "updated_at": database.moment()}.items()},
    )
    day = Deadline("default", "azure", "gpt-4o", "announced", NOW.date(), 0, NOW, NOW)
    database.insert("deadlines", {name: [value] for name, value in as_row(day, NOW).items()})
    source = StoreSource(database)
    key = Key("default", "", ROUTE, "azure", "gpt-4o")
    (watching,) = source.watching(key)
    assert (watching.signal, watching.state, watching.watched) == ("error", "learning", "gross")
    assert source.deadline(key) == day
    for other in (replace(key, model="gpt-4o-mini"), replace(key, tenant="acme")):
        assert (source.watching(other), source.deadline(other)) == ([], None)


def test_spend(database: Database) -> None:
    """A month's spend is that of the store's calls, team by team and as a forecast from their hours."""
    fill(database)
    source = StoreSource(database)
    shown = spend_page(
        source, Asked(Month(2026, 5)), NOW, organisation=Organisation(budgets={"support": 1.0})
    )
    own = {
        row["team"]: row
        for row in database.rows(
            "SELECT team, count() AS n, countIf(isNotNull(cost_pusd)) AS priced, "
            "sum(cost_pusd) / 1e12 AS usd FROM v_calls GROUP BY team"
        )
    }
    for row in shown.rows:
        assert (row.calls, row.priced) == (own[row.name]["n"], own[row.name]["priced"])
        assert row.usd == (pytest.approx(own[row.name]["usd"]) if row.priced else None)
    hours = source.spent_hours(["support"], START, NOW)
    assert {each.team for each in hours} == {"support"}
    assert source.spent_hours([], START, NOW) == []
    assert spend_page(source, Asked(Month(2031, 1)), NOW, organisation=Organisation()).rows == ()


def test_pipeline(database: Database) -> None:
    """What passed is counted from receipts, what is late apart; how far all is stands beside it."""
    fill(database)
    at = NOW.replace(minute=0)
    counts = [
        ("gateway", {"accepted": 50, "captured": 52, "lost_queue_full": 2}),
        ("worker", {"stored": 40, "scored": 30}),
    ]
    for minute in (at - timedelta(hours=1), at - timedelta(minutes=2)):
        for place, told in counts:
            row = {"tenant": "default", "minute": minute, "team": "support", "place": place, "source": place}
            database.insert("receipts", {k: [v] for k, v in {**row, "counts": told, "at": minute}.items()})
    save_monitors(database, {"rate": MonitorState(int(at.timestamp()) // 60, b"x")})
    remember(database, "heartbeat", at.isoformat())
    found = StoreSource(database).pipeline((START, NOW), at - timedelta(minutes=15), NOW)
    (passed,) = found.passed
    assert (passed.captured, passed.lost, passed.reasons) == (104, 4, {"lost_queue_full": 4})
    assert (passed.accepted, passed.stored, passed.scored) == (100, 80, 60)
    assert (passed.missing, passed.overdue) == (20, 10)
    assert {each.detector for each in found.judged} >= {"refusal", "hallucination"}
    assert all(each.n == 900 for each in found.judged)
    assert max(each.lag_s for each in found.judged) < 86_400  # also of those that could judge none
    midnight = START + timedelta(days=1)
    after = StoreSource(database).pipeline(
        (midnight - timedelta(hours=23), midnight + timedelta(hours=1)), at, NOW
    )
    assert after.judged == found.judged  # just after midnight the day before counts, too
    assert found.watched_until == at
    assert found.heartbeat == at
    assert found.newest == START + timedelta(minutes=899)


def test_monitor_that_is_gone(database: Database) -> None:
    """How far all have watched is said by those that watch, not by one that was renamed since."""
    for name, minute, saved in (
        ("old", 10, NOW - timedelta(hours=3)),
        ("rate", 500, NOW),
        ("drift", 400, NOW),
    ):
        state = {"monitor": name, "minute": minute, "state": "", "updated_at": saved}
        database.insert("monitor_state", {column: [value] for column, value in state.items()})
    assert watched_until(database) == datetime.fromtimestamp(400 * 60, UTC)


def test_nothing_anywhere(database: Database) -> None:
    """Every page of an empty store says that there is nothing, and none fails."""
    browser = TestClient(app(StoreSource(database), lambda: NOW))
    for _, path in PAGES:
        assert browser.get(path).status_code == 200
    assert "Nothing is stored yet" in browser.get("/pipeline").text
    assert "No calls in May 2026, nor in the month before" in browser.get("/spend").text
    assert "No alert is open" in browser.get("/alerts").text


def test_one_event(database: Database) -> None:
    """A store with a single call shows it on every page, with an interval that says how little one is."""
    events = calls(1)
    Writer(database).generations([(batch(events), verdicts(events))])
    Rollup(database).catch_up()
    browser = TestClient(app(StoreSource(database), lambda: START + timedelta(minutes=5)))
    text = browser.get("/").text
    link = re.search(r'<th scope="row"><a href="(/series[^"]*)"', text)
    assert link
    assert "1 to 1 of 1" in text
    series = browser.get(unescape(link[1])).text
    assert "0-79, n 1" in series or "21-100, n 1" in series
    assert "<small>n 1</small>" in series, "of one call's latency nothing more is known"
    assert "nothing to draw" in series


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
    said += [("again-e1", "ana", True), ("again-e1", "ana", False), ("e1", "ana", False), ("e1", "", True)]
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
    assert sorted((one.answers, one.same) for one in agreed) == [(1, 0), (2, 1)]
    assert list(StoreSource(database).of("acme").judged(START)) == []


def test_one_document(database: Database) -> None:
    """An alert read from the store is the same document that its receivers get."""
    alert_id = fill(database)
    (own,) = Alerter(StoreLedger(database, lambda: NOW), Rules(), {}).grouping.open
    read = StoreSource(database).alert(alert_id)
    assert read is not None
    assert alert_json.document(read) == alert_json.document(own)
    assert alert_json.document(own)["nearest_change"] is not None
