"""The page of advice: what to move, why, what waiting costs, and what is not known."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from starlette.testclient import TestClient

from services.advisor.causes.ranked import RANK
from services.console.advised import Reason, reason, reasons
from services.console.records import Ending
from services.wording.advice import CAUSES, ranked
from tests.services.console.alone import app
from tests.services.console.fleet import HOSTILE, STEADY, Fleet, hostile
from tests.services.console.made import ADVICE, NOW, RETIRING

MOVING, ABSTAINING = ADVICE


def advice_of(source: Fleet) -> list[Reason]:
    """Return what a fleet's advice rests on."""
    return reasons(source, source.advice(NOW), NOW)


def facts(source: Fleet, number: int = 0) -> dict[str, tuple[str, str]]:
    """Return the facts of a recommendation by their names."""
    return {name: (value, basis) for name, value, basis in advice_of(source)[number].facts}


def test_rank() -> None:
    """What forces a move goes first, then what has gone wrong, as the advisor has it."""
    assert CAUSES == RANK
    many = [replace(ABSTAINING, causes=(cause,), id=cause) for cause in reversed(CAUSES)]
    assert [each.id for each in ranked([replace(ABSTAINING, id="none"), *many])] == [*CAUSES, "none"]
    assert ranked([ABSTAINING, MOVING]) == [MOVING, ABSTAINING]


def test_facts() -> None:
    """Each number stands with its interval, its n, and what it rests on; what nobody knows is a dash."""
    found = facts(Fleet())
    assert found["to"] == ("openai/gpt-5.4-mini", "")
    assert found["bad answers"] == ("-", "no labels settle it; n 0 calls")
    assert found["spend"] == ("-61 %", "price list, own token mix")
    assert found["last day"] == ("07 Dec 2026", "in 18 days, announced")
    assert found["of calls"][1].startswith("n ")
    labelled = replace(MOVING, quality_difference=-0.012, quality_low=-0.03, quality_high=0.004, n=900)
    quality = facts(Fleet(advice_=[labelled]))["bad answers"]
    assert quality == ("-1.2 points", "-3.0 to +0.4, n 900 labelled pairs")
    assert facts(Fleet(), 1)["to"] == ("-", "no replacement is known to be safe")


def test_waiting() -> None:
    """Waiting costs the calls that will fail and the money that is not saved; else nothing that is known."""
    moving, abstaining = advice_of(Fleet())
    assert "2 % of all calls may fail in 18 days" in moving.waits
    assert (
        "; 109.80 USD (103.17 to 116.43) more than moving, until its last day, in 18 days, "
        "if they are as the last 14 days were"
    ) in moving.waits
    free = reason(MOVING, (), 0, None, NOW, days=STEADY).waits
    assert free.startswith("42.70 USD (39.")
    assert "more than moving, for 7 more days, if" in free
    assert reason(MOVING, (), 0, None, NOW, days=STEADY[:2]).waits == "nothing that is known"
    assert abstaining.waits == "nothing that is known"
    gone = Ending("acme", "openai", "o3", "announced", date(2026, 11, 1), 0.4)
    promised = replace(gone, state="promised", day=date(2027, 11, 1))
    assert "may fail by now" in reason(MOVING, (), 0, gone, NOW).waits
    assert reason(MOVING, (), 0, promised, NOW).waits == "nothing that is known"


@pytest.mark.parametrize("source", [Fleet(), hostile()], ids=["plain", "hostile"])
def test_pages(source: Fleet) -> None:
    """All of it is one page, each has its own, and an alert that it answers leads there."""
    browser = TestClient(app(source, lambda: NOW))
    every, one = browser.get("/advice"), browser.get("/advice/r1")
    assert (every.status_code, one.status_code) == (200, 200)
    assert one.text.count("<article") == 1
    assert HOSTILE not in every.text + one.text
    assert 'href="/advice/r1"' in browser.get(f"/alerts/{RETIRING.id}").text
    missing = browser.get("/advice/no-such")
    assert missing.status_code == 404
    assert "may have expired" in missing.text
    assert "No advice:" in TestClient(app(Fleet(advice_=()), lambda: NOW)).get("/advice").text


def test_many() -> None:
    """Of many a page has fifty, what they rest on stands on their own, and a page beyond is the last."""
    many = [replace(MOVING, id=f"r{n}", rests_on="the screen") for n in range(120)]
    browser = TestClient(app(Fleet(advice_=many), lambda: NOW))
    first, last = browser.get("/advice").text, browser.get("/advice?page=99").text
    assert (first.count("<article"), last.count("<article")) == (50, 20)
    assert 'href="/advice?page=2"' in first
    assert 'href="/advice?page=2"' in last
    assert "the screen" not in first
    assert "the screen" in browser.get("/advice/r7").text
