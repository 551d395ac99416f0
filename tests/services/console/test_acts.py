"""What people say of alerts on the page: by the command's own code, from the page itself, and by whom."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from html import unescape

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from services.access.token import digest
from services.console.form_key import COOKIE
from store.database import Database
from tests.services.console.two import Shared, shared

ON_CALL = "acme-on-call"
HOME = "https://watch.example.org"
FROM_PAGE = {"origin": HOME, "sec-fetch-site": "same-origin"}


@pytest.fixture(scope="module")
def two(opened_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shared]:
    """Two tenants in one store."""
    with shared(opened_database, tmp_path_factory.mktemp("two")) as found:
        yield found


@pytest.fixture
def alert_id(two: Shared, request: pytest.FixtureRequest) -> str:
    """An open alert of acme's, another one for each test."""
    return two.raised("acme", route=request.node.name)


@pytest.fixture(scope="module")
def untouched(two: Shared) -> Iterator[tuple[str, str]]:
    """An alert of which nobody says anything, and the key of a form on its page."""
    alert_id = two.raised("acme", route="untouched")
    yield alert_id, key_on(two.browser(ON_CALL).get(f"/alerts/{alert_id}").text)
    assert status(two, alert_id) == ("firing", "", "")


def key_on(page: str) -> str:
    """Return the key that stands in a page's form."""
    (found,) = re.findall(r'name="key" value="([^"]+)"', page)
    return unescape(found)


def press(
    browser: TestClient, alert_id: str, verb: str, *, by: str = "ana", note: str = "", query: str = ""
) -> Response:
    """Open an alert's page, fill in its form and press a button, as a browser does."""
    page = browser.get(f"/alerts/{alert_id}{query}")
    sent = {"key": key_on(page.text), "by": by, "note": note}
    return browser.post(
        f"/alerts/{alert_id}/{verb}{query}", data=sent, headers=FROM_PAGE, follow_redirects=False
    )


def post(
    two: Shared,
    untouched: tuple[str, str],
    sent: dict[str, str],
    *,
    who: str = ON_CALL,
    headers: dict[str, str] | None = None,
    cookie: bool = True,
) -> Response:
    """Send a form, or what looks like one."""
    alert_id, key = untouched
    browser = two.browser(who)
    if cookie:
        browser.cookies.set(COOKIE, key)
    return browser.post(
        f"/alerts/{alert_id}/ack",
        data={"key": key} | sent,
        headers=FROM_PAGE if headers is None else headers,
        follow_redirects=False,
    )


def status(two: Shared, alert_id: str) -> tuple[str, str, str]:
    """Return an alert's state, outcome, and who said so."""
    found = two.browser("all-on-call").get(f"/api/alerts/{alert_id}.json").json()
    return found["state"], found["outcome"] or "", found["ended_by"] or found["acknowledged_by"] or ""


@pytest.mark.parametrize(
    ("verb", "now"),
    [
        ("ack", ("acknowledged", "", "ana")),
        ("resolve", ("resolved", "resolved", "ana")),
        ("expected", ("resolved", "expected", "ana")),
        ("false", ("resolved", "false", "ana")),
    ],
)
def test_said(two: Shared, alert_id: str, verb: str, now: tuple[str, str, str]) -> None:
    """A button says it, the alerter obeys; the answer is the alert's page, with it and the note."""
    browser = two.browser(ON_CALL)
    answer = press(browser, alert_id, verb, note="<b>rolling back</b>", query="?from=x&until=y")
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/alerts/{alert_id}?said=heard&from=x&until=y#say"
    assert status(two, alert_id) == now
    page = browser.get(answer.headers["location"]).text
    assert 'role="status"' in page
    assert "&lt;b&gt;rolling back&lt;/b&gt;" in page


def test_twice(two: Shared, alert_id: str) -> None:
    """Pressed twice, or sent again a week later, it is said once."""
    browser = two.browser(ON_CALL)
    count = "SELECT count() AS n FROM v_alert_words WHERE alert_id = {id:String}"
    for _ in range(3):
        assert press(browser, alert_id, "ack", note="on it").status_code == 303
    assert two.database.rows(count, {"id": alert_id})[0]["n"] == 1
    for verb in ("expected", "expected"):
        assert press(browser, alert_id, verb).status_code == 303
    assert two.database.rows(count, {"id": alert_id})[0]["n"] == 2
    for _ in range(2):
        assert press(browser, alert_id, "expected", note="the new index").status_code == 303
    assert two.database.rows(count, {"id": alert_id})[0]["n"] == 3


