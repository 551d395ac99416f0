"""An alert prints exactly the contract."""

from __future__ import annotations

import json

import pytest
from fmwatch.event import Change
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.monitors.base import Signal
from services import alert_json
from services.alerter.alert import Alert, at, digest
from services.alerter.grouping import Grouping
from services.alerter.rules import Rules
from tests.contract.schema import errors, load
from tests.services.alerter.signals import ANSWER, AZURE, DAY, FLEET, GPT, signal


def alerts_of(*signals: Signal) -> list[Alert]:
    """Return the alerts of some signals, an hour later."""
    change = Change(at(DAY - 30), "prompt", "acme", from_="v1", to="v2", by="ana")
    return Grouping(Rules()).take(signals, at(DAY + 60), [change])


def document(alerts: list[Alert]) -> dict[str, object]:
    """Return a replay's document with these alerts, as it comes out of a file."""
    head = {"events": 0, "stored": 0, "duplicates": 0, "dead_letters": 0, "seconds": 0.0}
    rest = {"events_per_second": 0.0, "dead_letter_reasons": {}, "recommendations": []}
    found = [alert_json.contract(alert) for alert in alerts]
    loaded: dict[str, object] = json.loads(json.dumps({**head, **rest, "alerts": found}, allow_nan=False))
    return loaded


def test_contract() -> None:
    """Alerts of every level and state fit the schema of `replay --json`."""
    alerts = alerts_of(
        signal("error", FLEET),
        signal("latency", AZURE),
        signal("lifecycle", GPT, observed=9.0, unit="days", reference=float("nan")),
        signal("refusal", ANSWER),
        signal("refusal", ANSWER, 9, "cleared"),
        signal("prompt_drift", ANSWER, 59),
    )
    assert len(alerts) == 5
    assert errors(document(alerts), load("replay")) == []


@settings(max_examples=60)
@given(st.floats(), st.floats(), st.floats(0, 1) | st.just(float("nan")), st.integers(0, 10**9), st.text())
def test_any_numbers(observed: float, reference: float, share: float, n: int, note: str) -> None:
    """Whatever numbers and texts a monitor sends, the document is valid JSON of the contract."""
    one = signal(
        "spend", ANSWER, observed=observed, reference=reference, share_of_traffic=share, n=n, note=note
    )
    assert errors(document(alerts_of(one)), load("replay")) == []


@pytest.mark.parametrize("name", ["demo", "replay"])
def test_same_alert(name: str) -> None:
    """Both documents describe alerts and recommendations by the same words."""
    assert load(name)["$defs"]["alert"] == load("replay")["$defs"]["alert"]
    assert load(name)["$defs"]["recommendation"] == load("replay")["$defs"]["recommendation"]


def test_checker() -> None:
    """The checker finds a missing field, a wrong word and a field of nobody."""
    (alert,) = alerts_of(signal("error", ANSWER))
    broken = document([alert])
    loaded = dict(alert_json.contract(alert)) | {"severity": "loud", "extra": 1, "interval": [1.0]}
    del loaded["n"]
    broken["alerts"] = [loaded]
    assert len(errors(broken, load("replay"))) == 4


def test_explained() -> None:
    """What receivers get has the contract's fields and what explains them."""
    (alert,) = alerts_of(signal("error", ANSWER))
    explained = alert_json.document(alert)
    assert alert_json.contract(alert).items() <= explained.items()
    assert explained["title"] == "support/answer: 8.1 % of calls fail, usually 2.7 %"
    assert explained["runbook"] == "docs/runbooks/error.md"


def test_digest() -> None:
    """Parts that join to the same text have different hashes."""
    assert digest("ab", "c") != digest("a", "bc")
