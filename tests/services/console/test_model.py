"""What the page says, before it is HTML."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from services.console.asked import PER_PAGE, Asked
from services.console.assemble import WHOLE, listed, page, single
from services.console.place import wanted
from services.console.records import Raised, Series
from services.console.row import advice_short, row, spark, touches
from services.wording.advice import sentence
from tests.services.console.fleet import Fleet
from tests.services.console.made import (
    ADVICE,
    BAD_ANSWER,
    DRIFT,
    HABITS,
    NOW,
    OUTAGE,
    OVER,
    RETIRING,
    STOPPED,
    TOXIC,
)

SHOWN = page(Fleet(), NOW, "simulated")
ROWS = {each.key.route: each for each in SHOWN.part.rows}


def test_order() -> None:
    """What needs somebody stands first, in the fleet and among the alerts."""
    assert [each.state for each in SHOWN.part.rows][:4] == ["page", "page", "ticket", "learning"]
    severities = [each.alert.severity for each in (*SHOWN.cards, *SHOWN.others)]
    assert severities == ["page", "page", "page", "ticket"]


def test_few_whole() -> None:
    """The loudest alerts stand with their charts, the others in a line."""
    assert (len(SHOWN.cards), len(SHOWN.others)) == (WHOLE, 1)
    assert all(card.charts for card in SHOWN.cards)
    assert not SHOWN.others[0].charts


def test_filter() -> None:
    """What is asked for are parts of names, in capitals or not; alerts and advice are those of its rows."""
    shown = page(Fleet(), NOW, asked=Asked(team="SEARCH", model="openai/"))
    assert {row.key.route for row in shown.part.rows} == {"search/rank", "search/rewrite"}
    assert (shown.part.found, shown.part.total, shown.cards) == (2, 8, ())
    assert [one.advice.route for one in shown.advised] == ["search/rank"]
    paged = page(Fleet(), NOW, asked=Asked(state="page"))
    assert {row.state for row in paged.part.rows} == {"page"}
    assert page(Fleet(), NOW, asked=Asked(route="x" * 300)).part.rows == ()


@pytest.mark.parametrize("said", ["", "0", "-3", "x", "1e3", "٣", "9" * 400])
def test_page_number(said: str) -> None:
    """A page that is none is the first, and a state that is none is any."""
    assert Asked.of({"page": said, "state": "<script>"}) == Asked()


def test_many() -> None:
    """Hundreds of rows are pages, the loudest first; beyond the last is the last."""
    many = [replace(HABITS[0], key=replace(HABITS[0].key, route=f"r{n}")) for n in range(120)]
    source = Fleet(habits=many, alerts_=())
    first, beyond = (page(source, NOW, asked=Asked(team="support", page=n)).part for n in (1, 99))
    assert (len(first.rows), first.found, first.before) == (PER_PAGE, 120, "")
    assert first.after == "/?team=support&page=2"
    assert (len(beyond.rows), beyond.first, beyond.before, beyond.after) == (
        20,
        101,
        "/?team=support&page=2",
        "",
    )
    assert not {row.key for row in first.rows} & {row.key for row in beyond.rows}


def test_states() -> None:
    """A route is as its worst open alert; else learning while it is new; else silent or as usual."""
    assert (ROWS["support/answer"].state, ROWS["legal/draft"].state) == ("page", "usual")
    assert ROWS["legal/redline"].says == "learning, 2 of 14 days"
    leaf = replace(Fleet().leaves(NOW)[2], last_seen=NOW - timedelta(days=2))
    assert row(leaf, [], None, NOW).says == "none for 2 d"


def test_unknown_is_a_dash() -> None:
    """What could not be judged is a dash, not a zero."""
    unsupported = ROWS["support/triage"].rates[1]
    assert (unsupported.text, unsupported.share) == ("-", None)


def test_touches() -> None:
    """An alert about a platform's model touches the rows of that model on its routes."""
    keys = {each.key.route: each.key for each in SHOWN.part.rows}
    assert touches(OUTAGE, keys["search/chat"])
    assert not touches(OUTAGE, keys["support/answer"])
    assert touches(RETIRING, keys["support/summary"])


