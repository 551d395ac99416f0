"""What became of calls on their way, and whether fmwatch itself is alive."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from services.console.pipeline import alive, stages, warned
from services.console.records import Letters, Passed, Pipeline, Undelivered
from tests.services.console.alone import app
from tests.services.console.fleet import HOSTILE, Fleet
from tests.services.console.made import NOW, PIPELINE

HOUR = timedelta(hours=1)


def text(found: Pipeline = PIPELINE, path: str = "/pipeline") -> str:
    """Return the page."""
    answer = TestClient(app(Fleet(pipeline_=found), lambda: NOW)).get(path)
    assert answer.status_code == 200
    return answer.text


@pytest.mark.parametrize(
    ("found", "watches", "said"),
    [
        (PIPELINE, True, "fmwatch watches: up to 02:52 at least; the last heartbeat arrived 2 min ago."),
        (replace(PIPELINE, heartbeat=None), True, "fmwatch watches: up to 02:52 at least."),
        (
            replace(PIPELINE, watched_until=NOW - 5 * HOUR, heartbeat=None),
            False,
            "not watched since 18 Nov 22:13, 5 h ago",
        ),
        (replace(PIPELINE, watched_until=None), None, "No watcher has said yet"),
        (Pipeline(), None, "Nothing is stored yet"),
    ],
    ids=["alive", "no heartbeat", "dead", "unknown", "empty"],
)
def test_alive(found: Pipeline, said: str, *, watches: bool | None) -> None:
    """One line says whether fmwatch watches and how that is known; what is unknown is not called alive."""
    answer, sentence = alive(found, NOW)
    assert answer is watches
    assert said in sentence
    assert said in text(found)


def test_stages() -> None:
    """Each place says how many calls came so far, how many did not, and why."""
    sent, accepted, stored, scored = stages(PIPELINE.passed)
    assert (sent.n, sent.gap, sent.why) == ("10,800", "12 lost", "queue full 12")
    assert (accepted.n, accepted.gap) == ("11,228", "3 refused")
    assert (stored.gap, stored.why) == ("108 not stored", "100 for more than 15 min, 8 on the way")
    assert (scored.n, scored.gap) == ("11,025", "95 not judged")
    whole = stages([Passed("acme", "legal", accepted=5, stored=5, scored=5)])
    assert {stage.gap for stage in whole} == {""}


def test_not_told() -> None:
    """Where no client told what it sent, neither that nor what it lost is known."""
    passed = [Passed("acme", "legal", accepted=5, stored=5, scored=5)]
    assert stages(passed)[0].n == "-"
    page = text(Pipeline(passed=passed))
    assert "<span>sent by clients</span> <strong>-</strong>" in page
    assert '<td class="n">not told</td><td class="n">-</td>' in page
    assert '<td class="n">6,010</td><td class="n">12</td>' in text()
    assert stages([Passed("acme", "search", captured=5)])[0].n == "5"


def test_warned() -> None:
    """What is worth a look stands on top with what to do; nothing is said where all is well."""
    told = [each.what for each in warned(PIPELINE, NOW, watches=True)]
    assert told == [
        "100 accepted calls are not stored after 15 min.",
        "Applications have lost 12 calls.",
        "3 dead letters wait.",
        "pager does not take notifications: 2 wait, 0 given up: 503 from events.pagerduty.com",
        "judge is 2 h 3 min behind.",
    ]
    well = Pipeline(newest=NOW, watched_until=NOW)
    assert warned(well, NOW, watches=True) == ()
    assert "Nothing here is worth a look" in text(well)
    assert warned(well, NOW, watches=False)[0].what == "Nobody watches, so nothing alerts."


def test_clocks() -> None:
    """Calls that are old, or from a clock that runs ahead, are said."""
    (old,) = warned(Pipeline(newest=NOW - 3 * HOUR), NOW, watches=True)
    assert old.what == "The newest call is 3 h old."
    (ahead,) = warned(Pipeline(newest=NOW + 3 * HOUR), NOW, watches=True)
    assert ahead.what == "Calls come from 3 h in the future."
    assert "fmwatch watches" in text(replace(PIPELINE, watched_until=NOW + HOUR, heartbeat=NOW + HOUR))


def test_many_teams() -> None:
    """Of a thousand teams those that lack most are shown, with their number."""
    many = replace(PIPELINE, passed=[Passed(f"t{n}", "a", accepted=1) for n in range(1000)])
    page = text(many)
    assert "50 of 1,000 teams" in page
    assert len(page) < 150_000


def test_time() -> None:
    """The page shows a day, or what its link asks for."""
    assert "18 Nov 2026 04:00 to 19 Nov 2026 04:00" in text()
    assert "12 Nov 2026 04:00 to 19 Nov 2026 04:00" in text(path="/pipeline?last=7d")
    assert "asks for a time that is none" in text(path="/pipeline?from=x")


def test_hostile() -> None:
    """Names and complaints from outside stand as text."""
    found = Pipeline(
        passed=[Passed(HOSTILE, HOSTILE, 2, 1, {HOSTILE: 1}, 1)],
        letters=[Letters(HOSTILE, HOSTILE, 1, NOW)],
        undelivered=[Undelivered(HOSTILE, 1, 1, HOSTILE)],
        newest=NOW,
    )
    assert "<img src=x" not in text(found)
