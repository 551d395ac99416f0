"""One route on one model: its time, its health, and what is known around it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from markupsafe import escape
from msgspec import structs
from starlette.testclient import TestClient

from services.console.organisation import Organisation
from services.console.place import key_of, series_address, wanted
from services.console.series import life, width
from tests.services.console.alone import app
from tests.services.console.fleet import Fleet, hostile
from tests.services.console.made import BAD_ANSWER, DEADLINES, HABITS, NOW

KEY = HABITS[0].key
ADDRESS = series_address(KEY)
HOUR = timedelta(hours=1)
END = datetime(2026, 11, 19, 4, tzinfo=UTC)


def text(address: str = ADDRESS, source: Fleet | None = None) -> str:
    """Return a page."""
    whose = Organisation(owners={"support": "support-oncall"})
    answer = TestClient(app(source or Fleet(), lambda: NOW, organisation=whose)).get(address)
    assert answer.status_code == 200
    return answer.text


@pytest.mark.parametrize("source", [Fleet(), hostile()], ids=["plain", "hostile"])
def test_fleet_leads_here(source: Fleet) -> None:
    """Every row of the fleet leads to its series, whatever its name has in it."""
    links = re.findall(r'<th scope="row"><a href="([^"]*)"', text("/", source))
    assert len(links) == len(source.habits)
    assert "Health" in text(unescape(links[0]), source)


def test_said() -> None:
    """The page says how the series does with interval and n, against what, who owns it, and what happened."""
    page = text()
    assert "answers with unsupported sentences" in page
    assert "support-oncall" in page
    assert str(escape(BAD_ANSWER.title)) in page
    assert f"/alerts/{BAD_ANSWER.id}/examples" in page
    assert "learning until 28 Nov 2026, only gross change is seen" in page
    assert "not known: its monitor has written nothing" in page
    assert "prompt v13 → v14 by ana" in text(f"{ADDRESS}&last=7d")
    assert "no last day known" in page


def test_named() -> None:
    """What is compared with what is named as it is: the time shown with the 14 days before it."""
    page = text(f"{ADDRESS}&last=7d")
    assert ">In the time shown</th>" in page
    assert '"against":"14 days before"' in page
    assert '"against":"usual"' not in page
    assert '"against":"usual"' in text(f"/alerts/{BAD_ANSWER.id}")


def test_trouble_in_the_past() -> None:
    """Where the 14 days before contain what is still open, that is said, with what was usual before it."""
    said = "These 14 days contain what is still open"
    page = text(source=Fleet(alerts_=[BAD_ANSWER]))
    assert f'{said}: <a href="/alerts/{BAD_ANSWER.id}">' in page
    assert "since 18 Nov 00:25 UTC; usual before it: 2.7 %." in page
    assert said not in text(f"{ADDRESS}&last=7d", Fleet(alerts_=[BAD_ANSWER]))
    over = replace(BAD_ANSWER, state="resolved", resolved_at=NOW)
    assert said not in text(source=Fleet(alerts_=[over]))
    unknown = text(source=Fleet(alerts_=[replace(BAD_ANSWER, reference=None)]))
    assert said in unknown
    assert "usual before it" not in unknown


def test_life() -> None:
    """Days left are counted; what nobody has named is unknown, not endless."""
    (announced,) = DEADLINES
    assert life(announced, NOW).text == "18 days left"
    assert "announced, says openai deprecations page" in life(announced, NOW).basis
    assert life(announced, NOW + timedelta(days=17)).text == "1 day left"
    assert life(announced, NOW + timedelta(days=18)).text == "ends today"
    assert life(announced, NOW + timedelta(days=30)).text == "over since 07 Dec 2026"
    assert life(None, NOW) == life(structs.replace(announced, state="gone"), NOW)


@pytest.mark.parametrize(
    ("query", "window", "misread"),
    [
        ({}, (END - 24 * HOUR, END), False),
        ({"last": "7d"}, (END - 168 * HOUR, END), False),
        (
            {"from": "2026-11-18T00:20", "until": "2026-11-18T05:01Z"},
            (END - 28 * HOUR, END - 22 * HOUR),
            False,
        ),
        (
            {"from": "2026-11-18T02:00+02:00", "until": "2026-11-18T06:00Z"},
            (END - 28 * HOUR, END - 22 * HOUR),
            False,
        ),
        ({"last": "1y"}, (END - 24 * HOUR, END), True),
        ({"from": "2026-11-18T00:00Z"}, (END - 24 * HOUR, END), True),
        ({"from": "2026-11-18T06:00Z", "until": "2026-11-18T00:00Z"}, (END - 24 * HOUR, END), True),
        ({"from": "1026-11-18T06:00Z", "until": "2026-11-18T00:00Z"}, (END - 24 * HOUR, END), True),
        ({"from": "0001-01-01T00:00+14:00", "until": "now"}, (END - 24 * HOUR, END), True),
        ({"from": "0001-01-01", "until": "0001-01-02"}, (END - 24 * HOUR, END), True),
        ({"from": "1960-01-01", "until": "1960-01-02"}, (END - 24 * HOUR, END), True),
    ],
)
def test_time(query: dict[str, str], window: tuple[datetime, datetime], *, misread: bool) -> None:
    """A link names its hours exactly or by a preset; one that is no time shows the last day and says so."""
    found = wanted(query, NOW)
    assert (found.window, found.misread) == (window, misread)


def test_misread() -> None:
    """A link with a time that is none says so."""
    assert "asks for a time that is none, or for more than 60 days" in text(f"{ADDRESS}&from=yesterday")


def test_exact() -> None:
    """The page of an exact time shows that time, and names the link to it."""
    page = text(series_address(KEY, window=(END - 6 * HOUR, END)))
    assert "18 Nov 2026 22:00 to 19 Nov 2026 04:00" in page
    assert str(escape(series_address(KEY, window=(END - 6 * HOUR, END)))) in page
    assert 'aria-current="true"' not in page


def test_address() -> None:
    """A name goes into a link and comes out as it was."""
    key = replace(KEY, team="", route='a & b/"c"', model="{x} $y 😀" + "m" * 300)
    query = dict(pair.split("=") for pair in series_address(key).split("?")[1].split("&"))
    client = TestClient(app(Fleet(), lambda: NOW))
    assert set(query) == {"tenant", "route", "platform", "model"}
    assert key_of(client.build_request("GET", series_address(key)).url.params) == key


def test_width() -> None:
    """Bins are hours where calls are many, and wider where the page or the calls ask for it."""
    assert width(10_000, (END - 24 * HOUR, END)) == HOUR
    assert width(20_000, (END - 168 * HOUR, END)) == HOUR
    assert width(10_000, (END - 168 * HOUR, END)) == 2 * HOUR
    assert width(20_000, (END - 720 * HOUR, END)) == 6 * HOUR
    assert width(100, (END - 168 * HOUR, END)) == 24 * HOUR
    assert width(0, (END - 24 * HOUR, END)) == HOUR


def test_nothing() -> None:
    """A series that nobody calls is a page that says so; a link without names as well."""
    client = TestClient(app(Fleet(), lambda: NOW))
    for address in ("/series", series_address(replace(KEY, model="<img src=x>"))):
        answer = client.get(address)
        assert answer.status_code == 404
        assert "No calls of this series" in answer.text
        assert "<img" not in answer.text


def test_hostile() -> None:
    """Hostile names stand as text, also in the form and in the links."""
    key = hostile().leaves(NOW)[0].key
    page = text(series_address(key), hostile())
    assert "<img src=x" not in page
    assert page.count("</script>") == page.count("<script")
