"""Texts that move are said to have moved until they are back."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from detectors.monitors.base import Leaf, Observations
from detectors.monitors.drift import DriftMonitor
from detectors.monitors.snapshot import without
from detectors.monitors.suite import signals
from detectors.monitors.testing import Shift, Stream, Weather, cut, simulate
from detectors.monitors.values import MOST

LEAVES = [Leaf("default", platform, "support/bot", "gpt-4o") for platform in ("azure", "openai")]


@pytest.mark.parametrize(
    ("share", "until", "states"), [(0.5, 17.0, ["raised", "cleared"]), (0.1, 99.0, ["raised"])]
)
def test_until_back(share: float, until: float, states: list[str]) -> None:
    """A shift is cleared soon after its end; a weak one that stays is not cleared."""
    shift = Shift("prompt_topic", share, 15.4, until)
    stream = Stream(Leaf("default", "openai", "support/bot", "gpt-4o"), calls_per_day=500, shifts=[shift])
    observations = simulate([stream], 21, 1, Weather())
    days = range(observations.start, observations.end + 1, 1440)
    found = [
        signal for signal in signals(DriftMonitor(), observations, days) if signal.signal == "prompt_drift"
    ]
    assert [signal.state for signal in found] == states


@pytest.mark.parametrize(("encoder", "found"), [("a", True), ("b", False)])
def test_other_encoder(encoder: str, found: bool) -> None:
    """What was learned from one encoder's numbers is not held against another's."""
    stream = Stream(
        Leaf("default", "openai", "support/bot", "gpt-4o"),
        calls_per_day=500,
        shifts=[Shift("prompt_topic", 0.5, 15.4, 99.0)],
    )
    days = list(range(0, 22, 1))
    observations = simulate([stream], 21, 1, Weather())
    marks = [observations.start + 1440 * day for day in days]
    learned = DriftMonitor(encoder="a")
    signals(learned, observations, marks[:16])
    after = DriftMonitor(encoder=encoder)
    after.restore(learned.snapshot())
    told = signals(after, observations, marks[15:])
    assert any(signal.signal == "prompt_drift" for signal in told) is found


def test_encoder_in_the_middle() -> None:
    """What stands when texts come to be encoded otherwise is over; the other numbers are no drift."""
    shift = Shift("prompt_topic", 0.5, 15.4)
    observations = simulate([Stream(LEAVES[0], calls_per_day=500, shifts=[shift])], 36, 1, Weather())
    other = np.linalg.qr(np.random.default_rng(5).standard_normal((32, 32)))[0]
    turned = np.round(observations.prompt_embedding @ other).clip(-127, 127).astype(np.int8)
    marks = [observations.start + 1440 * day for day in range(37)]
    before, between, after = DriftMonitor(encoder="a"), DriftMonitor(encoder="b"), DriftMonitor(encoder="b")
    raised = signals(before, observations, marks[:18])
    between.restore(before.snapshot())
    after.restore(between.snapshot())
    told = signals(after, replace(observations, prompt_embedding=turned), marks[17:])
    assert [(one.signal, one.state) for one in raised] == [("prompt_drift", "raised")]
    assert [(one.signal, one.state, one.minute) for one in told] == [
        ("prompt_drift", "cleared", marks[17] - 1)
    ]
    assert told[0].series == raised[0].series


def test_after_weeks() -> None:
    """A route that was silent for longer than its months between false signals is back without any."""
    weeks = Shift("volume", 0.0, 20.0, 100.0)
    observations = simulate([Stream(LEAVES[0], calls_per_day=500, shifts=[weeks])], 103, 1, Weather())
    assert not DriftMonitor(months=lambda *_: 2.5).update(observations)


def test_share_of_late() -> None:
    """The share of traffic is of lately, not of ever since."""
    other = replace(LEAVES[0], route="shop/faq")
    streams = [
        Stream(
            LEAVES[0], calls_per_day=900, shifts=[Shift("volume", 0.1, 8.0), Shift("prompt_topic", 0.5, 16.4)]
        ),
        Stream(other, calls_per_day=900),
    ]
    observations = simulate(streams, 20, 1, Weather())
    monitor = DriftMonitor()
    (raised,) = [one for one in monitor.update(observations) if one.signal == "prompt_drift"]
    assert raised.share_of_traffic == pytest.approx(1 / 11, abs=0.03)


@pytest.mark.parametrize("texts", ["same", "zeros"])
def test_odd_texts(texts: str) -> None:
    """Texts that are all the same, as of a health check, and such without an embedding do no harm."""
    observations = simulate([Stream(LEAVES[0], calls_per_day=500)], 20, 1, Weather())
    rows = observations.prompt_embedding.copy()
    early = observations.minute < observations.start + 17 * 1440
    rows[early] = rows[0] if texts == "same" else 0
    found = DriftMonitor().update(replace(observations, prompt_embedding=rows))
    assert [one.signal for one in found if one.signal == "prompt_drift"] == ["prompt_drift"] * (
        texts == "same"
    )
    assert all(one.high is not None and np.isfinite([one.observed, one.low, one.high]).all() for one in found)


def test_erased() -> None:
    """A call that was erased is no example, and others take its place."""
    observations = simulate(
        [Stream(LEAVES[0], calls_per_day=500, shifts=[Shift("prompt_topic", 0.5, 15.4)])], 18, 1, Weather()
    )
    (whole,) = [one for one in DriftMonitor().update(observations) if one.signal == "prompt_drift"]
    gone = set(whole.examples[:4])
    monitor, after = DriftMonitor(), DriftMonitor()
    monitor.update(cut(observations, observations.start, whole.minute))
    after.restore(without(monitor.snapshot(), gone.__contains__))
    (found, *_) = after.update(cut(observations, whole.minute, observations.end))
    assert found.minute == whole.minute
    assert not gone & set(found.examples)
    assert len(set(found.examples)) == len(whole.examples)
    assert "" not in found.examples


@pytest.mark.parametrize(("column", "what"), [("prompt_topic", "topics"), ("prompt_spelling", "spelling")])
def test_what_moved(column: str, what: str) -> None:
    """Typing errors are called spelling, new questions are not."""
    shift = Shift(column, 0.5, 15.4)
    stream = Stream(Leaf("default", "openai", "support/bot", "gpt-4o"), calls_per_day=500, shifts=[shift])
    observations = simulate([stream], 18, 2, Weather())
    (found,) = [one for one in DriftMonitor().update(observations) if one.signal == "prompt_drift"]
    assert found.facts["what"] == what
    assert ("spelling" in found.note) == (what == "spelling")
    assert len(set(found.examples)) == 10


def of_one_stream() -> Observations:
    """Return two streams of a route; the questions of the second move on day 15."""
    shift = Shift("prompt_topic", 0.5, 15.4)
    streams = [Stream(LEAVES[0], calls_per_day=400), Stream(LEAVES[1], calls_per_day=400, shifts=[shift])]
    return simulate(streams, 18, 3, Weather())


@pytest.mark.parametrize(
    ("by", "slice_"),
    [
        ("leaf", "model openai/gpt-4o"),
        ("language", "language de"),
        ("prompt_version", "prompt version v14"),
        ("region", "region eu-west"),
    ],
)
def test_where(by: str, slice_: str) -> None:
    """The slice whose calls moved is named, and kept through a snapshot; the route's other one is not."""
    found = of_one_stream()
    names: dict[str, Any] = {
        "leaves": LEAVES,
        "languages": ["en", "de"],
        "prompt_versions": ["v13", "v14"],
        "regions": ["us", "eu-west"],
    }
    columns = ("leaf", "language", "prompt_version", "region")
    names |= {name: found.leaf if name == by else 0 * found.leaf for name in columns}
    observations = replace(found, **names)
    days = [observations.start + 1440 * day for day in range(19)]
    learned, after = DriftMonitor(), DriftMonitor()
    signals(learned, observations, days[:16])
    after.restore(learned.snapshot())
    (news,) = [one for one in signals(after, observations, days[15:]) if one.signal == "prompt_drift"]
    assert news.facts["slice"] == slice_
    assert f"Most of it in {slice_}" in news.note


def test_everywhere() -> None:
    """Where texts move in all slices alike, none is named, and that is said."""
    found = of_one_stream()
    chance = np.random.default_rng(1)
    version = chance.integers(0, 5, len(found)).astype(np.int32)
    observations = replace(
        found, leaf=0 * found.leaf, prompt_version=version, prompt_versions=[f"v{n}" for n in range(5)]
    )
    (news,) = [one for one in DriftMonitor().update(observations) if one.signal == "prompt_drift"]
    assert "slice" not in news.facts
    assert "No model, language, prompt version or region stands out." in news.note


def test_many_versions() -> None:
    """A prompt version of its own for every call fills no memory, and the model is named all the same."""
    found = of_one_stream()
    n = len(found)
    observations = replace(
        found,
        prompt_version=np.arange(n, dtype=np.int32),
        prompt_versions=[f"v{number}" for number in range(n)],
    )
    monitor = DriftMonitor()
    (news,) = [one for one in monitor.update(observations) if one.signal == "prompt_drift"]
    assert news.facts["slice"] == "model openai/gpt-4o"
    assert n > 2 * MOST
    assert all(len(track.values.names) <= MOST for track in monitor._tracks.values())
