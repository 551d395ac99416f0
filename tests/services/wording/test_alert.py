"""The words of an alert."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from detectors.monitors.base import SignalName
from services.alerter.alert import Alert
from services.wording.alert import cause, headline, lines
from services.wording.explanation import Suspicion, Triage
from services.wording.links import Addresses, links, window
from services.wording.words import fit, times, where
from tests.services.wording.night import BEGAN, told
from tests.services.wording.nights import NIGHTS


@pytest.fixture
def alert() -> Alert:
    """Return an alert about unsupported answers."""
    return told("hallucination", NIGHTS["hallucination"])[0]


def said(alert: Alert) -> dict[str, str]:
    """Return what an alert says, by name."""
    return dict(lines(alert))


def test_numbers(alert: Alert) -> None:
    """How bad it is, with interval, n and the ratio to usual."""
    assert said(alert)["How bad"] == (
        "9.8 % of judged answers (95 %: 7.9-12.0, n = 1,240), usually 2.1 %: 4.7 times"
    )


def test_over(alert: Alert) -> None:
    """What is over says so first, and how long it took."""
    over = replace(alert, state="resolved", resolved_at=BEGAN + timedelta(hours=5))
    assert headline(over).startswith("Over: support/answer")
    assert said(over)["Since"].endswith("over 06:25 after 5 h")


def test_whole(alert: Alert) -> None:
    """A share of everything is not worth a word."""
    assert "of all calls" not in headline(replace(alert, share_of_traffic=1.0))


def test_advice(alert: Alert) -> None:
    """Advice about a model belongs to an alert only where a model may be to blame."""
    advised = replace(alert.explanation, advice="gpt-4o -> openai/gpt-5.4-mini")
    blamed = replace(advised, triage=Triage((Suspicion("provider", 3, ("all of azure",)),)))
    assert "Advice" not in said(replace(alert, explanation=advised))
    assert "Advice" in said(replace(alert, explanation=blamed))


def test_cannot_tell() -> None:
    """Two suspects of one weight are named as such, and nobody is accused."""
    two = Triage(
        (Suspicion("prompt", 3, ("prompt v14",)), Suspicion("served_model", 3, ("another model",))),
        ("language",),
    )
    assert two.cause is None
    assert cause(two) == (
        "Cannot tell: perhaps the prompt (prompt v14) or another model behind the name (another model). "
        "As before: language."
    )
    assert cause(Triage()) == "Cannot tell."


def test_links(alert: Alert) -> None:
    """The link leads to the alert's page with the time it is about; without a console to the file."""
    look, runbook = links(alert, Addresses("https://fmwatch.example.org"))
    assert look.url == (
        f"https://fmwatch.example.org/alerts/{alert.id}?from=2026-11-18T00:50Z&until=2026-11-19T03:18Z"
    )
    assert runbook.url == "https://fmwatch.example.org/runbooks/hallucination"
    assert links(alert, Addresses())[0].url == "docs/runbooks/hallucination.md"
    assert window(alert)[0] == alert.began_low - timedelta(hours=24)


def test_names(alert: Alert) -> None:
    """Long names keep both their ends; a series is named as a person would."""
    assert fit("a" * 50 + "/z", 12) == "aaaa…aaaaa/z"
    assert where(replace(alert.series, level="route_model", platform="azure", model="gpt-4o")) == (
        "support/answer (azure/gpt-4o)"
    )
    assert len(where(replace(alert.series, route="r" * 90, platform="p" * 90, model="m" * 90), 0, 48)) <= 48
    assert (times(0.2, 0), times(0.01, 0.04), times(40, 2)) == ("many times", "0.25 times", "20 times")


@pytest.mark.parametrize(
    ("signal", "unit", "line"),
    [
        ("latency", "ms", "the slowest 1 % of calls take 1.87 s or more, usually 1.18 s"),
        (
            "ttft",
            "ms",
            "for 1 % of calls the first token takes 1.87 s or more, usually 1.18 s",
        ),
        (
            "spend",
            "usd",
            "the dearest 1 % of calls cost 1,870 USD or more, usually 1,180 USD",
        ),
        (
            "tokens",
            "tokens",
            "the largest 1 % of calls have 1,870 latency or more, usually 1,180",
        ),
    ],
)
def test_tail(signal: SignalName, unit: str, line: str) -> None:
    """What only the largest values show is told of these, and no upper end is made up for it."""
    facts = {"what": "latency", "quantile": "0.99"}
    night = replace(
        NIGHTS["latency"], numbers=(1870, 1180, 1650, None), unit=unit, n=42, share=1.0, facts=facts
    )
    alert, _ = told(signal, night)
    assert headline(alert) == f"support/answer: {line}"
    bad = said(alert)["How bad"]
    assert " or more for 1 % of calls (95 %: at least 1" in bad
    assert bad.endswith(": 1.6 times")
