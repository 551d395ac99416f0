"""The page over HTTP: escaped, under its policy, and the same as JSON."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from html import unescape
from pathlib import Path

import pytest
from markupsafe import escape
from starlette.applications import Starlette
from starlette.testclient import TestClient

import services.console
from services.access.readers import readable
from services.alerter.rules import names
from services.console.page import PAGES, Console, script
from services.console.runbook import html
from services.console.sums import Leaf
from services.wording.alert import headline, lines
from services.wording.frontier import Choice
from services.wording.links import Addresses
from tests.services.console.alone import OpenDoor, app
from tests.services.console.fleet import HOSTILE, Fleet, hostile
from tests.services.console.made import ADVICE, BAD_ANSWER, DRIFT, HABITS, NOW, OVER, RETIRING

STATIC = Path(services.console.__file__).parent / "static"


def client(source: Fleet | None = None, label: str = "") -> TestClient:
    """Return a client of the page."""
    return TestClient(app(source or Fleet(), lambda: NOW, label))


def test_front() -> None:
    """The page shows the fleet and its alerts, and says when it is arranged."""
    answer = client(label="All of it is simulated.").get("/")
    assert answer.status_code == 200
    assert "All of it is simulated." in answer.text
    assert BAD_ANSWER.title in answer.text
    assert client(label="Simulated.").get("/api/fleet.json").json()["labelled"] == "Simulated."


def test_unlabelled() -> None:
    """Real traffic carries no banner."""
    assert "Arranged data" not in client().get("/").text


@pytest.mark.parametrize(("title", "path"), PAGES)
def test_navigation(title: str, path: str) -> None:
    """Every page leads to all others, and says which one it is."""
    text = client().get(path).text
    assert [other for _, other in PAGES if f'<a href="{other}"' not in text] == []
    assert re.findall(r'<a href="([^"]*)" aria-current="page">([^<]*)<', text) == [(path, title)]


def test_made_once() -> None:
    """A page left open asks the store each minute, but for what is long in the making."""
    assert [path for _, path in PAGES if " data-once" in client().get(path).text] == ["/label"]


def test_filter() -> None:
    """A link to a part of the fleet shows it, with its words in the form, and says how much it is."""
    text = client().get("/?team=legal&state=usual").text
    assert "1 to 1 of 1, out of 8" in text
    assert 'name="team" value="legal"' in text
    assert "<option selected>usual</option>" in text
    assert "legal/draft" in text
    assert "search/rank" not in text
    assert "None of 8 has these words" in client().get("/?team=%3Cimg%20src=x%3E").text


def test_paged() -> None:
    """Of a large fleet one page is shown, with the way to the next."""
    habits = [replace(HABITS[0], key=replace(HABITS[0].key, route=f"r{n}")) for n in range(60)]
    text = client(Fleet(habits=habits, alerts_=())).get("/?team=support").text
    assert '<a href="/?team=support&amp;page=2" rel="next">' in text
    assert 'rel="prev"' not in text


@dataclass(slots=True)
class Large(Fleet):
    """A fleet of 500 models, each like the first one; some have names that hurt."""

    models: Sequence[str] = tuple(
        f"vendor-model-{n}-2026-08-06" if n % 50 else HOSTILE[:290] + str(n) for n in range(500)
    )

    def leaves(self, now: datetime) -> Sequence[Leaf]:
        one = self._leaf(self.habits[0], now)
        return [replace(one, key=replace(one.key, model=model)) for model in self.models]


def test_weight() -> None:
    """500 models with 40 open alerts, some with names that hurt, stay a page that a phone can load."""
    alerts = [
        replace(
            BAD_ANSWER, id=f"a{n}", routes=(), series=replace(BAD_ANSWER.series, level="model", model=model)
        )
        for n, model in enumerate(Large().models[:40])
    ]
    browser = client(Large(alerts_=alerts))
    fleet, listed = browser.get("/").text, browser.get("/alerts").text
    assert max(len(fleet.encode()), len(listed.encode())) < 150_000
    assert "1 to 50 of 500" in fleet
    assert "40, the loudest first" in listed


def test_alerts() -> None:
    """All alerts are listed: those that are open by loudness, those that are over with who said so."""
    text = client().get("/alerts").text
    assert text.index(BAD_ANSWER.title) < text.index(RETIRING.title) < text.index(str(escape(OVER.title)))
    assert f'href="/alerts/{RETIRING.id}"' in text
    assert "No alert is open" in client(Fleet(alerts_=())).get("/alerts").text


def test_joined() -> None:
    """Alerts that joined others are counted, and reached from the list and from what they joined."""
    text = client().get("/alerts").text
    assert "4, and 1 that joined them, the loudest first" in text
    assert f'joined by <a href="/alerts/{DRIFT.id}">' in text
    assert f'<a href="/alerts/{DRIFT.id}">' in client().get(f"/alerts/{BAD_ANSWER.id}").text
    assert f'Joined <a href="/alerts/{BAD_ANSWER.id}">' in client().get(f"/alerts/{DRIFT.id}").text


def test_footer() -> None:
    """No page claims that what it shows is in a document that has it not."""
    text = client().get("/pipeline").text
    assert "The same as JSON" not in text
    assert 'As JSON: <a href="/api/alerts.json">' in text


@pytest.mark.parametrize("path", ["/", f"/alerts/{BAD_ANSWER.id}", "/alerts/no-such", "/api/alerts.json"])
def test_policy(path: str) -> None:
    """Every answer carries the policy, and no page has inline script or style."""
    answer = client().get(path)
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    assert "style=" not in answer.text
    assert "<script>" not in answer.text


@pytest.mark.parametrize("path", [*(path for _, path in PAGES), f"/alerts/{BAD_ANSWER.id}"])
def test_hostile(path: str) -> None:
    """Hostile text arrives as text: escaped, and unable to end the JSON it stands in."""
    text = client(hostile()).get(path).text
    assert "<img src=x" not in text
    assert text.count("</script>") == text.count("<script")
    assert HOSTILE not in text


def test_script() -> None:
    """JSON inside a page has nothing in it that HTML could read."""
    written = script({"a": "</script><!-- & \u2028"})
    assert not set("<>&\u2028") & set(written)
    assert json.loads(written) == {"a": "</script><!-- & \u2028"}


def test_missing() -> None:
    """An alert that nobody has is a page that says where to look."""
    answer = client().get("/alerts/no-such")
    assert answer.status_code == 404
    assert "fmwatch alerts list" in answer.text


def test_words() -> None:
    """An alert's page says what a notification says."""
    text = client().get(f"/alerts/{BAD_ANSWER.id}").text
    assert escape(headline(BAD_ANSWER)) in text
    for line in lines(BAD_ANSWER):
        assert escape(line.text) in text


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ("from=2026-11-18T00:00Z&until=2026-11-18T06:00Z", True),
        ("from=2026-11-18T06:00Z&until=2026-11-18T00:00Z", False),
        ("from=2026-11-18T00:00&until=2026-11-18T06:00Z", False),
        ("from=1026-11-18T00:00Z&until=2026-11-18T06:00Z", False),
        ("from=1960-11-18T00:00Z&until=1960-11-18T06:00Z", False),
        ("from=yesterday&until=now", False),
        ("from=2026-11-18T00:00Z", False),
    ],
)
def test_window(asked: str, *, shown: bool) -> None:
    """A link shows the time it names, up to now while it goes on; nonsense shows what suits the alert."""
    api = client()
    usual = api.get(f"/alerts/{BAD_ANSWER.id}").text
    text = api.get(f"/alerts/{BAD_ANSWER.id}?{asked}").text
    assert (text != usual) is shown
    if shown:
        table = text.split("As a table")[1].split("</table>")[0]
        assert "17 Nov 1" not in table
        assert "18 Nov 21:00" in table


