"""Judging pairs on the console: blind, by those who may, one after the other, and it is written down."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import fields
from html import unescape
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from services.access.token import digest
from services.cli.label import DAYS
from services.console.desk import Opened
from services.console.sitting import ORDER, SINCE
from services.shadow.asking import Span
from store.database import Database
from store.errors import StoreError, StoreUnavailable
from stream.errors import LogUnavailable
from tests.services.console.pressing import hidden, press
from tests.services.console.two import PAIRS, Shared, shared

READS = "SELECT tenant, alert_id, route, calls, name, token FROM v_content_reads ORDER BY at"


@pytest.fixture(scope="module")
def two(opened_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shared]:
    """Two tenants in one store."""
    with shared(opened_database, tmp_path_factory.mktemp("two")) as found:
        yield found


@pytest.fixture
def person(request: pytest.FixtureRequest, two: Shared) -> Iterator[str]:
    """Somebody who has judged nothing yet; what is said ends with the test."""
    yield request.node.name.partition("[")[0]
    two.labels.clear()
    two.database.command("TRUNCATE TABLE feedback")


def address(tenant: str = "acme", **more: str) -> str:
    """The page of a tenant's pairs."""
    asked = {"tenant": tenant, "route": f"{tenant}-route", "platform": "azure", "model": f"{tenant}-next"}
    return f"/label/judge?{urlencode(asked | more)}"


def test_all_of_them(two: Shared, person: str) -> None:
    """Every pair is shown once, a button puts two labels in and leads to the next, until nothing is left."""
    browser = two.browser("acme-on-call", name=person)
    page = browser.get(address())
    for left in range(PAIRS, 0, -1):
        assert f"{left} to go" in page.text
        said = press(browser, page, "first" if left % 2 else "neither")
        assert said.status_code == 303
        page = browser.get(said.headers["location"])
    assert f"Nothing is left for {person} to judge" in page.text
    assert len({one["event_id"] for one in two.labels}) == len(two.labels) == 2 * PAIRS
    assert {(one["person"], one["by"], one["tenant"]) for one in two.labels} == {(person, "human", "acme")}
    assert sum(one["value"] for one in two.labels) == PAIRS // 2


def test_blind(two: Shared, person: str) -> None:
    """Among the texts nothing says whose an answer is or which call it is; each stands first at times."""
    browser = two.browser("acme-on-call", name=person)
    page, first = browser.get(address()), set()
    for _ in range(PAIRS):
        between = page.text[page.text.index('<div class="pair">') : page.text.index("</div>\n<form")]
        assert "acme-prompt" in between
        assert not re.search("acme-model|acme-next|azure|again", between)
        assert not re.search(r"again|\be\d", hidden(page.text, "pair"))
        first.add(re.findall(r"acme-(?:other-)?answer", between)[0])
        page = browser.get(press(browser, page, "skip").headers["location"])
    assert first == {"acme-answer", "acme-other-answer"}


def test_passed(two: Shared, person: str) -> None:
    """A pair that somebody passes has no label, and comes again when the list begins again."""
    browser = two.browser("acme-on-call", name=person)
    page = browser.get(address())
    for _ in range(PAIRS):
        page = browser.get(press(browser, page, "skip").headers["location"])
    assert two.labels == []
    assert "The end of the list" in page.text
    assert f"{PAIRS} to go" in page.text
    (again,) = re.findall(r'href="([^"]+)">Begin again', page.text)
    assert "acme-prompt" in browser.get(unescape(again)).text


def test_back(two: Shared, person: str) -> None:
    """Back shows the pair before on the same sides; what is said then is what counts."""
    browser = two.browser("acme-on-call", name=person)
    page = browser.get(address())
    after = browser.get(press(browser, page, "both").headers["location"])
    (back,) = re.findall(r'href="([^"]+)" data-key="b"', after.text)
    again = browser.get(unescape(back))
    assert hidden(again.text, "pair") == hidden(page.text, "pair") != hidden(after.text, "pair")
    following = browser.get(press(browser, again, "neither").headers["location"])
    assert hidden(following.text, "pair") == hidden(after.text, "pair")
    assert [one["value"] for one in two.labels] == [True, True, False, False]


def test_several(two: Shared, person: str) -> None:
    """What one has judged another is not asked again, save one pair in five."""
    ana, ben = (two.browser("acme-on-call", name=f"{person} {name}") for name in ("ana", "ben"))
    page = ana.get(address())
    for _ in range(PAIRS):
        page = ana.get(press(ana, page, "neither").headers["location"])
    shared_by_all = int(re.findall(r"(\d+) to go", ben.get(address()).text)[0])
    assert 0 < shared_by_all < PAIRS / 2


