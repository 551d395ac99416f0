from __future__ import annotations

import numpy as np
import pytest

from services.advisor.compare.decision import decide
from services.gate.asked import Sides, asked
from services.gate.golden import Answer, Case
from services.gate.graders import check
from services.gate.judging import pairs
from services.gate.verdict import Terms, Verdict, look, verdict

REFUSES = "I'm sorry, but I can't help with that."


def labelled(n: int, incumbent: float, candidate: float, *, seed: int = 1, alike: float = 0.5) -> list[Case]:
    """Return labelled lines; in a share `alike` both answers are bad together."""
    random = np.random.default_rng(seed)
    luck = random.random((n, 2))
    luck[:, 1] = np.where(random.random(n) < alike, luck[:, 0], luck[:, 1])
    return [
        Case(
            id=str(number),
            prompt=f"question {number}",
            incumbent=Answer("Yes.", bad=bool(luck[number, 0] < incumbent)),
            candidate=Answer("Yes.", bad=bool(luck[number, 1] < candidate)),
        )
        for number in range(n)
    ]


def decided(cases: list[Case], terms: Terms) -> Verdict:
    """Return the verdict on lines whose answers are all known."""
    checks = {case.id: check(case) for case in cases}
    judged, planned, _ = asked(Sides.of(cases, {}, {}), cases, checks, terms)
    return verdict(judged, planned, terms)


@pytest.mark.parametrize(("candidate", "outcome"), [(0.02, "pass"), (0.30, "fail"), (0.11, "insufficient")])
def test_outcome(candidate: float, outcome: str) -> None:
    """Surely within the margin passes, surely beyond fails, and what reaches across it is neither."""
    found = decided(labelled(600, 0.10, candidate), Terms(0.02))
    assert found.outcome == outcome
    assert found.interval is not None
    if outcome == "insufficient":
        assert found.needed is not None
        assert found.needed > 600
        assert any("such lines would settle it" in reason for reason in found.reasons)


def test_too_few() -> None:
    """Ten lines say nothing, whatever they say."""
    found = decided(labelled(10, 0.5, 0.0), Terms(0.02))
    assert (found.outcome, found.interval) == ("insufficient", None)
    assert "10 lines judged on both sides are too few" in found.reasons[0]


def test_never_wrong() -> None:
    """Where the incumbent is never wrong, the margin shrinks and says so; one that is said holds."""
    cases = labelled(400, 0.0, 0.0)
    shrunk, fixed = decided(cases, Terms(0.02)), decided(cases, Terms(0.02, fixed=True))
    assert shrunk.outcome == "insufficient"
    assert any("--margin says what you accept" in reason for reason in shrunk.reasons)
    assert fixed.outcome == "pass"


def test_tried() -> None:
    """The tenth candidate on the same set is held to more."""
    one, ten = (decided(labelled(600, 0.10, 0.08), Terms(0.02, tried=tried)) for tried in (1, 10))
    assert one.interval is not None
    assert ten.interval is not None
    assert ten.interval.high > one.interval.high


def test_obstacle() -> None:
    """A candidate that may not serve the route fails, however well it answers."""
    found = decided(labelled(600, 0.10, 0.01), Terms(0.02, obstacles=("may not run there",)))
    assert (found.outcome, found.reasons) == ("fail", ("may not run there",))


def test_guard() -> None:
    """A candidate that refuses or breaks off too often fails, though its other answers are right."""
    cases = [
        Case(
            id=str(n),
            prompt="How long does a refund take?",
            incumbent=Answer("It takes five days.", bad=n % 5 == 0),
            candidate=Answer(REFUSES if n % 10 == 0 else "Five days.", bad=False),
        )
        for n in range(300)
    ]
    found = decided(cases, Terms(0.02))
    assert found.outcome == "fail"
    assert [guard.name for guard in found.guards if guard.failed] == ["refusal"]
    shown = {guard.name for guard in found.guards if not guard.decides}
    assert shown == {"toxicity", "privacy", "hallucination"}


def test_missing_side() -> None:
    """Lines without an answer of one side are counted and named."""
    cases = [Case(id=str(n), prompt="a", expected="b", candidate="b") for n in range(40)]
    found = decided(cases, Terms(0.02))
    assert (found.outcome, found.lines) == ("insufficient", 0)
    assert any("40 without a judged answer of the incumbent" in reason for reason in found.reasons)


@pytest.mark.statistical
def test_false_pass() -> None:
    """A candidate just beyond the margin passes in at most 2.5 %, bad answers being 10 %."""
    wrong = 0
    for seed in range(400):
        cases = labelled(400, 0.10, 0.1201, seed=seed)
        judged = Sides.of(cases, {}, {}).judged(cases, dict.fromkeys(map(str, range(400))))
        wrong += decide(look(pairs(judged), 400, Terms(0.02)), 0.02) == "switch"
    assert wrong <= 16  # 2.5 % of 400 is 10; more than 16 come once in 50
