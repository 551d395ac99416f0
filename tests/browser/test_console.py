"""The console in Chromium: clicks, colours, widths, questions, and texts that would be more than text."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette

from services.access.door import LocalDoor
from services.access.readers import readable
from services.console.page import PAGES, Console
from services.console.place import series_address
from services.listening import in_thread
from services.wording.explanation import Explanation, Suspicion, Triage
from tests.services.console.fleet import Fleet, hostile
from tests.services.console.judgements import Judgements
from tests.services.console.made import BAD_ANSWER, NOW

pytestmark = pytest.mark.browser

HERE = Path(__file__).parent
ALERT = f"/alerts/{BAD_ANSWER.id}"
JUDGE = "/label/judge?tenant=acme&route=support%2Fanswer&platform=openai&model=gpt-5.4-mini"
# Every page of the console; what is added there is added here.
VISITED = (
    *(path for _, path in PAGES),
    "/?state=usual",
    "/?team=nobody",
    "/spend?by=route",
    "/spend?month=2031-01",
    ALERT,
    f"{ALERT}?said=heard",
    f"{ALERT}/examples",
    "/alerts/no-such",
    JUDGE,
    f"{JUDGE}&by=ana",
    f"{JUDGE}&by=ana%40example.org",
    "/advice/r1",
    "/advice/no-such",
    "/runbooks/hallucination",
    f"/runbooks/silence?alert={BAD_ANSWER.id}",
)
# What on-call asks at night: what to click from the alert's page on, and what then stands there.
QUESTIONS: dict[str, tuple[tuple[str, ...], str]] = {
    "what is broken": ((), "8.1 % of answers say what their context does not"),
    "since when": ((), "Wed 18 Nov 00:25 UTC (95 %: 17 Nov 23:20 to"),
    "for whom": ((), "13 % of traffic; support/answer; team support"),
    "is it still going": ((), "firing 20 h 38 min"),
    "is it us or the provider": ((), "Likely the prompt: version v14 has the trouble"),
    "what changed before": ((), "25 min before: prompt v13 -> v14 on support/answer by ana"),
    "how sure are you": ((), "95 %: 7.2-9.1, n = 1,512"),
    "show me examples": ((".examples a",), "Is the lamp suitable for a bathroom?"),
    "what do I do now": (
        (".lines a[href^='/runbooks/']",),
        "hallucination: more answers say what their context does not",
    ),
    "who owns it": ((), "support-oncall"),
}
DOCS = HERE.parents[1] / "docs" / "console.md"
LABEL = "This fleet, its traffic and its incidents are simulated."

Seen = dict[str, Any]


class Desk:
    """Hears what is said of the alerts of a made-up fleet."""

    def __init__(self, source: Fleet) -> None:
        self.source = source
        self.said: list[tuple[str, ...]] = []

    def say(self, alert_id: str, verb: str, by: str, note: str) -> bool:
        """Acknowledge."""
        self.said.append((alert_id, verb, by, note))
        self.source.alerts_ = [
            replace(one, state="acknowledged", acknowledged_by=by) if one.id == alert_id else one
            for one in self.source.alerts_
        ]
        return True


@contextmanager
def served(source: Fleet) -> Iterator[tuple[str, Desk]]:
    """Serve a source on a free port of the loopback interface, to this machine."""
    desk = Desk(source)
    judgements = Judgements(hostile=True)
    console = Console(source, lambda: NOW, LABEL, desk=desk, audit=lambda _: None, judgements=judgements)
    with in_thread(Starlette(routes=[readable(console.routes(), LocalDoor())])) as url:
        yield f"{url}/", desk


def driven(script: str, url: str, *more: str | Path) -> Seen:
    """Let a script drive Chromium and return what it saw."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    assert chromium, "no Chromium here; Debian: apt-get install chromium"
    done = subprocess.run(
        ["node", HERE / script, chromium, url, *more],
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )
    assert done.returncode == 0, done.stderr
    found: Seen = json.loads(done.stdout)
    return found


def fleet(kind: str) -> Fleet:
    """Return a fleet of that kind."""
    return Fleet() if kind == "plain" else hostile()


