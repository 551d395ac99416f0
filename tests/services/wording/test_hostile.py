"""Whatever stands in an alert's fields, its words are printable lines, and its links are links."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.monitors.base import Series
from services.alerter.alert import Alert, NearestChange
from services.alerter.receivers.console import line
from services.wording.alert import HEADLINE, LONGEST_LINE, headline, lines, text
from services.wording.examples import Call, examples
from services.wording.explanation import Explanation, Slice, Suspicion, Triage
from services.wording.links import Addresses, links
from tests.services.wording.night import BEGAN, told
from tests.services.wording.nights import NIGHTS

HOSTILE = (
    "a\r\nBcc: x\x00\x1b[2J\u202e\u2028\u2029\u0085\u200b\ufeff\ud800<@U1|x>@everyone`*_[x](http://e.vil)"
    + "x" * 500
)
CONSOLE = Addresses("https://fmwatch.example.org")


def hostile(said: str) -> Alert:
    """Return an alert with this text in each of its fields that come from outside."""
    alert, _ = told("hallucination", NIGHTS["hallucination"])
    spelled: dict[str, Any] = {
        each.name: said
        for each in fields(Alert)
        if isinstance(getattr(alert, each.name), str) and each.name not in {"severity", "state", "signal"}
    }
    return replace(
        alert,
        **spelled,
        series=Series("route_model", said, said, said, said),
        routes=(said, said),
        facts={said: said, "what": said},
        examples=(said,),
        nearest_change=NearestChange(BEGAN, said, said, said, said, said, said, said, said),
        explanation=Explanation(
            teams=(said, said),
            slice=Slice(said, said, 10, 0.5, 0.1, 0.4, 0.1),
            triage=Triage((Suspicion("prompt", 3, (said,)),), (said,)),
            advice=said,
        ),
    )


def calls(said: str) -> list[Call]:
    """Return a call that is hostile in every text."""
    return [Call(said, said, BEGAN, said, said, said, said, said, (said,), said)]


def unreadable(said: str) -> list[str]:
    """Return what a receiver could misread."""
    return [char for char in said if not char.isprintable()]


def check(alert: Alert, said: str) -> None:
    """Check everything that is said of an alert."""
    shown = examples(alert, calls(said))
    assert len(headline(alert)) <= HEADLINE
    for one in (headline(alert), line("fire", alert), *(part for row in lines(alert, shown) for part in row)):
        assert unreadable(one) == []
    assert all(len(row.text) <= LONGEST_LINE for row in lines(alert, shown))
    assert text(alert, shown).count("\n") == len(lines(alert, shown))
    for link in links(alert, CONSOLE):
        assert link.url.startswith("https://fmwatch.example.org/")
        assert link.url.isascii()
        assert not set(link.url) & set(" <>\"'`|\\")


@pytest.mark.parametrize("state", ["firing", "resolved"])
def test_every_field(state: Any) -> None:
    """Line breaks, escapes, hidden and reversed text, half characters: all are spaces."""
    check(replace(hostile(HOSTILE), state=state), HOSTILE)


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(codec=None), max_size=300))
def test_any_text(said: str) -> None:
    """Any text at all."""
    check(hostile(said), said)


@pytest.mark.parametrize("signal", sorted(NIGHTS))
@pytest.mark.parametrize("number", [float("nan"), float("inf"), -1.0, 0.0, 1e300, None])
def test_any_number(signal: Any, number: float | None) -> None:
    """A number that is none, or none at all, is no reason to say nothing."""
    alert, _ = told(signal, NIGHTS[signal])
    odd = replace(alert, observed=number, reference=number, low=number, high=number, share_of_traffic=number)
    assert headline(odd)
    assert all(unreadable(row.text) == [] for row in lines(odd))
