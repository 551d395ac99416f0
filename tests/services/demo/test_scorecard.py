"""The scorecard, as a table of what counts as found and as false."""

from datetime import UTC, datetime, timedelta

import pytest

from services.demo.incidents import Incident
from services.demo.scorecard import score

NOON = datetime(2026, 8, 10, 12, tzinfo=UTC)


def arranged(
    kind: str = "latency", routes: tuple[str, ...] = ("a/one",), hours: float | None = None
) -> Incident:
    """Return an incident that begins at noon."""
    ended = None if hours is None else NOON + timedelta(hours=hours)
    return Incident(kind, routes, "azure", "gpt-4o", NOON, ended, 1.8, consequences=("ttft",))


def alert(
    signal: str = "latency", route: str = "a/one", after: float = 1, severity: str = "page"
) -> dict[str, object]:
    """Return an alert detected some hours after noon."""
    detected = (NOON + timedelta(hours=after)).isoformat()
    return {
        "id": f"{signal} {route} {after}",
        "signal": signal,
        "severity": severity,
        "route": "",
        "routes": [route],
        "detected_at": detected,
    }


@pytest.mark.parametrize(
    ("alerts", "found", "false"),
    [
        # Nothing alerted.
        ([], 0, 0),
        # The right signal on the culprit, in time.
        ([alert()], 1, 0),
        # Information is found too, and never false.
        ([alert(severity="info")], 1, 0),
        ([alert("prompt_drift", "b/two", severity="info")], 0, 0),
        # Before it began.
        ([alert(after=-1)], 0, 1),
        # A day after its end is in time, later is not.
        ([alert(after=2 + 24)], 1, 0),
        ([alert(after=2 + 24.1)], 0, 1),
        # Another route.
        ([alert(route="b/two")], 0, 1),
        # A listed consequence on the culprit is neither found nor false.
        ([alert("ttft")], 0, 0),
        # The same consequence elsewhere, or what is no consequence.
        ([alert("ttft", "b/two")], 0, 1),
        ([alert("spend")], 0, 1),
        # Three loud alerts of one incident are forgiven, the fourth is not.
        ([alert(after=n) for n in (1, 2, 3)], 1, 0),
        ([alert(after=n) for n in (1, 2, 3, 4)], 1, 1),
        ([alert(), alert("ttft", after=2), alert("ttft", after=3), alert("ttft", after=4)], 1, 1),
    ],
)
def test_one(alerts: list[dict[str, object]], found: int, false: int) -> None:
    """One incident of two hours against different alerts."""
    card = score([arranged(hours=2)], alerts)
    assert (card["found"], card["missed"], card["false"]) == (found, 1 - found, false)


def test_open() -> None:
    """An incident without an end may be found at any time after its beginning."""
    assert score([arranged()], [alert(after=200)])["found"] == 1


def test_platform() -> None:
    """An outage is found by an alert that names any of its routes; one alert names it all."""
    outage = arranged("error", ("a/one", "a/two", "a/three"), hours=2)
    card = score([outage], [alert("error", "a/three")])
    assert (card["found"], card["false"]) == (1, 0)
    told = card["incidents"]
    assert isinstance(told, list)
    assert told[0]["route"] == ""
    assert told[0]["routes"] == ["a/one", "a/two", "a/three"]


def test_own_first() -> None:
    """An alert counts for the incident whose signal it is before one that merely causes it."""
    ttft = Incident("ttft", ("a/one",), "azure", "gpt-4o", NOON, None, 1.8)
    card = score(
        [arranged(), ttft], [alert("ttft", after=n) for n in (1, 2, 3)] + [alert(after=n) for n in (1, 2, 3)]
    )
    assert (card["found"], card["false"]) == (2, 0)


def test_nothing_arranged() -> None:
    """Without incidents every page and ticket is false."""
    card = score([], [alert(), alert("spend", severity="ticket"), alert("prompt_drift", severity="info")])
    assert (card["arranged"], card["found"], card["false"]) == (0, 0, 2)
    assert card["false_alerts"] == ["latency a/one 1", "spend a/one 1"]