@pytest.mark.parametrize("signal", names())
def test_runbook(signal: str) -> None:
    """What to do about each signal is a page: its Markdown as headings, lists and links, without a style."""
    answer = client().get(f"/runbooks/{signal}")
    assert answer.status_code == 200
    assert re.search(rf"<h1>{signal}\b", answer.text)
    assert "**" not in answer.text
    assert "style=" not in answer.text
    links = re.findall(r'<a href="([^"]*)"', answer.text.split("<article")[1].split("</article>")[0])
    assert [link for link in links if client().get(link).status_code != 200] == []


def test_runbook_leads_back() -> None:
    """A runbook leads back to the alert that led to it, also by way of another one; else to the fleet."""
    page = client().get(f"/alerts/{BAD_ANSWER.id}").text
    assert page.count(f'href="/runbooks/hallucination?alert={BAD_ANSWER.id}"') == 2
    text = client().get(f"/runbooks/silence?alert={BAD_ANSWER.id}").text
    assert f'<a href="/alerts/{BAD_ANSWER.id}">← the alert</a>' in text
    assert f'<a href="/runbooks/completeness?alert={BAD_ANSWER.id}">' in text
    for query in ("", "?alert=", "?alert=../../pipeline", "?alert=%3Cimg%20src=x%3E"):
        assert '<a href="/">← whole fleet</a>' in client().get(f"/runbooks/silence{query}").text


def test_runbook_html() -> None:
    """Tags in a runbook are text; links lead to runbooks and the web, other documents are named."""
    text = html(
        "# a\n\n<img src=x onerror=1> [x](javascript:alert(1)) [y](data:text/html,1) [z](/pipeline)\n"
        "![i](x.png) [beside](../../README.md)\n"
        "[how](../moves.md#x) [docs/moves.md](../moves.md) [spend](spend.md#top) [out](https://example.org/a)\n\n"
        "| a |\n|--:|\n| `<b>` **c** |\n"
    )
    assert re.findall(r'href="([^"]*)"', text) == ["/runbooks/spend", "https://example.org/a"]
    assert "how (docs/moves.md) docs/moves.md <a" in text
    assert "<td><code>&lt;b&gt;</code> <strong>c</strong></td>" in text
    assert "<img" not in text
    assert "style=" not in text