def test_written_down(two: Shared, person: str, caplog: pytest.LogCaptureFixture) -> None:
    """Who sees a pair, and who says what of one, stands in table and log, without a text."""
    browser = two.browser("acme-on-call", name=person)
    two.database.command("TRUNCATE TABLE content_reads")
    with caplog.at_level(logging.INFO, "fmwatch"):
        page = browser.get(address())
        press(browser, page, "second")
    token = digest("acme-on-call")[:12]
    read = {"tenant": "acme", "route": "acme-route", "calls": 2, "name": person, "token": token}
    read["alert_id"] = hidden(page.text, "pair")
    assert two.database.rows(READS) == [read]
    told = [record.fields for record in caplog.records if hasattr(record, "fields")]
    said = {"route": "acme-route", "tenant": "acme", "word": "second", "by": person, "name": person}
    assert told == [read, {**said, "token": token}]
    assert "acme-prompt" not in caplog.text


@pytest.mark.parametrize("error", [StoreError("no right"), StoreUnavailable("away")], ids=["refused", "away"])
def test_not_written_down(two: Shared, person: str, error: StoreError) -> None:
    """Where it cannot be written down who sees a pair none is shown, after a button neither."""

    def refuses(_: Opened) -> None:
        raise error

    browser = two.browser("acme-on-call", name=person)
    page = browser.get(address())
    audit, two.console.audit = two.console.audit, refuses
    try:
        answers = [browser.get(address()), press(browser, page, "no word")]
    finally:
        two.console.audit = audit
    assert [answer.status_code for answer in answers] == [503, 503]
    assert not any("acme-prompt" in answer.text for answer in answers)


def test_not_for_this(two: Shared, person: str) -> None:
    """A token for reading is told what it takes, sees no text, and can say nothing."""
    page = two.browser("acme-on-call", name=person).get(address())
    reads = two.browser("acme-reads", name=person)
    answer = reads.get(address())
    assert answer.status_code == 403
    assert "--tenant acme --scope read --scope act --scope content" in answer.text
    assert "acme-prompt" not in answer.text
    assert press(reads, page, "both").status_code == 403
    assert two.labels == []
    assert "fmwatch label --route acme-route" in reads.get("/label").text


def test_no_others(two: Shared, person: str) -> None:
    """Another tenant's pairs are as unknown as none, to see and to judge."""
    acme = two.browser("acme-on-call", name=person)
    page = two.browser("globex-on-call", name=person).get(address("globex"))
    answer = acme.get(address("globex"))
    assert (answer.status_code, "globex-prompt" in answer.text) == (404, False)
    assert press(acme, page, "both").status_code == 404
    assert two.labels == []


@pytest.mark.parametrize(
    ("other", "status", "said"),
    [
        ({"key": "k" * 32}, 403, "not sent from its page"),
        ({"word": "candidate"}, 400, "press one of the buttons"),
        ({"pair": "0" * 16}, 400, "press one of the buttons"),
    ],
    ids=["foreign", "no word", "no pair"],
)
def test_refused(two: Shared, person: str, other: dict[str, str], status: int, said: str) -> None:
    """What was sent from elsewhere, or is no button, says nothing; the page comes again and says why."""
    browser = two.browser("acme-on-call", name=person)
    answer = press(browser, browser.get(address()), "both", **other)
    assert answer.status_code == status
    assert said in answer.text
    assert "acme-prompt" in answer.text
    assert two.labels == []


def test_away(two: Shared, person: str) -> None:
    """Where the log does not take it, the page says so with the same pair, and it can be said again."""
    browser = two.browser("acme-on-call", name=person)
    page = browser.get(address())
    two.away = LogUnavailable("no broker answers")
    try:
        answer = press(browser, page, "both")
    finally:
        two.away = None
    assert answer.status_code == 503
    assert "press again in a minute" in answer.text
    assert hidden(answer.text, "pair") == hidden(page.text, "pair")
    assert press(browser, answer, "both").status_code == 303
    assert len(two.labels) == 2


@pytest.mark.parametrize("name", ["", "ana@example.org", "n" * 65])
def test_name(two: Shared, person: str, name: str) -> None:
    """Without a name that labels can carry nothing is shown but the field for it."""
    page = two.browser("acme-on-call", name=person).get(address(by=name))
    assert page.status_code == 200
    assert "acme-prompt" not in page.text
    assert ('role="alert"' in page.text) == bool(name)
    assert hidden(page.text, "route") == "acme-route"


def test_named(two: Shared, person: str) -> None:
    """A name in the address counts more than the one somebody came in with, and stays."""
    browser = two.browser("acme-on-call", name="shared-login")
    said = press(browser, browser.get(address(by=person)), "both")
    assert {one["person"] for one in two.labels} == {person}
    assert parse_qs(urlsplit(said.headers["location"]).query)["by"] == [person]


def test_same_pairs() -> None:
    """The pairs here are those of `fmwatch label`, in the same order."""
    order = next(field.default for field in fields(Span) if field.name == "seed")
    assert (SINCE.days, ORDER) == (DAYS, order)
