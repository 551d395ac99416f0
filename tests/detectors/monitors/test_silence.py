"""Routes that fall silent: found, named once, and nothing said of nights, weekends, holidays and work."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from detectors.monitors.base import Leaf, Maintenance, Observations, Ruling, Signal, Transit
from detectors.monitors.completeness import DELAY_MINUTES
from detectors.monitors.silence import SilenceMonitor
from detectors.monitors.suite import check_cut, check_restore
from detectors.monitors.testing import cut
from detectors.monitors.testing_volume import START, Fall, Line, Restlessness, traffic

DAY = 1440
ANSWERS = Leaf("default", "openai", "support/answers", "gpt-5.4")
SEARCH = Leaf("default", "azure", "shop/search", "gpt-5.4-mini")
DRAFT = Leaf("default", "anthropic", "law/draft", "claude-opus-4-5")


def found(observations: Observations) -> list[Signal]:
    """Return what the monitor says, told a day at a time."""
    monitor = SilenceMonitor()
    signals: list[Signal] = []
    for start in range(observations.start, observations.end, DAY):
        signals += monitor.update(cut(observations, start, start + DAY))
    return signals


def fleet(*falls: Sequence[Fall], calls: float = 1000) -> list[Line]:
    """Return three routes of three teams, of which some fall."""
    leaves = (ANSWERS, SEARCH, DRAFT)
    teams = ("support", "shop", "law")
    return [
        Line(
            leaf,
            team,
            calls,
            "office" if leaf == SEARCH else "round",
            falls=falls[i] if i < len(falls) else (),
        )
        for i, (leaf, team) in enumerate(zip(leaves, teams, strict=True))
    ]


def test_silent_route() -> None:
    """A route that falls silent is said alone, soon, with its start, and is over when calls are back."""
    signals = found(traffic(fleet([Fall(19.5, 19.9, 0.0)]), 22, 3))
    assert [(signal.state, signal.series.level, signal.series.route) for signal in signals] == [
        ("raised", "route", "support/answers"),
        ("cleared", "route", "support/answers"),
    ]
    raised, cleared = signals
    begin = START + 19.5 * DAY
    assert 0 <= raised.minute - begin <= 120
    assert raised.began_low - 10 <= begin <= raised.began_high + 10
    assert raised.observed < 0.1 * raised.reference
    assert raised.examples
    assert 0 <= cleared.minute - (START + 19.9 * DAY) < 240


def test_part() -> None:
    """A fall to a tenth is found too, and its size is near the truth."""
    (raised,) = [
        one
        for one in found(traffic(fleet([Fall(19.5, 30, 0.1)], calls=2000), 21, 4))
        if one.state == "raised"
    ]
    assert 0.07 < raised.observed / raised.reference < 0.14
    assert abs(raised.began - (START + 19.5 * DAY)) <= 30


def test_rhythm() -> None:
    """Nights, weekends and a holiday are no silence."""
    restless = Restlessness(holidays=(18, 26))
    assert found(traffic(fleet(), 28, 5, restless)) == []


def test_shapes() -> None:
    """A nightly batch, bursts and few calls a day are no silence."""
    lines = [
        Line(Leaf("default", "openai", "batch", "m"), "a", 800, "night"),
        Line(Leaf("default", "openai", "cron", "m"), "b", 1500, "bursts"),
        Line(Leaf("default", "openai", "thin", "m"), "c", 12),
    ]
    assert found(traffic(lines, 35, 6)) == []


def test_everything() -> None:
    """When all routes of a tenant fall silent it is one signal, which knows of no receipts here."""
    signals = found(traffic(fleet(*([[Fall(19.45, 19.8, 0.0)]] * 3)), 21, 7))
    assert [(one.state, one.series.level) for one in signals] == [("raised", "fleet"), ("cleared", "fleet")]
    assert set(signals[0].routes) == {leaf.route for leaf in (ANSWERS, SEARCH, DRAFT)}
    assert signals[0].share_of_traffic == pytest.approx(1.0)
    assert signals[0].facts["missed_at"] == "unknown"


@pytest.mark.parametrize(
    ("after", "where"),
    [
        ({"accepted": 3}, "store"),
        ({"rejected": 3}, "gateway"),
        ({"captured": 3, "lost": {"queue_full": 3}}, "applications"),
        ({}, "unknown"),
    ],
)
def test_pipeline(after: dict[str, object], where: str) -> None:
    """What gateways took in, refused or heard of says whether traffic stopped or got lost on its way."""
    silent = traffic(fleet(*([[Fall(19.45, 30, 0.0)]] * 3)), 20, 7)
    begin = START + int(19.45 * DAY)
    transits = [
        Transit("default", "shop", minute, **({"accepted": 3} if minute < begin else after))
        for minute in range(silent.start, silent.end - DELAY_MINUTES)
    ]
    (raised,) = found(replace(silent, transits=transits))
    assert raised.facts["missed_at"] == where


def test_maintenance() -> None:
    """A declared window is no silence; a route that stays silent after it is."""
    window = Maintenance("default", START + int(19.5 * DAY), START + int(19.8 * DAY), "support/answers")
    over = traffic(fleet([Fall(19.5, 19.8, 0.0)]), 21, 3)
    assert found(replace(over, maintenance=[window])) == []
    stays = traffic(fleet([Fall(19.5, 30, 0.0)]), 21, 3)
    (raised,) = found(replace(stays, maintenance=[window]))
    assert raised.minute >= window.end


def test_moved() -> None:
    """A route that moves to another platform and model has not fallen silent."""
    elsewhere = Leaf("default", "bedrock", "support/answers", "claude-sonnet-4-5")
    lines = [
        Line(ANSWERS, "support", 1000, falls=[Fall(19.5, 99, 0.0)]),
        Line(elsewhere, "support", 1000, falls=[Fall(0, 19.5, 0.0)]),
        Line(SEARCH, "shop", 500, "office"),
    ]
    assert found(traffic(lines, 24, 8)) == []


def test_for_good() -> None:
    """A route that is gone for good is said once; after two weeks that is the new usual."""
    signals = found(traffic(fleet([Fall(19.5, 99, 0.0)]), 43, 9))
    assert [one.state for one in signals] == ["raised", "cleared"]
    assert "new usual" in signals[1].facts["ended"] == signals[1].note


def test_widens() -> None:
    """When the rest falls silent within hours, the signal widens to the whole."""
    falls = [[Fall(19.4, 30, 0.0)], [Fall(19.5, 30, 0.0)], [Fall(19.55, 30, 0.0)]]
    signals = found(traffic(fleet(*falls), 20, 10))
    assert signals[-1].series.level == "fleet"
    assert "widens" in signals[-1].facts


def test_same_name() -> None:
    """The end of one silence says nothing of another one that bears the same name."""
    falls = [(Fall(19.4, 24.0, 0.0),)] * 2 + [(Fall(21.4, 30.0, 0.0),)] * 2 + [()]
    lines = [
        Line(Leaf("default", "azure", f"route/{i}", "gpt"), f"team{i}", 1500, falls=fall)
        for i, fall in enumerate(falls)
    ]
    elsewhere = Line(Leaf("default", "openai", "other", "gpt"), "other", 1500)
    signals = found(traffic([*lines, elsewhere], 26, 11))
    named = [(one.state, one.series.platform, set(one.routes)) for one in signals if one.series.platform]
    assert named == [
        ("raised", "azure", {"route/0", "route/1"}),
        ("raised", "azure", {"route/2", "route/3"}),
    ]


@pytest.mark.parametrize("expected", [True, False])
def test_word(*, expected: bool) -> None:
    """A person's word ends a silence; one that was false is found again, one that was expected is learnt."""
    silent = traffic(fleet([Fall(19.5, 30, 0.0)]), 22, 3)
    raised = found(silent)[0]
    said = Ruling(raised.minute + 33, "silence", frozenset({raised.series}), expected)
    told = check_cut(SilenceMonitor, replace(silent, rulings=[said]), step=97)
    check_restore(SilenceMonitor, replace(silent, rulings=[said]), said.minute + 51)
    assert [one.state for one in told] == ["raised", "cleared", *(() if expected else ("raised",))]
    assert told[1].minute == said.minute - 1
    assert "A person has said" in told[1].note


@pytest.mark.parametrize("settings", [{"reference_days": 7}, {"timezone": "Europe/Berlin"}])
def test_other_settings(settings: dict[str, Any]) -> None:
    """References of other days or of another zone's hours are refused, so that the watcher learns anew."""
    monitor = SilenceMonitor()
    monitor.update(cut(traffic(fleet(), 1, 1), START, START + DAY))
    with pytest.raises(ValueError, match="learn anew"):
        SilenceMonitor(**settings).restore(monitor.snapshot())