@pytest.mark.parametrize("name", ["nothing", "..%2f..%2fREADME", "README", "%00", "a" * 500, "<img src=x>"])
def test_no_runbook(name: str) -> None:
    """Nothing else can be read there."""
    answer = client().get(f"/runbooks/{name}")
    assert answer.status_code == 404
    assert "<img" not in answer.text


def test_recommendations() -> None:
    """The page has every recommendation with what it rests on; without any there is no such part."""
    full = replace(ADVICE[0], rests_on="[retiring] support/summary\ndo: replay <b>200</b> prompts")
    text = client(replace(Fleet(), advice_=(full,))).get("/").text
    assert "Recommendations</a> <small>1</small>" in text
    assert "do: replay &lt;b&gt;200&lt;/b&gt; prompts" in text
    assert "Recommendations" not in client(replace(Fleet(), advice_=())).get("/").text


def test_picture() -> None:
    """Beside an alert stands what its recommendation rests on, drawn: cost against quality."""
    told = next(each for each in ADVICE if each.candidate)
    drawn = replace(
        told,
        rests_on="[retiring] support/summary",
        choices=(
            Choice(f"{told.platform}/{told.incumbent}", 0.004, difference=0.0, incumbent=True),
            Choice(HOSTILE, 0.001, difference=-0.02, low=-0.04, high=-0.01, pairs=900),
        ),
    )
    fleet = Fleet()
    answered = next(each for each in fleet.alerts_ if each.recommendation_id == told.id)
    text = client(replace(fleet, advice_=(drawn,))).get(f"/alerts/{answered.id}").text
    assert '<svg class="frontier" role="img"' in text
    assert f'id="{answered.id}-title"' in text
    assert HOSTILE not in text


def test_read_api() -> None:
    """The same as JSON, without anything that JSON cannot say."""
    api = client()
    alerts = api.get("/api/alerts.json").json()["alerts"]
    assert BAD_ANSWER.id in {alert["id"] for alert in alerts}
    assert api.get(f"/api/alerts/{BAD_ANSWER.id}.json").json()["nearest_change"]["to"] == "v14"
    assert api.get("/api/alerts/no-such.json").status_code == 404
    fleet = api.get("/api/fleet.json").json()["fleet"]
    triage = next(each for each in fleet if each["route"] == "support/triage")
    assert triage["rates"]["hallucination"] == {"ratio": None, "interval": None, "n": 0}
    assert api.get("/api/advice.json").json()["recommendations"][0]["candidate"] == "openai/gpt-5.4-mini"


def test_links() -> None:
    """The links of the read API lead to where people reach the console."""
    console = Console(Fleet(), lambda: NOW, at=Addresses("https://watch.example.org"))
    with TestClient(Starlette(routes=[readable(console.routes(), OpenDoor())])) as api:
        one = api.get(f"/api/alerts/{BAD_ANSWER.id}.json").json()
        listed = api.get("/api/alerts.json").json()["alerts"]
    for alert in (one, *listed):
        assert {link["url"].split("/")[2] for link in alert["links"]} == {"watch.example.org"}


def test_static() -> None:
    """Scripts and styles come from ourselves, and nothing outside their folder does."""
    api = client()
    assert api.get("/static/console.js").status_code == 200
    assert api.get("/static/../page.py").status_code == 404
    assert api.get("/static/%2e%2e/page.py").status_code == 404


def test_vendored() -> None:
    """The vendored library is the one we looked at, with its licence."""
    for line in (STATIC / "uPlot-1.6.32.sha256").read_text().splitlines():
        digest, name = line.split()
        assert hashlib.sha256((STATIC / name).read_bytes()).hexdigest() == digest
    assert "MIT License" in (STATIC / "uPlot-1.6.32.LICENSE").read_text()


def test_command(tmp_path: Path) -> None:
    """An alert's page names the directory for its report, ready for a shell, where commands run on it."""
    shown = []
    for data in (None, tmp_path / "my <data>"):
        console = Console(Fleet(), lambda: NOW, data=data)
        with TestClient(Starlette(routes=[readable(console.routes(), OpenDoor())])) as browser:
            shown.append(unescape(browser.get(f"/alerts/{BAD_ANSWER.id}").text))
    assert f"<code>fmwatch report --signal {BAD_ANSWER.id}</code>" in shown[0]
    assert f"--signal {BAD_ANSWER.id} --data '{tmp_path}/my <data>'</code>" in shown[1]
