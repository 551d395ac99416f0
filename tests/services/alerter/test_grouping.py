"""One incident is one alert, however its signals come."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from fmwatch.event import Change
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.monitors.base import Signal
from services import alert_json
from services.alerter.alert import Alert, at
from services.alerter.grouping import HOLD, Grouping
from services.alerter.rules import Rule, Rules, Team
from tests.services.alerter.signals import (
    ANSWER,
    ANSWER_GPT,
    AZURE,
    DAY,
    FLEET,
    GPT,
    RANK,
    RANK_MINI,
    series,
    signal,
)


def grouped(*signals: Signal, until: int = 60, changes: Sequence[Change] = ()) -> dict[str, Alert]:
    """Return the alerts of these signals by what they are about."""
    changed = Grouping(Rules()).take(signals, at(DAY + until), changes)
    return {f"{alert.signal} {alert.series.level}": alert for alert in changed}


def test_child_waits() -> None:
    """A part stays pending until the whole has had its minute, then fires."""
    grouping = Grouping(Rules())
    (early,) = grouping.take([signal("hallucination", ANSWER)], at(DAY + 1))
    (late,) = grouping.take([], at(DAY + 2))
    assert (early.state, early.fired_at) == ("pending", None)
    assert ("firing", at(DAY + 2)) == (late.state, late.fired_at)


def test_fleet_fires() -> None:
    """The whole fleet has no parent to wait for."""
    (alert,) = Grouping(Rules()).take([signal("error", FLEET)], at(DAY + 1))
    assert alert.state == "firing"


def test_parent_claims() -> None:
    """A parent that follows within the minute takes the child with it: one alert, of the parent's level."""
    alerts = grouped(signal("error", ANSWER), signal("error", AZURE, 1))
    assert list(alerts) == ["error platform"]
    assert alerts["error platform"].routes == ("support/answer", "search/rank")
    assert [each.series for each in alerts["error platform"].raised] == sorted((ANSWER, AZURE))


def test_parent_holds() -> None:
    """A child of a firing parent makes no alert of its own."""
    alerts = grouped(signal("error", AZURE), signal("error", ANSWER_GPT, 5), signal("error", RANK, 9))
    assert list(alerts) == ["error platform"]


def test_outage_is_one() -> None:
    """Three routes and two models of one platform, then the platform itself: one loud alert at the end."""
    mini = series("platform_model", "azure", model="gpt-4o-mini")
    changed = Grouping(Rules()).take(
        [
            signal("error", GPT, 0),
            signal("error", mini, 0, routes=("legal/draft",)),
            signal("error", AZURE, 1, routes=("support/answer", "search/rank", "legal/draft")),
            signal("error", ANSWER, 2),
            signal("error", RANK, 2),
        ],
        at(DAY + 30),
    )
    assert [alert.severity for alert in changed if alert.open] == ["page"]
    assert [alert for alert in changed if alert.fired_at and not alert.open] == []


def test_merged_resolve() -> None:
    """Alerts that fired before the parent came are over, joined to the one that goes on."""
    changed = Grouping(Rules()).take(
        [signal("error", ANSWER, 0), signal("error", RANK, 1), signal("error", AZURE, 20)], at(DAY + 30)
    )
    goes_on, joined = changed
    assert (goes_on.series, goes_on.state) == (AZURE, "firing")
    assert (joined.state, joined.parent) == ("resolved", goes_on.id)


def test_other_model() -> None:
    """Two models with news of the same kind on the same routes are two incidents."""
    other = series("platform_model", "azure", model="gpt-4.1")
    alerts = Grouping(Rules()).take(
        [signal("lifecycle", GPT), signal("lifecycle", other, routes=("search/rank",))], at(DAY + 30)
    )
    assert len(alerts) == 2


def test_widening() -> None:
    """A signal that says it widens an earlier one updates that alert and keeps its identity."""
    first = signal("hallucination", ANSWER)
    grouping = Grouping(Rules())
    (before,) = grouping.take([first], at(DAY + 10))
    wide = signal("hallucination", GPT, 20, facts={"widens": "route:acme::support/answer:"})
    (after,) = grouping.take([wide], at(DAY + 30))
    assert (before.id, before.fingerprint) == (after.id, after.fingerprint)
    assert after.series == GPT
    assert set(after.routes) == {"support/answer", "search/rank"}


