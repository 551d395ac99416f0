"""What detectors do not judge any more: the share, the reason, other versions, and who lags behind."""

from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar

import numpy as np
import pytest
from numpy.typing import NDArray

from detectors.monitors.base import Later, Leaf, Observations, Ruling, Signal, SignalName
from detectors.monitors.coverage import CoverageMonitor
from detectors.monitors.later import LATE_MINUTES
from detectors.monitors.page_budget import DETERMINISTIC, MEAN_SHARE, SEVERITY, PageBudget
from detectors.monitors.suite import check_cut, check_restore
from detectors.monitors.testing import cut
from detectors.monitors.testing_volume import START, Line, traffic

DAY = 1440
ANSWERS = Leaf("default", "openai", "support/answers", "gpt-5.4")
SEARCH = Leaf("default", "azure", "shop/search", "gpt-5.4-mini")
LINES = [Line(ANSWERS, "support", 800), Line(SEARCH, "shop", 800)]
CHANGE = START + int(16.4 * DAY)
Mask = NDArray[np.bool_]


def found(observations: Observations) -> list[Signal]:
    """Return what the monitor says, told a day at a time."""
    monitor = CoverageMonitor()
    signals: list[Signal] = []
    for start in range(observations.start, observations.end, DAY):
        signals += monitor.update(cut(observations, start, start + DAY))
    return signals


def seen(days: int, seed: int, change: Callable[[Observations, Mask], Observations]) -> Observations:
    """Return two routes that one in twenty calls of cannot be judged, changed from the change on."""
    observations = traffic(LINES, days, seed)
    random = np.random.default_rng(seed)

    def label() -> NDArray[np.int8]:
        return np.where(random.random(len(observations)) < 0.05, -1, 0).astype(np.int8)

    observations = replace(
        observations,
        hallucinated=label(),
        toxic_response=label(),
        toxic_prompt=label(),
        refused=label(),
        privacy=label(),
    )
    return change(observations, observations.minute >= CHANGE)


def test_nothing() -> None:
    """One in twenty, as always, is no news."""
    assert found(seen(24, 1, lambda observations, _: observations)) == []


def test_context() -> None:
    """Answers without their context are named, on their route, with the reason."""

    def without(observations: Observations, after: Mask) -> Observations:
        gone = after & (observations.leaf == 0)
        return replace(
            observations, hallucinated=np.where(gone, -1, observations.hallucinated).astype(np.int8)
        )

    raised = found(seen(18, 2, without))[0]
    assert (raised.series.route, raised.facts["detector"]) == ("support/answers", "hallucination")
    assert "context" in raised.facts["reason"]
    assert raised.observed > 0.5
    assert abs(raised.began - CHANGE) < 120
    assert raised.minute - CHANGE < 6 * 60


def test_not_run() -> None:
    """A detector that is not run on any route is one signal, and says so."""

    def skipped(observations: Observations, after: Mask) -> Observations:
        return replace(observations, privacy=np.where(after, -2, observations.privacy).astype(np.int8))

    raised = [one for one in found(seen(18, 3, skipped)) if one.state == "raised"]
    assert raised[-1].series.level == "fleet"
    assert raised[-1].facts["detector"] == "privacy"
    assert "not run" in raised[-1].facts["reason"]


def test_small_share() -> None:
    """A share that stays below a fifth is not worth a ticket."""

    def some(observations: Observations, after: Mask) -> Observations:
        gone = after & (np.arange(len(observations)) % 8 == 0)
        return replace(
            observations, toxic_prompt=np.where(gone, -1, observations.toxic_prompt).astype(np.int8)
        )

    assert found(seen(24, 4, some)) == []


def test_hardly_ever() -> None:
    """What was hardly ever judged is no news when it is never judged any more."""

    def never(observations: Observations, after: Mask) -> Observations:
        seldom = ~after & (np.arange(len(observations)) % 50 == 0)
        return replace(observations, hallucinated=np.where(seldom, 0, -1).astype(np.int8))

    assert found(seen(21, 8, never)) == []


def test_version() -> None:
    """Another version is said once, and over an hour after the last call of the old one."""

    def newer(observations: Observations, after: Mask) -> Observations:
        sets = ['{"privacy":"3","refusal":"1"}', '{"privacy":"4","refusal":"1"}']
        mixed = after & ((observations.minute >= CHANGE + 30) | (np.arange(len(after)) % 2 == 0))
        return replace(observations, detector_sets=sets, detectors=mixed.astype(np.int32))

    raised, cleared = found(seen(18, 5, newer))
    assert raised.signal == "detector_changed"
    assert raised.facts["reason"] == "privacy 3 to 4"
    assert 0 <= raised.minute - CHANGE < 30
    assert cleared.state == "cleared"
    assert 60 <= cleared.minute - CHANGE <= 95


