"""What an answer says beyond its context raises its risk; what cannot be judged has no score."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.base import Column
from detectors.batch import Batch
from detectors.encoders.static import StaticEncoder
from detectors.scorers.groundedness import MAX_CONTEXT_CHARACTERS, Groundedness
from detectors.testing import generation

ENCODER = StaticEncoder()
CONTEXT = (
    "Orders above 50 euros ship free of charge. Parcels arrive within 3 working days in Germany. "
    "Returns are accepted for 30 days. The warranty does not cover water damage. "
    "Ana Keller leads the support team in Hamburg."
)
GROUNDED = "Parcels arrive within 3 working days in Germany, and returns are accepted for 30 days."


def column(*responses: str, context: str = CONTEXT, **fields: Any) -> Column:
    """Return the verdicts on some answers to one context."""
    events = [generation(context=[context], response=response, **fields) for response in responses]
    return Groundedness().score(Batch(events, ENCODER))


def risk(response: str, context: str = CONTEXT) -> float:
    """Return the score of one answer."""
    return float(column(response, context=context).score[0])


def test_supported() -> None:
    """An answer in the context's words has no risk, in any order and inflection."""
    assert risk(GROUNDED) == 0.0
    assert risk("Yes: 30 days is how long a return is accepted.") < 0.2


@pytest.mark.parametrize(
    "response",
    [
        "Parcels arrive within 5 working days in Germany, and returns are accepted for 30 days.",
        "Parcels arrive within 3 working days in Portugal, and returns are accepted for 30 days.",
        "Parcels do not arrive within 3 working days in Germany, and returns are accepted for 30 days.",
        GROUNDED + " The warranty covers water damage.",
        GROUNDED + " Customers earn loyalty points redeemable against future purchases.",
    ],
)
def test_unsupported(response: str) -> None:
    """A changed number, a foreign name, a negation added or dropped and an added claim all raise the risk."""
    assert risk(response) > risk(GROUNDED) + 0.02


def test_worst_decides() -> None:
    """One invented sentence outweighs many faithful ones."""
    invented = (
        "Loyal customers collect silver points and swap them for concert tickets in Lisbon every 14 weeks."
    )
    faithful = " ".join([GROUNDED] * 10)
    assert column(invented).label == ["unsupported"]
    assert risk(f"{faithful} {invented}") > 0.4
    assert risk(f"{faithful} {invented} {invented}") > risk(f"{faithful} {invented}")


def test_question_counts() -> None:
    """Repeating the question is no invention."""
    asked, other = (
        column("Your tractor ships free of charge.", prompt=prompt).score[0]
        for prompt in ("Does my tractor ship free?", "Does it ship free?")
    )
    assert asked < other


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"context": ""}, "no context"),
        ({"response": ""}, "no answer"),
        ({"response": "   "}, "no answer"),
        ({"response": "I'm sorry, but I can't help with that."}, "refusal"),
        ({"response": "Das Paket wird innerhalb von drei Tagen kostenlos geliefert."}, "answer in German"),
        (
            {"context": "Das Paket wird innerhalb von drei Tagen geliefert. Rückgabe 30 Tage."},
            "context in German",
        ),
    ],
)  # fmt: skip
def test_not_assessable(fields: dict[str, str], why: str) -> None:
    """Without context, answer or a language it reads there is no score."""
    found = column(
        fields.get("response", "Parcels come quickly and cost nothing."),
        context=fields.get("context", CONTEXT),
    )
    assert found.label == ["not_assessable"], why
    assert np.isnan(found.score[0])
    assert found.explain(0) is None


def test_table_context() -> None:
    """A table or JSON is context as well, whatever language it looks like."""
    menu = '{"name": "Café Núñez", "city": "Málaga", "stars": 4.5, "wifi": "free", "seats": 32}'
    found = column("The Café Núñez has 4.5 stars, and you can use the wifi for free.", context=menu)
    assert found.label == ["grounded"]


def test_explain() -> None:
    """The explanation names the sentence and what it lacks, not the content."""
    found = column(f"{GROUNDED} Visitors from Lisbon pay 12 dollars.").explain(0)
    assert found is not None
    assert found.startswith("Sentence 2 of 2 is supported least;")
    assert "Lisbon" in found
    assert "12" in found
    assert len(found) < 300
    assert column(GROUNDED).explain(0) == "Every word that claims something is in the context."


def test_cut() -> None:
    """Context beyond the cap is not searched, and the explanation says so."""
    said = "The zeppelin museum closes in November."
    found = column(said, context="The harbour opens at dawn. " * (MAX_CONTEXT_CHARACTERS // 27 + 1) + said)
    assert found.score[0] > 0.3
    assert "Only the beginning of the context was searched." in str(found.explain(0))


def test_cache() -> None:
    """A context seen before gives the same verdict, and old contexts are forgotten."""
    scorer = Groundedness()
    events = [generation(context=[f"{'word ' * 7000}{n}"], response=GROUNDED) for n in range(80)]
    first = scorer.score(Batch(events, ENCODER)).score
    assert len(scorer._evidence) < 80
    assert np.array_equal(first, scorer.score(Batch(events, ENCODER)).score)


@given(st.text(max_size=300), st.text(max_size=300))
def test_bounds(context: str, response: str) -> None:
    """Any two texts give a score from 0 to 1, or none."""
    found = column(response, context=context)
    value = found.score[0]
    assert np.isnan(value) == (found.label[0] == "not_assessable")
    assert np.isnan(value) or 0 <= value <= 1