def test_daily() -> None:
    """A signal said anew every day keeps one alert, with today's sentence, and louder when time runs out."""
    days = [
        signal("lifecycle", GPT, 1440 * day, observed=16.0 - day, unit="days", note=f"{16 - day} days.")
        for day in range(3)
    ]
    (alert,) = Grouping(Rules()).take(days, at(DAY + 5000))
    assert (alert.severity, alert.note, alert.observed) == ("page", "14 days.", 14.0)
    assert alert.title == "gpt-4o on azure retires in 14 days; 2 routes still on it"


def test_joined_kept() -> None:
    """The sentence of a joined alert stays when the monitor's own sentence changes."""
    alerts = grouped(
        signal("prompt_drift", ANSWER),
        signal("refusal", ANSWER, 5, note="Mostly German."),
        signal("refusal", ANSWER, 9, note="All languages."),
    )
    note = alerts["refusal route"].note
    assert note.startswith("All languages. support/answer: questions have moved")
    assert "Mostly" not in note


def test_said_once() -> None:
    """Drift that comes back joins again; its sentence stands once, with the first time."""
    alerts = grouped(
        signal("refusal", ANSWER),
        signal("prompt_drift", ANSWER, 5),
        signal("prompt_drift", ANSWER, 20, "cleared"),
        signal("prompt_drift", ANSWER, 60),
    )
    assert alerts["refusal route"].note.count("questions have moved") == 1
    assert alerts["prompt_drift route"].parent == alerts["refusal route"].id


def test_severity_kept() -> None:
    """A page that widens to a level of tickets stays a page."""
    alerts = grouped(signal("latency", ANSWER), signal("latency", GPT, 10))
    assert alerts["latency platform_model"].severity == "page"


def test_resolves() -> None:
    """What stays clear is over, and was so when it cleared, not when we were sure."""
    alerts = grouped(signal("refusal", ANSWER), signal("refusal", ANSWER, 20, "cleared"))
    assert alerts["refusal route"].state == "resolved"
    assert alerts["refusal route"].resolved_at == at(DAY + 21)


def test_flaps() -> None:
    """Clearing and coming back within ten minutes is one alert that never ended."""
    alerts = grouped(
        signal("refusal", ANSWER), signal("refusal", ANSWER, 20, "cleared"), signal("refusal", ANSWER, 28)
    )
    assert len(alerts) == 1
    assert (alerts["refusal route"].state, alerts["refusal route"].resolved_at) == ("firing", None)


def test_comes_back() -> None:
    """The same trouble a day later is a new alert of the same fingerprint."""
    first, second = Grouping(Rules()).take(
        [
            signal("refusal", ANSWER),
            signal("refusal", ANSWER, 20, "cleared"),
            signal("refusal", ANSWER, 1440),
        ],
        at(DAY + 1500),
    )
    assert first.fingerprint == second.fingerprint
    assert first.id != second.id


def test_parts_outlast() -> None:
    """An alert goes on while any of the series under it is still raised."""
    both = (signal("error", AZURE), signal("error", RANK, 5))
    assert grouped(*both, signal("error", AZURE, 20, "cleared"))["error platform"].state == "firing"
    over = grouped(*both, signal("error", AZURE, 20, "cleared"), signal("error", RANK, 25, "cleared"))
    assert over["error platform"].resolved_at == at(DAY + 26)


def test_never_fired() -> None:
    """A pending alert that clears never becomes anybody's business."""
    alerts = grouped(signal("latency", ANSWER), signal("latency", ANSWER, 1, "cleared"))
    assert (alerts["latency route"].state, alerts["latency route"].fired_at) == ("resolved", None)


@pytest.mark.parametrize("drift_first", [True, False])
def test_drift_joins(*, drift_first: bool) -> None:
    """Drift alone is information; with a consequence on its route it joins that alert, named in its note."""
    drift = signal("prompt_drift", ANSWER, 0 if drift_first else 30, unit="texts")
    alerts = grouped(drift, signal("refusal", ANSWER, 30 if drift_first else 0))
    assert alerts["prompt_drift route"].parent == alerts["refusal route"].id
    assert "questions have moved" in alerts["refusal route"].note
    assert not alerts["prompt_drift route"].loud


def test_drift_alone() -> None:
    """Drift elsewhere stays information of its own."""
    alerts = grouped(signal("prompt_drift", RANK), signal("refusal", ANSWER))
    assert (alerts["prompt_drift route"].severity, alerts["prompt_drift route"].parent) == ("info", "")