def versions(*changes: tuple[int, str]) -> list[Signal]:
    """Return what is said when calls are judged by other versions from some minutes after the change on."""
    observations = traffic(LINES, 18, 5)
    sets = ['{"privacy":"3","refusal":"1"}', *(text for _, text in changes)]
    begins = np.array([CHANGE + after for after, _ in changes])
    numbers = np.searchsorted(begins, observations.minute, side="right").astype(np.int32)
    return found(replace(observations, detector_sets=sets, detectors=numbers))


def test_second_version() -> None:
    """A second change within the hour is said with the first, and both are over an hour after it."""
    new = '{"privacy":"4","refusal":"1"}', '{"privacy":"4","refusal":"2"}'
    first, second, cleared = versions((0, new[0]), (30, new[1]))
    assert first.facts["detector"] == "privacy"
    assert second.facts["reason"] == "privacy 3 to 4; refusal 1 to 2"
    assert (first.state, second.state, cleared.state) == ("raised", "raised", "cleared")
    assert 60 <= cleared.minute - CHANGE - 30 <= 65


def test_rolled_back() -> None:
    """A change that is taken back is over, too, and the old version is known again."""
    raised, cleared = versions((0, '{"privacy":"4","refusal":"1"}'), (20, '{"privacy":"3","refusal":"1"}'))
    assert (raised.state, cleared.state) == ("raised", "cleared")
    assert 70 <= cleared.minute - CHANGE <= 80


def judged(
    observations: Observations, share: float, until: int, again: int, name: str = "judge"
) -> list[Later]:
    """Return what a judge scored of a fleet's calls, and nothing between two minutes."""
    minutes, n = np.unique(observations.minute, return_counts=True)
    random = np.random.default_rng(9)
    return [
        Later("default", name, int(minute), int(random.binomial(calls, share)))
        for minute, calls in zip(minutes.tolist(), n.tolist(), strict=True)
        if not until <= minute < again
    ]


def test_lag() -> None:
    """A judge that stops is said with how far it is behind, and over when it has caught up."""
    observations = traffic(LINES, 20, 6)
    later = judged(observations, 0.2, CHANGE, CHANGE + DAY)
    raised, cleared = found(replace(observations, later=later))
    assert raised.signal == "detector_lag"
    assert raised.facts["detector"] == "judge"
    assert int(raised.facts["behind_minutes"]) >= LATE_MINUTES
    assert raised.minute - CHANGE < 6 * 60 + LATE_MINUTES
    assert (cleared.state, cleared.series) == ("cleared", raised.series)
    assert cleared.minute - CHANGE - DAY < 6 * 60 + LATE_MINUTES


