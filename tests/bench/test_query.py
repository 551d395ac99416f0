"""The questions of bench.query, on a small month."""

from pathlib import Path

from bench.query_questions import questions
from bench.query_rows import fill
from store import views
from store.database import Database


def test_questions(tmp_path: Path) -> None:
    """Every view is asked something, and answers."""
    with Database.open(tmp_path) as database:
        asked = questions(database, fill(database, series=4, facts=40, days=2))
        for question in asked:
            question.ask(1)
        assert {view for question in asked for view in question.views} == views.statements().keys()


def test_sums(tmp_path: Path) -> None:
    """Minutes, hours and the fleet's sums of the month are those of the same calls."""
    with Database.open(tmp_path) as database:
        month = fill(database, series=4, facts=40, days=2)
        span = {"since": month.start, "until": month.end}
        wheres = {
            "v_fleet_minute": "v_fleet_minute AS v",
            "v_fleet_hour": "v_fleet_hour AS v WHERE hour >= {since:DateTime('UTC')}",
            "v_fleet": "v_fleet(since = {since:DateTime('UTC')}, until = {until:DateTime('UTC')}) AS v",
        }
        sums = "sum(v.n) AS n, sum(v.spend_pusd) AS pusd, sum(v.latency_n) AS latencies"
        found = [database.rows(f"SELECT {sums} FROM {where}", span) for where in wheres.values()]  # noqa: S608
        assert found[0] == found[1] == found[2]
        assert database.query("SELECT count() AS n FROM v_fleet_minute")["n"] == [4 * 2 * 1440]