def test_again() -> None:
    """The same signals again change nothing, not even after a restart."""
    signals = [signal("error", AZURE), signal("error", RANK, 3), signal("refusal", ANSWER, 5, "raised")]
    grouping = Grouping(Rules())
    first = grouping.take(signals, at(DAY + 30))
    assert grouping.take(signals, at(DAY + 30)) == []
    assert Grouping(Rules(), first).take(signals, at(DAY + 30)) == []


def test_resolved_again() -> None:
    """Signals of an alert that is over do not open it again."""
    signals = [signal("refusal", ANSWER), signal("refusal", ANSWER, 20, "cleared")]
    over = Grouping(Rules()).take(signals, at(DAY + 60))
    assert Grouping(Rules(), over).take(signals, at(DAY + 60)) == []


def test_owner() -> None:
    """The team's owner and receivers come from the configuration; a rule's own receivers go first."""
    teams = {"support": Team("support-oncall", ("pager",))}
    rules = Rules([Rule("mine", "latency", receivers=("chat",))], teams)
    error, latency = Grouping(rules).take(
        [signal("error", ANSWER), signal("latency", ANSWER, 1)], at(DAY + 9)
    )
    assert (error.owner, error.receivers, error.rule) == ("support-oncall", ("pager",), "error")
    assert (latency.receivers, latency.rule) == (("chat",), "mine")


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (Change(at(DAY - 40), "prompt", "acme", route="support/answer"), True),
        (Change(at(DAY - 40), "deploy", "acme"), True),  # of the whole tenant
        (
            Change(at(DAY - 11), "prompt", "acme", route="support/answer"),
            True,
        ),  # inside the interval of began
        (Change(at(DAY - 5), "prompt", "acme", route="support/answer"), False),  # after it
        (Change(at(DAY - 40), "prompt", "acme", route="legal/draft"), False),
        (Change(at(DAY - 40), "price", "acme", platform="openai"), False),
        (Change(at(DAY - 40), "deploy", "other"), False),
        (Change(at(DAY - 2000), "deploy", "acme"), False),  # more than a day before
    ],
)
def test_nearest_change(change: Change, *, found: bool) -> None:
    """The nearest change touches the same series and lies within a day before the start."""
    alert = grouped(signal("error", ANSWER_GPT), changes=[change])["error route_model"]
    assert (alert.nearest_change is not None) is found


def test_last_change() -> None:
    """Of several changes the last before the start is named, with its distance."""
    changes = [Change(at(DAY - minutes), "prompt", "acme", to=f"v{minutes}") for minutes in (300, 40, 90)]
    alert = grouped(signal("error", ANSWER), changes=changes)["error route"]
    nearest = alert_json.contract(alert)["nearest_change"]
    assert isinstance(nearest, dict)
    assert (nearest["to"], nearest["minutes_before"]) == ("v40", 25)


_SIGNALS = st.lists(
    st.builds(
        signal,
        st.sampled_from(["error", "refusal", "latency", "prompt_drift"]),
        st.sampled_from([AZURE, GPT, ANSWER, ANSWER_GPT, RANK_MINI, RANK]),
        st.integers(0, 40),
        st.sampled_from(["raised", "cleared"]),
    ),
    max_size=12,
)


@settings(max_examples=150)
@given(_SIGNALS)
def test_any_cut(signals: list[Signal]) -> None:
    """A day of signals at once gives the same alerts as its minutes one by one."""
    end = at(DAY + 60)
    whole = {alert.id: alert for alert in Grouping(Rules()).take(signals, end)}
    grouping = Grouping(Rules())
    minutes: dict[str, Alert] = {}
    for minute in range(60):
        now = [each for each in signals if each.minute == DAY + minute]
        minutes.update((alert.id, alert) for alert in grouping.take(now, at(DAY + minute + 1)))
    assert whole == minutes


@settings(max_examples=60)
@given(_SIGNALS, st.integers(0, 60))
def test_any_restart(signals: list[Signal], minute: int) -> None:
    """A restart between two minutes, with everything sent again, gives the same alerts."""
    end = at(DAY + 60)
    whole = {alert.id: alert for alert in Grouping(Rules()).take(signals, end)}
    early = [each for each in signals if each.minute < DAY + minute]
    first = {alert.id: alert for alert in Grouping(Rules()).take(early, at(DAY + minute))}
    second = {alert.id: alert for alert in Grouping(Rules(), first.values()).take(signals, end)}
    assert whole == first | second


def test_hold_is_short() -> None:
    """The hold after clearing is minutes, so that a resolve is told soon."""
    assert timedelta(minutes=15) >= HOLD
