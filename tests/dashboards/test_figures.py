"""Figures are true where not all is known that they are of: not judged, not over, long ago, not said."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from dashboards.boards import BOARDS
from dashboards.column import colours
from dashboards.panel import Panel
from dashboards.plugin import ALL, Shown, expanded
from dashboards.sql import per_good_answer
from services.report.fleet_week import bought
from store.database import Database
from store.rollup import Rollup
from store.testing import empty
from store.writer import Writer
from tests.dashboards.test_variables import NAMES, panel
from tests.store.fleet import START, batch, call, moved, verdicts

USD = 10**12  # as calls have it
SUMS = (
    "v_n", "v_errors", "v_empty", "v_cut", "v_refusal_n", "v_refused", "v_hallucination_n", "v_unsupported",
    "v_toxicity_response_n", "v_toxic_responses", "v_privacy_n", "v_privacy_found", "v_priced_n",
)  # fmt: skip
ASSESSED = [name for name in SUMS if name.endswith("_n") and name not in {"v_n", "v_priced_n"}]
HOUR = timedelta(hours=1)


@pytest.fixture
def store(opened_database: Database) -> Iterator[Database]:
    """Return an empty store, and leave it so."""
    empty(opened_database)
    yield opened_database
    empty(opened_database)


def asked(store: Database, one: Panel, shown: Shown) -> dict[str, Any]:
    """Return the first row of what a panel gets, everything chosen."""
    found = store.query(expanded(one.sql, {**dict.fromkeys(NAMES, ALL), "allowed": ("0.01",)}, shown))
    return {name: values[0] if values else None for name, values in found.items()}


def per_good(store: Database, *rows: Mapping[str, float]) -> list[str | None]:
    """Return what 1,000 good answers cost for 10 USD, of sums that are all judged and good but where said."""
    values = []
    for row in rows:
        n = row.get("v_n", 1000)
        whole = {**{name: n if name.endswith("_n") else 0 for name in SUMS}, **row}
        values.append(
            "(" + ", ".join(f"toUInt64({whole[name]})" for name in SUMS) + f", {row.get('v_usd', 10.0)})"
        )
    names = ", ".join(f"each.{i + 1} AS {name}" for i, name in enumerate((*SUMS, "v_usd")))
    rows_of = f"SELECT {names} FROM (SELECT arrayJoin([{', '.join(values)}]) AS each)"  # noqa: S608 - our own
    found = store.query(f"SELECT {per_good_answer()} FROM ({rows_of})")  # noqa: S608 - our own
    return list(found["usd_per_1000_good_interval"])


def ends(text: str) -> tuple[float, float]:
    """Return both ends of such a text."""
    low, high = text.partition(",")[0].removeprefix("$").split(" to ")
    return float(low), float("inf") if high == "?" else float(high)


def test_per_good_known(store: Database) -> None:
    """What was all judged has the bounds that faults which may meet leave, and no doubt besides."""
    assert per_good(
        store,
        {},
        {"v_unsupported": 500},
        {"v_unsupported": 200, "v_refused": 300},
        {"v_errors": 500} | dict.fromkeys(ASSESSED, 500) | {"v_privacy_n": 1000},
        {"v_unsupported": 1000},
        {"v_priced_n": 0},
    ) == [
        "$10 to 10, 100 % judged",
        "$20 to 20, 100 % judged",
        "$14.3 to 20, 100 % judged",
        "$20 to 20, 100 % judged",
        "$? to ?, 100 % judged",
        None,
    ]


def test_per_good_not_judged(store: Database) -> None:
    """What was not judged is taken to be like what was: never to be good, and of nothing nothing is said."""
    half, none, few, good = per_good(
        store,
        {"v_hallucination_n": 100, "v_unsupported": 50},
        {"v_hallucination_n": 0, "v_refused": 10},
        {"v_hallucination_n": 2},
        {"v_hallucination_n": 100},
    )
    assert half is not None
    assert none is not None
    assert few is not None
    assert good is not None
    assert half.endswith(", 10 % judged")
    low, high = ends(half)
    assert 15 < low < 20 < high < 26
    assert none == "$10.1 to ?, 0 % judged"
    assert ends(few)[0] == 10
    assert ends(few)[1] > 20
    assert ends(good)[0] == 10
    assert 10.1 < ends(good)[1] < 11


@pytest.mark.parametrize("met", [True, False], ids=["faults meet", "each by itself"])
@pytest.mark.parametrize("judged", [0.1, 0.6, 0.97])
def test_per_good_holds(store: Database, met: bool, judged: float) -> None:
    """Of weeks whose judged answers are drawn at random, 95 % or more cost what the interval says."""
    random, n, weeks = np.random.default_rng(7), 800, 300
    chances = np.array([0.05, 0.2, 0.1, judged, judged])[:, None]
    rows, costs = [], []
    for _ in range(weeks):
        fails, unsupported, other, seen, refusal_seen = random.random((5, n)) < chances
        refused = (other | (random.random(n) < 0.4)) & unsupported if met else other
        answers = int((~fails).sum())
        seen, refusal_seen, unsupported, refused = (
            one & ~fails for one in (seen, refusal_seen, unsupported, refused)
        )
        counts = dict.fromkeys(ASSESSED, answers) | {
            "v_errors": n - answers,
            "v_hallucination_n": int(seen.sum()),
            "v_unsupported": int((seen & unsupported).sum()),
            "v_refusal_n": int(refusal_seen.sum()),
            "v_refused": int((refusal_seen & refused).sum()),
        }
        rows.append({"v_n": n, **counts})
        costs.append(1000 * 10.0 / (n - int((fails | unsupported | refused).sum())))
    found = [ends(text) for text in per_good(store, *rows) if text]
    held = sum(
        low <= cost * 1.005 and cost * 0.995 <= high for (low, high), cost in zip(found, costs, strict=True)
    )
    assert held >= 0.95 * weeks


@pytest.mark.parametrize(("filtered", "other"), [(0.1, 0.0), (0.05, 0.01), (0.02, 0.02), (0.0, 0.02)])
def test_per_good_filtered(store: Database, filtered: float, other: float) -> None:
    """Questions that a filter stopped are refused and have no answer: the interval holds all the same."""
    random, n, weeks = np.random.default_rng(11), 800, 200
    rows, costs = [], []
    for _ in range(weeks):
        empty, refused, seen = random.random((3, n)) < np.array([filtered, other, 0.5])[:, None]
        answers = int((~empty).sum())
        rows.append(
            {"v_n": n, **dict.fromkeys(ASSESSED, answers)}
            | {"v_empty": n - answers, "v_privacy_n": n}
            | {"v_refusal_n": int((seen | empty).sum()), "v_refused": int((seen & refused | empty).sum())}
        )
        costs.append(1000 * 10.0 / int((~empty & ~refused).sum()))
    found = [ends(text) for text in per_good(store, *rows) if text]
    held = sum(
        low <= cost * 1.005 and cost * 0.995 <= high for (low, high), cost in zip(found, costs, strict=True)
    )
    assert held >= 0.95 * weeks


def test_per_good_as_reported(store: Database) -> None:
    """The week's report for managers says the same of the same sums."""
    rows = [
        {"v_hallucination_n": 100, "v_unsupported": 50},
        {"v_hallucination_n": 300, "v_unsupported": 3, "v_refused": 40, "v_cut": 12, "v_errors": 20},
        {"v_hallucination_n": 0, "v_refused": 10},
        {"v_empty": 100, "v_refused": 120, "v_refusal_n": 500, "v_privacy_found": 30, "v_privacy_n": 980},
    ]
    for text, row in zip(per_good(store, *rows), rows, strict=True):
        sums = {name.removeprefix("v_"): 1000 if name.endswith("_n") else 0 for name in SUMS}
        sums |= {name.removeprefix("v_"): value for name, value in row.items()}
        found = bought({"tenant": "", "team": "", "spend_usd": 10.0, **sums}).per_good_usd
        assert text is not None
        assert found is not None
        low, high = (float("inf") if end is None else 1000 * end for end in found)
        assert ends(text) == pytest.approx((low, high), rel=0.005)