def test_joined() -> None:
    """An alert that joined another stands within it, not beside it."""
    assert DRIFT.id not in {each.alert.id for each in SHOWN.cards}
    card = next(each for each in SHOWN.cards if each.alert.id == BAD_ANSWER.id)
    assert card.joined == (DRIFT,)


def test_card() -> None:
    """A card says what, how bad with interval and n, since when, and the change before it."""
    card = single(Fleet(), BAD_ANSWER.id, NOW)
    assert card is not None
    facts = {fact.name: (fact.value, fact.basis) for fact in card.facts}
    assert facts["when found, 18 Nov 06:34 UTC"] == ("8.1 %", "7.2-9.1 · n 1,512")
    (how,) = (line.text for line in card.lines if line.name == "How bad")
    assert how.startswith("when found, 18 Nov 06:34 UTC: 8.1 % of judged answers")
    assert facts["began"] == ("18 Nov 00:25", "17 Nov 23:20 to 18 Nov 01:10")
    assert card.change == "25 min before: prompt v13 → v14 by ana: answer template"
    assert card.status == "firing 20 h 38 min"


def test_found_anew() -> None:
    """What has grown says when it was found so large; what is said of a part says nothing of its size."""
    part = Raised(replace(BAD_ANSWER.series, model="gpt-4o"), NOW - timedelta(hours=1))
    again = Raised(BAD_ANSWER.series, NOW - timedelta(hours=3))
    card = single(Fleet(alerts_=[replace(BAD_ANSWER, raised=(again, part))]), BAD_ANSWER.id, NOW)
    assert card is not None
    assert card.facts[0].name == "when found, 00:13 UTC"


def test_last_day() -> None:
    """Beside what was found stands what the rows of the fleet say of the last day, where they have it."""
    lately = {card.alert.id: [one for one in card.facts if one.name == "last 24 h"] for card in SHOWN.cards}
    (fact,) = lately[BAD_ANSWER.id]
    rate = ROWS["support/answer"].rates[1]
    assert (fact.value, fact.basis) == (rate.text, f"{rate.between} · n {rate.n:,}")
    prompts = replace(TOXIC, facts={"what": "toxic prompts"})
    shown = page(Fleet(alerts_=[prompts, RETIRING, STOPPED]), NOW)
    assert {one.name for card in shown.cards for one in card.facts} & {"last 24 h"} == set()


def test_ways_on() -> None:
    """An alert leads to its series where it is about one, to what joined it and what it joined."""
    assert [card.series for card in SHOWN.cards] == ["", "", ""]
    key = HABITS[0].key
    series = Series("route_model", key.tenant, key.platform, key.route, key.model)
    old = replace(BAD_ANSWER, series=series, began_at=NOW - timedelta(days=90))
    card = single(Fleet(alerts_=[old, DRIFT]), old.id, NOW)
    assert card is not None
    assert (card.joined, card.parent) == ((DRIFT,), None)
    query = parse_qs(urlsplit(card.series).query)
    asked = wanted({name: values[0] for name, values in query.items()}, NOW)
    assert (asked.misread, asked.window[1]) == (False, NOW.replace(minute=0) + timedelta(hours=1))
    assert asked.last == ""
    drift = single(Fleet(alerts_=[old, DRIFT]), DRIFT.id, NOW)
    assert drift is not None
    assert (drift.joined, drift.parent) == ((), old)


def test_joined_by_way_of_another() -> None:
    """What joined an alert that joined another stands within the first; who joined nobody known, alone."""
    second = replace(DRIFT, id="second", parent=DRIFT.id)
    lost = replace(DRIFT, id="lost", parent="long-gone")
    alerts = listed(Fleet(alerts_=[BAD_ANSWER, DRIFT, second, lost]), NOW)
    assert [(card.alert.id, card.joined) for card in alerts.open] == [
        (BAD_ANSWER.id, (DRIFT, second)),
        ("lost", ()),
    ]
    assert (alerts.open_n, alerts.joined_n) == (2, 2)


