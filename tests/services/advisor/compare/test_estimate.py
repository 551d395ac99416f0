from __future__ import annotations

import numpy as np
import pytest

from services.advisor.compare.estimate import Estimate, estimate, estimates, sizes
from services.advisor.compare.pairs import Pairs, Unlabelled

from .labels import labelled


def known(pairs: Pairs) -> Estimate:
    """The estimate of pairs that have one."""
    found = estimate(pairs)
    assert found
    return found


def test_labels_alone() -> None:
    """Without scores it is the mean, with the textbook's variance and a little for rare differences."""
    pairs = labelled(500, 0.2, 0.3)
    found = known(pairs)
    assert found.difference == pytest.approx(pairs.difference.mean())
    textbook = pairs.difference.var(ddof=1) / 500
    assert found.variance == pytest.approx(textbook + 4 / 504 / 500, rel=1e-6)
    assert (found.pairs, found.conversations, found.weight) == (500, 500, 0)


def test_agreement_is_no_certainty() -> None:
    """Two models that never differ in 100 pairs are not known to be equal."""
    alike = known(Pairs.of(np.zeros(100), np.zeros(100)))
    assert alike.difference == 0
    assert alike.variance**0.5 > 0.01


def test_good_scores_save_labels() -> None:
    """A detector that knows much about the labels makes the estimate surer."""
    pairs = labelled(500, separation=4.0, scored=5_000)
    alone = Pairs.of(pairs.incumbent, pairs.candidate)
    assert known(pairs).variance < 0.6 * known(alone).variance
    assert known(pairs).weight > 0


def test_useless_scores_cost_nothing() -> None:
    """A detector that knows nothing is hardly weighed and hardly widens."""
    pairs = labelled(500, scored=5_000)
    assert known(pairs).variance == pytest.approx(
        known(Pairs.of(pairs.incumbent, pairs.candidate)).variance, rel=0.02
    )


def test_detectors_cannot_bias() -> None:
    """A detector that likes the candidate ever so much, everywhere, moves nothing."""
    pairs = labelled(500, separation=2.0, scored=5_000)
    others = pairs.unlabelled
    liked = Pairs.of(
        pairs.incumbent,
        pairs.candidate,
        score=pairs.score - 1_000,
        unlabelled=Unlabelled(others.n, others.mean - 1_000, others.variance),
    )
    assert known(liked).difference == pytest.approx(known(pairs).difference)


def test_perverse_scores() -> None:
    """A detector that is the wrong way round is not weighed at all."""
    assert known(labelled(500, separation=-2.0, scored=5_000)).weight == 0


def test_few_conversations_have_no_weight() -> None:
    """Scores wait for 50 conversations."""
    assert known(labelled(40, separation=4.0, scored=5_000)).weight == 0


def test_conversations_widen() -> None:
    """Answers of one conversation that are alike count for less."""
    together = labelled(1_000, size=5, alike=0.3)
    apart = Pairs.of(together.incumbent, together.candidate)
    assert known(together).variance > 1.5 * known(apart).variance
    assert known(together).conversations == pytest.approx(200)


def test_one_long_conversation_says_little() -> None:
    """A conversation of half of the pairs leaves a handful of conversations' worth."""
    pairs = labelled(400)
    conversation = np.where(np.arange(400) < 200, 0, np.arange(400))
    found = known(Pairs.of(pairs.incumbent, pairs.candidate, conversation=conversation))
    assert found.conversations == pytest.approx(400**2 / (200**2 + 200))


def test_every_prefix() -> None:
    """What is read off on the way is what those pairs alone would have said."""
    pairs = labelled(300, size=3, alike=0.2)
    path = estimates(pairs, np.array([40, 100]))
    first = Pairs.of(pairs.incumbent[:120], pairs.candidate[:120], conversation=pairs.conversation[:120])
    assert path.at(0) == pytest.approx(known(first))
    assert path.at(1) == pytest.approx(known(pairs))


def test_order_of_conversations() -> None:
    """Conversations count from their first pair on, whatever their numbers are."""
    pairs = Pairs.of([0, 0, 1, 0], [0, 0, 1, 0], conversation=[70, 3, 70, 5])
    assert sizes(pairs).tolist() == [2, 1, 1]


def test_too_little() -> None:
    """One conversation is no estimate."""
    assert estimate(Pairs.of([0, 1], [1, 0], conversation=[1, 1])) is None
    assert estimate(Pairs.of([], [])) is None


def test_not_assessable_is_no_score() -> None:
    """A score that could not be given counts as nothing, on labelled and unlabelled requests alike."""
    assert Pairs.of([0], [1], score=[float("nan")]).score.tolist() == [0]
    assert Unlabelled.of([float("nan"), 2.0]).mean == 1


@pytest.mark.parametrize(("incumbent", "candidate"), [([0, 2], [0, 0]), ([0, 1], [0, -1]), ([0], [0, 1])])
def test_refused(incumbent: list[float], candidate: list[float]) -> None:
    """A label outside 0 to 1, or one without its partner, is refused."""
    with pytest.raises(ValueError, match=r"label is 0|one value per pair"):
        Pairs.of(incumbent, candidate)