def alert(number: int, fired: float, lasted: float | None) -> dict[str, object]:
    """Return a page that fired so many hours after the start, and how many it lasted; None: it is open."""
    at = START + fired * HOUR
    return {
        "tenant": "default", "id": f"a{number}", "signal": "error", "severity": "page", "team": "support",
        "state": "firing" if lasted is None else "resolved", "began_at": at, "fired_at": at,
        "resolved_at": None if lasted is None else at + lasted * HOUR, "updated_at": at,
        "body": json.dumps({"teams": ["support"]}),
    }  # fmt: skip


def test_until_over(store: Database) -> None:
    """An alert that is open counts with how long it has lasted, and bounds nothing from above."""
    alerts = [alert(number, 0, 1) for number in range(2)]
    writer, over = Writer(store), panel("fmwatch-incidents", "Until over")
    writer.alerts(alerts)
    day = Shown(START - HOUR, START + 24 * HOUR)
    found = asked(store, over, day)
    assert (found["lasted_s"], found["alerts_n"], found["open_n"]) == (3600, 2, 0)
    writer.alerts([alert(number, 4, None) for number in range(2, 10)])
    found = asked(store, over, day)
    assert (found["lasted_s"], found["alerts_n"], found["open_n"]) == (20 * 3600, 10, 8)
    assert found["lasted_low"] == 3600
    assert found["lasted_high"] is None, "nobody knows when they end"
    earlier = asked(store, over, Shown(START - HOUR, START + HOUR / 2))
    assert (earlier["lasted_s"], earlier["open_n"]) == (1800, 2), "as it stood at the end of the time shown"


