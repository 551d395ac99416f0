"""What deserves an alert, how urgent it is and who hears of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import pytest

from detectors.monitors.base import Series, SignalName
from services.alerter.rules import Decision, Rule, Rules, default_severity, effect, names, sentence
from tests.services.alerter.signals import ANSWER, ANSWER_GPT, AZURE, FLEET, GPT, signal

RUNBOOKS = Path(__file__).parents[3] / "docs" / "runbooks"


@pytest.mark.parametrize("what", ["error", "latency", "hallucination", "toxicity"])
@pytest.mark.parametrize(
    ("where", "severity"),
    [(FLEET, "ticket"), (AZURE, "page"), (GPT, "ticket"), (ANSWER, "page"), (ANSWER_GPT, "page")],
)
def test_pages(what: SignalName, where: Series, severity: str) -> None:
    """What users feel pages at the levels where somebody can act."""
    assert default_severity(signal(what, where)) == severity


@pytest.mark.parametrize(
    ("days", "facts", "severity"),
    [
        (15, {}, "ticket"),
        (14, {}, "page"),
        (-3, {}, "page"),
        (99, {"cause": "retired"}, "page"),
        (99, {"days_left": "7"}, "page"),
        (1, {"days_left": "unknown"}, "ticket"),
        (float("nan"), {}, "ticket"),
    ],
)
def test_lifecycle(days: float, facts: dict[str, str], severity: str) -> None:
    """A model pages when it is gone or has two weeks left, and can wait otherwise."""
    assert default_severity(signal("lifecycle", GPT, observed=days, unit="days", facts=facts)) == severity


@pytest.mark.parametrize(
    ("what", "severity"),
    [
        ("model_changed", "ticket"),
        ("unpriced", "ticket"),
        ("residency", "ticket"),
        ("budget", "ticket"),
        ("detector_coverage", "ticket"),
        ("detector_changed", "ticket"),
        ("detector_lag", "ticket"),
        ("silence", "page"),
        ("spend", "ticket"),
        ("tokens", "ticket"),
        ("ttft", "ticket"),
        ("refusal", "ticket"),
        ("privacy", "ticket"),
        ("prompt_drift", "info"),
        ("response_drift", "info"),
    ],
)
def test_quiet(what: SignalName, severity: str) -> None:
    """What can wait for the morning is a ticket; drift alone is information; traffic that stopped pages."""
    assert default_severity(signal(what, ANSWER)) == severity


def test_complete() -> None:
    """Every signal a monitor may send stands in the table."""
    assert set(get_args(SignalName)) <= set(names())


def test_least_effect() -> None:
    """A signal below the least effect that matters makes no alert."""
    rules = Rules([Rule("big", "latency", at_least={"ratio": 1.3})])
    assert rules.judge(signal("latency", ANSWER, observed=1200.0, reference=1000.0)) is None
    assert rules.judge(signal("latency", ANSWER, observed=1400.0, reference=1000.0)) is not None


def test_bet_is_no_filter() -> None:
    """Where monitors bet against the ratio asked for, only what surely is smaller makes no alert."""
    rules = Rules([Rule("big", "error", route="support/*", at_least={"ratio": 1.3})])
    found: dict[str, Any] = {"observed": 0.012, "reference": 0.010, "low": 0.011}
    assert rules.judge(signal("error", ANSWER, high=0.014, **found)) is not None
    assert rules.judge(signal("error", ANSWER, high=0.0125, **found)) is None
    values: dict[str, Any] = {
        "observed": 1200.0,
        "reference": 1000.0,
        "low": 1100.0,
        "high": 1400.0,
        "unit": "ms",
    }
    part = Rules([Rule("big", "latency", route="support/*", at_least={"ratio": 1.3})])
    whole = Rules([Rule("big", "latency", at_least={"ratio": 1.3})])
    assert part.judge(signal("latency", ANSWER, **values)) is None
    assert whole.judge(signal("latency", ANSWER, **values)) is not None


@pytest.mark.parametrize(
    ("rules", "least"),
    [
        ([Rule("big", "latency", at_least={"ratio": 1.3})], 1.3),
        ([Rule("part", "latency", route="a"), Rule("big", "latency", at_least={"ratio": 1.3})], None),
        ([Rule("all", at_least={"ratio": 2.0})], 2.0),
        ([Rule("fall", "latency", at_least={"ratio": 0.5})], 1.0),
        ([Rule("many", "latency", at_least={"n": 100.0})], None),
        ([], None),
    ],
)
def test_asked(rules: list[Rule], least: float | None) -> None:
    """Monitors of sizes bet against a ratio only if the first rule that speaks of them is about all."""
    assert Rules(rules).asked("latency") == least


def test_decide() -> None:
    """It is said which rule decides, and why there is no alert."""
    mine = Rule("mine", "latency", route="support/*", severity="off")
    few = Rule("few", "error", at_least={"n": 1e6})
    rules = Rules([mine, few])
    assert rules.decide(signal("latency", ANSWER)) == Decision(mine, "off")
    assert rules.decide(signal("error", ANSWER)) == Decision(few, "too small")
    assert rules.decide(signal("spend", ANSWER)) == Decision(None, "alert")


def test_fall_counts() -> None:
    """Half of usual is as far from usual as double."""
    assert effect(signal("tokens", ANSWER, observed=50.0, reference=100.0), "ratio") == pytest.approx(2.0)
    assert effect(signal("error", ANSWER, observed=0.1, reference=0.0), "ratio") == float("inf")


def test_first_match() -> None:
    """The first rule that speaks about a signal decides, globs included; "off" keeps it quiet."""
    rules = Rules(
        [
            Rule("mine", "latency", route="support/*", severity="ticket"),
            Rule("rest", "latency", severity="off"),
        ]
    )
    mine = rules.judge(signal("latency", ANSWER))
    assert mine is not None
    assert (mine.rule, mine.severity) == ("mine", "ticket")
    assert rules.judge(signal("latency", ANSWER, routes=("search/rank",))) is None


def test_info_is_silent() -> None:
    """Information is sent to nobody unless a rule names a receiver."""
    plain = Rules().judge(signal("prompt_drift", ANSWER))
    chosen = Rules([Rule("drift", "prompt_*", receivers=("chat",))]).judge(signal("prompt_drift", ANSWER))
    assert plain is not None
    assert plain.receivers == ()
    assert chosen is not None
    assert chosen.receivers == ("chat",)


@pytest.mark.parametrize("name", names())
def test_runbook(name: str) -> None:
    """Every signal has a runbook that starts with its name and says what to look at and what to do."""
    text = (RUNBOOKS / f"{name}.md").read_text("utf-8")
    assert text.startswith(f"# {name}: ")
    assert "**What it means.**" in text
    assert "**Look first.**" in text
    assert "**Do.**" in text


def test_unknown_signal() -> None:
    """A signal without its own line is a ticket with a plain title, not an error."""
    later = signal("error", ANSWER)
    object.__setattr__(later, "signal", "of_a_later_monitor")
    assert default_severity(later) == "ticket"
    assert sentence(later) == "of_a_later_monitor on {where}"