def test_over(two: Shared, alert_id: str) -> None:
    """What cannot be said of an alert that is over has no button; who sends it all the same is told so."""
    browser = two.browser(ON_CALL)
    page = browser.get(f"/alerts/{alert_id}").text
    assert press(browser, alert_id, "resolve", by="ben").status_code == 303
    after = browser.get(f"/alerts/{alert_id}").text
    assert "Acknowledge" in page
    assert "Acknowledge" not in after
    assert "False alarm" in after
    late = press(browser, alert_id, "ack")
    assert late.status_code == 409
    assert "is over already" in late.text


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"by": "   "}, "say who says so"),
        ({"by": "a" * 201}, "201 characters"),
        ({"note": "n" * 2001}, "2,001 characters"),
    ],
    ids=["nobody", "long name", "long note"],
)
def test_unspeakable(two: Shared, untouched: tuple[str, str], sent: dict[str, str], said: str) -> None:
    """What cannot be kept is not said; the page says why and keeps what was typed."""
    answer = post(two, untouched, {"by": "ana", "note": "typed before"} | sent)
    assert answer.status_code == 400
    assert said in answer.text
    assert 'role="alert"' in answer.text
    assert ("typed before" in answer.text) is ("note" not in sent)


FORGED = {
    "other site": ({**FROM_PAGE, "origin": "https://evil.example.org"}, True, True),
    "other site, hidden by a proxy": ({"origin": HOME, "sec-fetch-site": "cross-site"}, True, True),
    "sister site": ({"origin": HOME, "sec-fetch-site": "same-site"}, True, True),
    "hidden origin": ({"origin": "null"}, True, True),
    "no key": (FROM_PAGE, True, False),
    "no cookie": (FROM_PAGE, False, True),
    "old browser, no cookie": ({}, False, True),
}


@pytest.mark.parametrize("case", FORGED)
def test_forged(two: Shared, untouched: tuple[str, str], case: str) -> None:
    """A page of another site cannot press a button with the token that a browser remembers."""
    headers, cookie, key = FORGED[case]
    answer = post(
        two, untouched, {"by": "eve"} | ({} if key else {"key": ""}), headers=headers, cookie=cookie
    )
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "body", [b"", b"x" * 40_000, b"\xff\xfe", b"{}"], ids=["none", "much", "bytes", "json"]
)
def test_no_form(two: Shared, untouched: tuple[str, str], body: bytes) -> None:
    """What is no form says nothing, however large."""
    answer = two.browser(ON_CALL).post(f"/alerts/{untouched[0]}/ack", content=body, headers=FROM_PAGE)
    assert answer.status_code == 403


def test_reads_only(two: Shared, untouched: tuple[str, str]) -> None:
    """Who may only read sees no form but what it takes, and sending one all the same says nothing."""
    page = two.browser("acme-reads").get(f"/alerts/{untouched[0]}").text
    assert "<form" not in page
    assert "fmwatch tokens new --tenant acme --scope read --scope act" in page
    answer = post(two, untouched, {"by": "ana"}, who="acme-reads")
    assert answer.status_code == 403
    assert "not for saying something of alerts" in answer.text


def test_not_yours(two: Shared, untouched: tuple[str, str]) -> None:
    """Another tenant's alert cannot be acted on: for this token it is not there."""
    assert post(two, untouched, {"by": "eve"}, who="globex-on-call").status_code == 404


def test_cookie(two: Shared, untouched: tuple[str, str]) -> None:
    """The key's cookie goes to no other site and to no script, and stays the same while a page is renewed."""
    browser = two.browser(ON_CALL)
    first = browser.get(f"/alerts/{untouched[0]}")
    cookie = first.headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    for word in ("HttpOnly", "SameSite=strict", "Secure", "Path=/alerts"):
        assert word in cookie
    again = browser.get(f"/alerts/{untouched[0]}")
    assert "set-cookie" not in again.headers
    assert key_on(again.text) == key_on(first.text)


def test_who(two: Shared, alert_id: str, caplog: pytest.LogCaptureFixture) -> None:
    """The log has who said what with which token: its mark, which the tokens_file has, and not the token."""
    with caplog.at_level(logging.INFO, "fmwatch"):
        press(two.browser(ON_CALL, name="ana"), alert_id, "ack", by="ana b")
    (told,) = [record.fields for record in caplog.records if hasattr(record, "fields")]
    assert told == {
        "alert": alert_id,
        "tenant": "acme",
        "verb": "ack",
        "by": "ana b",
        "token": digest(ON_CALL)[:12],
    }
    assert 'value="ana"' in two.browser(ON_CALL, name="ana").get(f"/alerts/{alert_id}").text