def test_until_over_all(store: Database) -> None:
    """What is all over has both ends, and the time that is yet to come is in none."""
    Writer(store).alerts([alert(number, 0, 1 + number) for number in range(12)])
    day = Shown(START - HOUR, START + 24 * HOUR)
    found = asked(store, panel("fmwatch-incidents", "Until over"), day)
    assert found["open_n"] == 0
    assert found["lasted_low"] < found["lasted_s"] == 6 * 3600 < found["lasted_high"]


def test_until_over_ahead(store: Database) -> None:
    """What is open has not lasted longer than until now, wherever the time shown ends."""
    Writer(store).alerts([alert(1, 0, None)])
    found = asked(
        store, panel("fmwatch-incidents", "Until over"), Shown(START - HOUR, START + timedelta(days=9000))
    )
    assert found["lasted_s"] <= (datetime.now(UTC) - START).total_seconds() + 1


def write(store: Database, outcomes: dict[float, str], usd: float = 1) -> None:
    """Store a call of that price so many hours after the start, with how it ended."""
    events = [
        moved(call(number), event_id=f"{hour}", occurred_at=START + hour * HOUR, received_at=START)
        for number, hour in enumerate(outcomes)
    ]
    found = verdicts(events)
    priced = {**found["spend"].parts, "cost_pusd": [int(usd * USD)] * len(events)}
    Writer(store).generations(
        [
            (
                batch(events),
                {
                    **found,
                    "outcome": replace(found["outcome"], label=list(outcomes.values())),
                    "spend": replace(found["spend"], label=["priced"] * len(events), parts=priced),
                },
            )
        ]
    )
    Rollup(store).catch_up()


def test_against_before(store: Database) -> None:
    """More failed calls and more spend than before are said, with how many changes there were."""
    one = panel("fmwatch-fleet", "Against as long before")
    day = Shown(START + 24 * HOUR, START + 48 * HOUR)
    write(store, {1 + number / 10: "ok" for number in range(100)})
    found = asked(store, one, day)
    assert (found["changes_n"], found["error_change_interval"], found["spend_change"]) == (0, None, None)
    write(store, {25 + number / 10: "error" if number % 2 else "ok" for number in range(150)})
    Writer(store).append("changes", [{"tenant": "default", "at": START + 30 * HOUR, "kind": "deploy"}])
    found = asked(store, one, day)
    assert found["changes_n"] == 1
    assert found["error_change_interval"].startswith("worse (")
    assert found["spend_change"] == "+50 %, before $100"