@pytest.fixture(scope="module", params=["plain", "hostile"])
def seen(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """What one visit of each fleet saw."""
    with served(fleet(request.param)) as (url, _):
        return driven("visit.mjs", url, tmp_path_factory.mktemp("browser")) | {"kind": request.param}


def test_quiet_console(seen: Seen) -> None:
    """Neither the page nor its policy has anything to complain about."""
    assert seen["console"] == []


def test_policy(seen: Seen) -> None:
    """Nothing runs or loads that is not ours."""
    assert seen["policy"].startswith("default-src 'none'")
    assert "unsafe" not in seen["policy"]
    assert seen["foreign"] == []


def test_harmless(seen: Seen) -> None:
    """A hostile text is text: it runs nothing and adds no element."""
    assert not seen["harmed"]
    assert seen["dialogs"] == 0
    assert (seen["strangers"], seen["strangersThere"]) == (0, 0)


def test_painted(seen: Seen) -> None:
    """Every chart has a line in the data's colour."""
    assert len(seen["ink"]) >= 3
    assert min(seen["ink"]) > 150
    assert min(seen["alertInk"]) > 150
    assert len(seen["seriesInk"]) >= 10
    assert min(seen["seriesInk"]) > 100


def test_clicks(seen: Seen) -> None:
    """Details open, the fleet leads to its alert, and the navigation to every page."""
    assert seen["opened"] >= 6
    assert seen["alertPath"].startswith("/alerts/")
    assert seen["pages"] == [path for _, path in PAGES]
    assert ", n " in seen["readout"]


def test_filter(seen: Seen) -> None:
    """The fleet is filtered by keys alone, and says how much of it is shown."""
    assert ("out of 8" if seen["kind"] == "plain" else "None of 2") in seen["filtered"]


def test_width(seen: Seen) -> None:
    """Nothing overflows the window, not even on a phone."""
    assert seen["overflow"] == {"wide": 0, "phone": 0, "phoneAlert": 0, "pages": []}


@pytest.mark.parametrize("kind", ["plain", "hostile"])
@pytest.mark.parametrize("way", ["light", "dark", "phone"])
def test_pages(kind: str, way: str) -> None:
    """On every page, in light and dark and on a phone: axe finds nothing, nothing is foreign or overflows."""
    source = fleet(kind)
    series = series_address(source.habits[0].key)
    paths = [*VISITED, series, f"{series}&last=7d"]
    with served(source) as (url, _):
        seen = driven("pages.mjs", url, way, json.dumps(paths))
    assert seen == {"visited": len(paths), "axe": [], "console": [], "foreign": [], "overflow": []}


@pytest.fixture(scope="module")
def night() -> Seen:
    """What on-call sees and says at night."""
    triage = Triage((Suspicion("prompt", 4, ("version v14 has the trouble",)),), ("the provider",))
    alert = replace(BAD_ANSWER, explanation=Explanation(triage=triage))
    with served(Fleet(alerts_=[alert])) as (url, desk):
        asked = [[question, clicks] for question, (clicks, _) in QUESTIONS.items()]
        return driven("night.mjs", url, ALERT, json.dumps(asked)) | {"desk": desk.said}


@pytest.mark.parametrize("question", QUESTIONS)
def test_ten_questions(night: Seen, question: str) -> None:
    """Each of the ten questions of the night is answered within two clicks of the alert, as the docs say."""
    clicks, answer = QUESTIONS[question]
    assert answer in night["answers"][question]
    assert len(clicks) <= 2
    row = rf"^\| {question}\?? \|.*\| {len(clicks)} \|$"
    assert re.search(row, DOCS.read_text("utf-8"), re.MULTILINE | re.IGNORECASE), row


def test_said(night: Seen) -> None:
    """By keys alone, with the script or without, on-call acknowledges, and the page says so."""
    assert night["desk"] == [(BAD_ANSWER.id, "ack", name, "<b>rolling back</b>") for name in ("ana", "ben")]
    for seen, name in zip(night["said"], ("ana", "ben"), strict=True):
        assert seen["refused"] == []
        assert seen["url"] == f"{ALERT}?said=heard#say"
        assert seen["status"] == "Said, and in force."
        assert f"acknowledged by {name}" in seen["card"]
