"""Alerts of whole teams, and what silence, budget and detector coverage say of themselves in one line."""

from datetime import timedelta

import pytest

from detectors.monitors.base import Series, Signal
from services.alerter.alert import at, fingerprint
from services.alerter.grouping import Grouping
from services.alerter.rules import Rules, sentence
from services.alerter.titles import title
from store.signals import signal_id
from tests.services.alerter.signals import ANSWER, FLEET, signal

SUPPORT = Series("team", "acme", team="support")
SHOP = Series("team", "acme", team="shop")


def budget(team: Series, routes: tuple[str, ...]) -> Signal:
    """Return the signal of a budget that is passed."""
    return signal("budget", team, team=team.team, routes=routes, facts={"budget": "passed"})


def test_two_teams() -> None:
    """Two teams that pass their budgets in the same minute are two alerts, whatever routes they share."""
    both = [budget(SUPPORT, ("a", "b")), budget(SHOP, ("a",))]
    assert len({signal_id(one) for one in both}) == 2
    assert len({fingerprint(one) for one in both}) == 2
    grouping = Grouping(Rules())
    grouping.take(both, at(both[0].minute) + timedelta(minutes=5))
    assert sorted(alert.team for alert in grouping.open) == ["shop", "support"]


def test_own_budget() -> None:
    """A team's budget is its own business, also where the configuration gives a route of it to another."""
    rules = Rules(team_of=lambda _: "shop")
    verdict = rules.judge(budget(SUPPORT, ("a", "b")))
    assert verdict is not None
    assert verdict.teams == ("support",)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (budget(SUPPORT, ("a",)), "The month's budget of team support is passed"),
        (
            signal("budget", SHOP, facts={"budget": "will be passed", "reached": "2026-02-19"}),
            "The month's budget of team shop will be passed on 2026-02-19",
        ),
        (signal("silence", ANSWER, observed=0.1, reference=50.0), "Traffic has stopped on support/answer"),
        (
            signal("silence", FLEET, observed=6.0, reference=50.0),
            "Traffic has fallen to 12% of its usual on the whole fleet",
        ),
        (
            signal("detector_coverage", ANSWER, facts={"detector": "privacy"}),
            "The privacy detector judges fewer calls than before on support/answer",
        ),
        (
            signal("detector_changed", FLEET, facts={"detector": "privacy, refusal"}),
            "Other versions of privacy, refusal on the whole fleet",
        ),
        (
            signal("detector_lag", FLEET, facts={"detector": "judge"}),
            "Scores of judge lag behind on the whole fleet",
        ),
    ],
)
def test_titles(found: Signal, said: str) -> None:
    """The first line says what, who and how bad."""
    assert title(sentence(found), found) == said