def test_quiet() -> None:
    """Where nothing is out of the usual it is said of how much that can be told."""

    def said(*days: int) -> str:
        habits = [replace(HABITS[0], days_known=known) for known in days]
        return page(Fleet(habits=habits, alerts_=()), NOW).quiet

    assert said(28, 28) == "Nothing is out of the usual."
    assert said(28, 2, 28) == "Nothing is out of the usual; 1 of 3 series is learning."
    assert said(28, 2, 2) == "Nothing is out of the usual; 2 of 3 series are learning."
    assert said(2, 2) == "Nothing can be told yet: all 2 series are learning."
    assert said(2) == "Nothing can be told yet: the only series is learning."
    assert said() == "No series, so nothing is known to be out of the usual."


def test_over() -> None:
    """What is over stands below what is open, with how long it lasted."""
    alerts = listed(Fleet(), NOW)
    assert [each.alert.id for each in alerts.over] == [OVER.id]
    assert alerts.over[0].status == "over after 2 d"
    assert DRIFT.id not in {each.alert.id for each in alerts.open}


def test_missing() -> None:
    """An id that nobody has is no page."""
    assert single(Fleet(), "no-such", NOW) is None


def test_summary() -> None:
    """The first line sums up the fleet."""
    facts = {fact.name: fact for fact in SHOWN.summary}
    assert (facts["open alerts"].value, facts["open alerts"].basis) == ("4", "3 of them page")
    assert facts["as usual"].value == "4 of 8"
    assert facts["events kept, 24 h"].value == "99.9 %"


def test_advice() -> None:
    """Advice says where to, what it saves and what it rests on; abstaining is a dash with a reason."""
    moving, abstaining = ADVICE
    assert advice_short(moving) == "openai/gpt-5.4-mini"
    assert "spend -61 % (price list, own token mix), no claim about quality" in sentence(moving)
    labelled = replace(moving, quality_difference=-0.012, n=900)
    assert "bad answers -1.2 points (900 labelled pairs)" in sentence(labelled)
    assert (advice_short(abstaining), advice_short(None)) == ("-", "-")
    assert "not enough evidence" in sentence(abstaining)
    trial = replace(moving, state="experiment")
    assert advice_short(trial) == "try openai/gpt-5.4-mini"
    assert sentence(trial).endswith("worth an experiment, not a switch yet")


def test_advised() -> None:
    """Every recommendation is on the page, those with a goal first, whether or not an alert is open."""
    moving, abstaining = SHOWN.advised
    assert (moving.where, moving.text) == ("support/summary · openai/o3", sentence(ADVICE[0]))
    assert abstaining.where == "search/rank · openai/gpt-4.1"


def test_spark() -> None:
    """A small line needs two hours with calls; nothing is drawn for silence."""
    assert spark([0, 0, 0]) == ""
    assert spark([0, 5, 10]) == "0.0,19.0 48.0,10.0 96.0,1.0"


def test_empty() -> None:
    """A store without anything in it is a page, too."""
    shown = page(Fleet(habits=(), alerts_=(), changes_=(), advice_=(), calls_=()), NOW)
    assert (shown.part.rows, shown.cards, shown.others) == ((), (), ())


def test_row_names_itself_once() -> None:
    """What a row says leaves out the route and model that the row names already."""
    leaf = Fleet().leaves(NOW)[0]
    where = f"{leaf.key.route} ({leaf.key.platform}/{leaf.key.model})"
    alert = replace(
        BAD_ANSWER,
        series=Series("route_model", leaf.key.tenant, leaf.key.platform, leaf.key.route, leaf.key.model),
        routes=(leaf.key.route,),
        title=f"{where}: 40 % of calls have no price, spend is incomplete",
    )
    assert row(leaf, [alert], None, NOW).says == "40 % of calls have no price, spend is incomplete"


def test_information_counts_apart() -> None:
    """Information is no open alert, but it is not hidden either."""
    shown = page(Fleet(alerts_=[BAD_ANSWER, replace(DRIFT, parent="")]), NOW)
    assert (shown.summary[0].value, shown.loud, len(shown.cards)) == ("1", 1, 2)