def test_against_part_of_before(store: Database) -> None:
    """A store that is younger than the time before compares no spend, and says since when there are calls."""
    write(store, dict.fromkeys((20, 30, 40), "ok"))
    day = Shown(START + 24 * HOUR, START + 48 * HOUR)
    found = asked(store, panel("fmwatch-fleet", "Against as long before"), day)
    assert found["spend_change"] == f"before only since {START:%Y-%m-%d}"


def budget(at: float, state: str, team: str = "support") -> dict[str, object]:
    """Return what the monitor says of a team's budget of 5 USD, so many hours after the start."""
    return {
        "tenant": "default", "id": f"{team}{at}", "signal": "budget", "state": state, "team": team,
        "unit": "usd", "at": START + at * HOUR, "reference": 5.0, "observed": 9.0,
    }  # fmt: skip


def test_budgets(store: Database) -> None:
    """The top of the page says how many budgets are in danger and what is left of the one with least."""
    one = panel("fmwatch-spend", "Budgets in danger (whole teams)")
    day = Shown(START, START + 24 * HOUR)
    assert asked(store, one, day) == {"budgets_n": 0, "least_left_usd": None, "left_of": None}
    write(store, {number / 10: "ok" for number in range(20)}, usd=0.5)
    spent = store.query("SELECT sum(spend_usd) AS usd FROM v_spend WHERE team = 'support'")["usd"][0]
    Writer(store).append("signals", [budget(1, "raised"), budget(2, "raised", "idle")])
    assert asked(store, one, day) == {"budgets_n": 2, "least_left_usd": 5 - spent, "left_of": "support"}
    Writer(store).append("signals", [budget(3, "resolved")])
    assert asked(store, one, day) == {"budgets_n": 1, "least_left_usd": 5, "left_of": "idle"}


def test_waste_adds(store: Database) -> None:
    """A repeat that fails is waste once: faulty and repeated calls can be added."""
    events = [
        moved(call(1), event_id=f"r{number}", occurred_at=START + timedelta(seconds=number), attempt=attempt)
        for number, attempt in enumerate((1, 2, 2, 2))
    ]
    found = verdicts(events)
    outcome = replace(found["outcome"], label=["error", "ok", "error", "ok"])
    parts = {**found["spend"].parts, "cost_pusd": [USD] * 4}
    Writer(store).generations(
        [(batch(events), {**found, "outcome": outcome, "spend": replace(found["spend"], parts=parts)})]
    )
    waste = asked(store, panel("fmwatch-spend", "Spent for nothing"), Shown(START - HOUR, START + HOUR))
    assert (waste["faulty_n"], waste["repeated_n"]) == (2, 2), "of three repeats one failed"
    assert waste["faulty_usd"] + waste["repeated_usd"] == 4


@pytest.mark.parametrize("column", ["undelivered_n", "dropped_n", "budgets_n"])
def test_coloured(column: str) -> None:
    """What should not be has a colour from one on, and none before."""
    steps = colours(column)["thresholds"]["steps"]
    assert [(step["value"], step["color"] == "text") for step in steps] == [(None, True), (1, False)]


def test_top_rows() -> None:
    """What differs from before, what was changed and what is left of budgets stand at the top."""
    fleet, spend = (
        next(one for one in BOARDS if one.uid == f"fmwatch-{name}") for name in ("fleet", "spend")
    )
    (figures, _, events), top = fleet.sections[0].rows, spend.sections[0].rows[0]
    assert {"changes_n", "error_change_interval", "spend_change"} <= {
        name for one in figures for name in one.columns
    }
    assert [one.title for one in events] == ["What changed (all teams)"]
    assert "least_left_usd" in {name for one in top for name in one.columns}
