"""What happened in a night, and the alert that came of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from detectors.monitors.base import Series, Signal, SignalName
from services.alerter.alert import Alert
from services.alerter.explain import sits_in
from services.alerter.grouping import Grouping
from services.alerter.rules import Rules, Team
from services.alerter.triage import Scene, triage
from services.wording.examples import Call, Example, examples
from services.wording.explanation import Explanation

BEGAN = datetime(2026, 11, 19, 1, 25, tzinfo=UTC)
MINUTE = int(BEGAN.timestamp()) // 60
OWNERS = {
    "support": Team("support-oncall"),
    "product": Team("product-oncall"),
    "search": Team("search-team"),
}
ANSWER = Series("route", "default", route="support/answer")
ANSWER_GPT = Series("route_model", "default", "azure", "support/answer", "gpt-4o")
AZURE = Series("platform", "default", "azure")


@dataclass(frozen=True)
class Night:
    """What happened: a signal, and what stood around it."""

    where: Series
    routes: Sequence[str]
    numbers: tuple[float, float, float, float | None]  # observed, reference, low, high
    unit: str
    n: int
    share: float
    team: str = "support"
    facts: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    minutes: tuple[int, int] = (35, 30)  # how well the start is known, before and after
    found_after: int = 52
    scene: Callable[[Alert], Scene] = Scene
    calls: Sequence[Call] = ()
    advice: str = ""


def told(signal: SignalName, night: Night) -> tuple[Alert, list[Example]]:
    """Return the alert of a night as the alerter would have it, and the examples that go with it."""
    before, after = night.minutes
    observed, reference, low, high = night.numbers
    began = MINUTE - 6 * 1440 if night.unit == "days" else MINUTE
    found = Signal(
        signal=signal,
        state="raised",
        series=night.where,
        team=night.team,
        minute=MINUTE + night.found_after,
        began=began,
        began_low=began - before,
        began_high=began + after,
        observed=observed,
        reference=reference,
        low=low,
        high=high,
        unit=night.unit,
        n=night.n,
        routes=night.routes,
        share_of_traffic=night.share,
        monitor="rate 1",
        examples=tuple(one.event_id for one in night.calls),
        note=night.note,
        facts=night.facts,
    )
    changes = list(night.scene(_blank(found)).changes)
    (alert,) = Grouping(Rules(teams=OWNERS)).take([found], BEGAN + timedelta(hours=1), changes)
    scene = night.scene(alert)
    teams = tuple(group.value for group in scene.of("team"))
    explanation = Explanation(teams, sits_in(scene.groups), triage(scene), night.advice)
    return replace(alert, explanation=explanation), examples(alert, night.calls)


def _blank(signal: Signal) -> Alert:
    (alert,) = Grouping(Rules()).take([signal], BEGAN + timedelta(hours=1))
    return alert