def test_two_lag() -> None:
    """Two judges that lag are one signal, which is over when both have caught up."""
    observations = traffic(LINES, 20, 6)
    one = judged(observations, 0.2, CHANGE, CHANGE + DAY)
    other = judged(observations, 0.1, CHANGE + DAY // 2, CHANGE + 2 * DAY, "people")
    signals = found(replace(observations, later=[*one, *other]))
    assert {(one.signal, one.series.level) for one in signals} == {("detector_lag", "fleet")}
    assert [(one.state, one.facts["detector"]) for one in signals] == [
        ("raised", "judge"),
        ("raised", "judge, people"),
        ("raised", "people"),
        ("cleared", "people"),
    ]


def trouble(days: int = 19) -> Observations:
    """Return a fleet: nobody looks for refusals any more, then others for privacy; its judge stops."""
    observations = traffic(LINES, days, 11)
    minute = observations.minute
    return replace(
        observations,
        refused=np.where(minute >= CHANGE, -2, 0).astype(np.int8),
        detectors=(minute >= CHANGE + DAY).astype(np.int32),
        detector_sets=['{"privacy":"1"}', '{"privacy":"2"}'],
        later=judged(observations, 0.2, CHANGE + DAY, CHANGE + 9 * DAY),
    )


KINDS: tuple[SignalName, ...] = ("detector_coverage", "detector_changed", "detector_lag")


@pytest.mark.parametrize("expected", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_word(kind: SignalName, *, expected: bool) -> None:
    """What a person says of one kind ends that one, and is no word about another on the same series."""
    observations = trouble()
    before = found(observations)
    about = [one for one in before if one.signal == kind and one.state == "raised"][-1]
    assert about.series.level == "fleet"
    said = Ruling(about.minute + 30, kind, frozenset({about.series}), expected)
    after = check_cut(CoverageMonitor, replace(observations, rulings=[said]), step=7 * 60)
    check_restore(CoverageMonitor, replace(observations, rulings=[said]), said.minute + 100)
    over = next(one for one in after if one.signal == kind and one.state == "cleared")
    assert over.minute == said.minute - 1
    assert "A person has said" in over.note
    others = [[one for one in signals if one.signal != kind] for signals in (before, after)]
    assert others[0] == others[1]
    again = [one for one in after if one.signal == kind and one.minute > said.minute]
    assert bool(again) == (not expected and kind != "detector_changed")


def test_side_by_side() -> None:
    """Of two versions that a person has called expected nothing more is said; a third is news."""
    observations = traffic(LINES, 19, 12)
    late = observations.minute >= CHANGE + DAY
    mixed = (observations.minute >= CHANGE) & (np.arange(len(observations)) % 2 == 0)
    numbers = np.where(late & mixed, 2, mixed).astype(np.int32)
    sets = [f'{{"privacy":"{version}"}}' for version in (1, 2, 3)]
    observations = replace(observations, detectors=numbers, detector_sets=sets)
    first = found(observations)[0]
    said = Ruling(first.minute + 300, "detector_changed", frozenset({first.series}), expected=True)
    told = found(replace(observations, rulings=[said]))
    assert [(one.state, one.facts["reason"]) for one in told] == [
        ("raised", "privacy 1 to 2"),
        ("cleared", "privacy 1 to 2"),
        ("raised", "privacy 2 to 3"),
    ]


def test_few_calls() -> None:
    """What a person has called expected is not told again, either, where calls are hours apart."""
    observations = traffic([Line(ANSWERS, "support", 20, "flat")], 12, 14)
    mixed = (np.arange(len(observations)) % 2).astype(np.int32)
    sets = ['{"privacy":"1"}', '{"privacy":"2"}']
    observations = replace(observations, detectors=mixed, detector_sets=sets)
    first = found(observations)[0]
    said = Ruling(first.minute + 30, "detector_changed", frozenset({first.series}), expected=True)
    assert [one.state for one in found(replace(observations, rulings=[said]))] == ["raised", "cleared"]


def beside(share: float, calls: float, days: int, again: int | None = None) -> list[Signal]:
    """Return what is said of two versions side by side from day three on; the old one may end and be back."""
    observations = traffic([Line(ANSWERS, "support", calls, "flat")], days, 14)
    new = np.random.default_rng(3).random(len(observations)) < share
    new &= observations.minute >= START + 3 * DAY
    if again is not None:
        new |= (observations.minute >= START + 8 * DAY) & (observations.minute < START + again * DAY)
    sets = ['{"privacy":"1"}', '{"privacy":"2"}']
    numbers = new.astype(np.int32)
    return check_cut(
        CoverageMonitor, replace(observations, detectors=numbers, detector_sets=sets), step=7 * 60
    )


@pytest.mark.parametrize(
    ("share", "calls", "days"), [(0.5, 20, 40), (0.5, 2, 90), (0.1, 20, 60), (0.03, 300, 20)]
)
def test_told_once(share: float, calls: float, days: int) -> None:
    """Two versions side by side are told once, however thin the traffic is and however rare one of them."""
    told = [one for one in beside(share, calls, days) if one.state == "raised"]
    assert [one.facts["reason"] for one in told] == ["privacy 1 to 2"]


def test_back_again() -> None:
    """A version that was gone for days is news when it is back."""
    told = beside(0.5, 300, 14, again=11)
    assert [(one.state, one.facts["reason"]) for one in told if one.state == "raised"] == [
        ("raised", "privacy 1 to 2"),
        ("raised", "privacy 2 to 1"),
    ]


class Asked(PageBudget):
    """A page budget that remembers for how many series each signal's promise was asked."""

    series: ClassVar[dict[str, int]] = {}

    def __call__(self, signal: SignalName, series: int) -> float:
        """Return the months between false findings."""
        self.series[signal] = series
        return super().__call__(signal, series)


def test_budget() -> None:
    """Shares and late scores have each a part of the false tickets of their own, and spend no more."""
    observations = traffic(LINES, 9, 13)
    later = [one for name in ("a", "b", "c") for one in judged(observations, 0.2, 0, 0, name)]
    monitor, budget = CoverageMonitor(Asked(), reference_days=7), PageBudget()
    for start in range(observations.start, observations.end, DAY):
        monitor.update(cut(replace(observations, later=later), start, start + DAY))
    shares = np.exp(-monitor.watch.board.engine.log_months).sum() / (1 - MEAN_SHARE)
    assert shares == pytest.approx(budget.part("ticket"))
    assert Asked.series == {"detector_lag": 3}
    kinds = [
        name for name, severity in SEVERITY.items() if severity == "ticket" and name not in DETERMINISTIC
    ]
    assert {"detector_coverage", "detector_lag"} <= set(kinds)
    assert len(kinds) * budget.part("ticket") == pytest.approx(budget.per_month["ticket"])


def test_no_lag() -> None:
    """A judge of a small sample that goes on is left in peace, at night too."""
    observations = traffic(LINES, 28, 7)
    assert found(replace(observations, later=judged(observations, 0.05, 0, 0))) == []
