"""What a month cost: by whom, what has no price, where it leads, and the same as a file."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from services.console.month import Month
from services.console.organisation import Organisation
from services.console.records import Spent
from services.console.spend import MOST
from tests.services.console.alone import app
from tests.services.console.fleet import HOSTILE, Fleet
from tests.services.console.made import HABITS, NOW

BUDGETS = Organisation(budgets={"support": 100.0, "search": 5000.0, "nobody": 1.0})
MONTH = Spent("acme", "support", "support/answer", "azure", "gpt-4o", NOW, 100, 90, 6, 12.5)


@dataclass(slots=True)
class Told(Fleet):
    """A fleet whose November is told, and its other months."""

    november: Sequence[Spent] = (MONTH,)
    others: Sequence[Spent] = field(default=())

    def _spent(self, since: datetime, until: datetime) -> Sequence[Spent]:
        del until
        return self.november if since == datetime(2026, 11, 1, tzinfo=UTC) else self.others


def ask(path: str, source: Fleet | None = None, organisation: Organisation = BUDGETS) -> Response:
    """Return an answer."""
    answer = TestClient(app(source or Fleet(), lambda: NOW, organisation=organisation)).get(path)
    assert answer.status_code == 200
    return answer


def lines(path: str, source: Fleet | None = None) -> list[dict[str, str]]:
    """Return the file's rows."""
    return list(csv.DictReader(io.StringIO(ask(path, source).text, newline="")))


def test_by_team() -> None:
    """Teams stand by what they spent, with budget, share and where the month leads with its interval."""
    text = ask("/spend").text
    assert "November 2026, up to now" in text
    assert text.index(">support<") < text.index(">search<")
    support = re.sub(r"<[^>]*>", " ", text.split(">support<")[1].split("</tr>")[0])
    assert "passed" in support
    assert re.search(r"[\d.]+ +[\d.,]+ to [\d.,]+", support)
    assert ">nobody<" not in text


def test_month_begun_late() -> None:
    """A month of which the store has only the end is not called whole."""
    begins = datetime(2026, 10, 1, tzinfo=UTC)
    late, early = (replace(MONTH, first=begins + timedelta(days=days)) for days in (24, 0))
    assert "month before, since 25 Oct" in ask("/spend", Told(others=(late,))).text
    assert "month before, whole" in ask("/spend", Told(others=(late, early))).text


@pytest.mark.parametrize(("by", "name"), [("route", "search/rank"), ("model", "openai/gpt-4.1")])
def test_by(by: str, name: str) -> None:
    """The same by route and by model, without budgets; a row leads to that part of the fleet."""
    text = ask(f"/spend?by={by}").text
    assert f">{name}</a>" in text
    assert f"/?tenant=acme&amp;{by}={name}" in text.replace("%2F", "/")
    assert "Budget" not in text


def test_of_a_team() -> None:
    """A team leads to its routes."""
    text = ask("/spend?by=route&tenant=acme&team=legal").text
    assert "legal/draft" in text
    assert "search/rank" not in text
    assert "team legal" in text


def test_unpriced_is_not_nothing() -> None:
    """What has no price is a dash with its number of calls, never zero dollars."""
    unknown = replace(MONTH, team="sales", n=40, priced_n=0, unpriced_n=40, usd=None)
    source = Told(november=(MONTH, unknown))
    (priced, unpriced) = lines("/spend.csv", source)
    assert (priced["team"], priced["spend_usd"], priced["unpriced_calls"]) == ("support", "12.500000", "6")
    assert (unpriced["team"], unpriced["spend_usd"], unpriced["unpriced_calls"]) == ("sales", "", "40")
    text = ask("/spend", source).text
    assert "46" in text
    assert "33 % of the calls, and in no sum" in text
    only = ask("/spend", Told(november=(unknown,))).text
    assert "<dd><strong>-</strong>" in only


def test_file() -> None:
    """The file has the page's rows, and its lines end as the standard asks."""
    answer = ask("/spend.csv?month=2026-11&by=model")
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="fmwatch-spend-2026-11-model.csv"'
    assert answer.text.count("\r\n") == len(HABITS) + 1
    assert {row["month"] for row in lines("/spend.csv?by=model")} == {"2026-11"}


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r"])
def test_no_formula(begin: str) -> None:
    """A name that a spreadsheet would run arrives as text; quotes, commas and lines stay what they are."""
    name = f'{begin}HYPERLINK("http://x","a")\r\n,é'
    (row,) = lines("/spend.csv", Told(november=(replace(MONTH, team=name, tenant=name),)))
    assert (row["team"], row["tenant"]) == (f"'{name}", f"'{name}")


def test_labelled() -> None:
    """Arranged data says so in the file as well."""
    answer = TestClient(app(Fleet(), lambda: NOW, "Simulated.")).get("/spend.csv")
    assert {row["labelled"] for row in csv.DictReader(io.StringIO(answer.text))} == {"Simulated."}


@pytest.mark.parametrize("month", ["1999-12", "2026-13", "x", "2026-11-01", "99999-01", "-1"])
def test_no_month(month: str) -> None:
    """A month that is none shows the present one, and says so."""
    text = ask(f"/spend?month={month}").text
    assert "that there is none of" in text
    assert "November 2026" in text


def test_quiet_month() -> None:
    """A month without traffic says so, and is not taken for a free one."""
    empty = ask("/spend?month=2031-02", Told()).text
    assert "No calls in February 2031, nor in the month before" in empty
    assert "<dd><strong>-</strong>" in empty
    assert lines("/spend.csv?month=2031-02", Told()) == []
    after = ask("/spend", Told(november=(), others=(MONTH,))).text
    assert "No calls in November 2026; the table has the month before" in after


def test_one_tenant_of_many() -> None:
    """Of a thousand tenants the dearest rows stand on the page, and one tenant has its own."""
    many = tuple(replace(MONTH, tenant=f"t{n}", usd=float(n)) for n in range(1000))
    source = Told(november=many)
    text = ask("/spend", source).text
    assert f"The {MOST} dearest of 1,000; the CSV has all" in text
    assert len(text) < 150_000
    assert len(lines("/spend.csv", source)) == 1000
    assert [row["spend_usd"] for row in lines("/spend.csv?tenant=t7", source)] == ["7.000000"]


def test_hostile() -> None:
    """Hostile names stand as text."""
    spent = replace(MONTH, tenant=HOSTILE, team=HOSTILE, route=HOSTILE, platform=HOSTILE, model=HOSTILE)
    for by in ("team", "route", "model"):
        text = ask(f"/spend?by={by}", Told(november=(spent,))).text
        assert "<img src=x" not in text


def test_months() -> None:
    """Months begin at the zone's midnight, also where the clock is moved or stands at half an hour."""
    berlin, kolkata = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Kolkata")
    assert Month(2026, 4).begins(berlin) == datetime(2026, 3, 31, 22, tzinfo=UTC)
    assert Month(2026, 11).begins(berlin) == datetime(2026, 10, 31, 23, tzinfo=UTC)
    assert Month(2026, 11).begins(kolkata) == datetime(2026, 10, 31, 19, tzinfo=UTC)
    assert Month.of(datetime(2026, 11, 30, 23, 30, tzinfo=UTC), berlin) == Month(2026, 12)
    assert (Month(2026, 1).before, Month(2025, 12).after) == (Month(2025, 12), Month(2026, 1))
    assert Month(2026, 3).after.begins(berlin) - Month(2026, 3).begins(berlin) == timedelta(days=31, hours=-1)
