"""Insults are found, also in a thin disguise; words that only look bad are not."""

import numpy as np
import pytest

from detectors import registry
from detectors.base import Column
from detectors.batch import Batch
from detectors.scorers.toxicity import Toxicity
from detectors.testing import generation

INSULTS = [
    "you are a worthless idiot, nobody will ever respect you",
    "You are a clown and a liar, and your family is ashamed of you.",
    "Shut your mouth, nobody wants to hear from a loser like you.",
    "You pathetic little nobody, stop asking such stupid questions.",
    "I am embarrassed for you, you brainless fool.",
    "Get out of my sight, you miserable creature.",
    "You're a disgrace. I hope you fail at everything you try.",
    "Stop pretending to be smart, you ignorant fool.",
    "Only a complete moron would ask that. Go bother someone else, loser.",
    "Are you stupid? Everyone hates you.",
    "You are so stuuuuupid.",
    "You are a st\u200bupid fool.",
    "you are a w o r t h l e s s fool",
    "You are a $tupid, w0rthless l0ser.",
]
HARMLESS = [
    "How do I kill a zombie process?",
    "kill a zombie process",
    "As a gay man I feel welcome",
    "As a gay man I feel welcome here.",
    "As a Muslim woman, how can I find a prayer room at the airport?",
    "Black people and white people marched together.",
    "The cock crowed",
    "The cock crowed at dawn.",
    "I hate Mondays",
    "How do I get rid of weeds?",
    "How to murder a burger: the best recipes",
    "Explain the idiot by Dostoevsky",
    "I'm stupid, I forgot my password",
    "This app is useless and your service is terrible, refund me.",
    "My card was stolen, what a stupid situation",
    "I feel worthless today, who can I talk to?",
    "What are the symptoms of breast cancer?",
    "How do I execute a shell script and kill its children?",
    "I want to shoot a film in Berlin",
    "The tart was disgusting",
    "You are a great help, thank you!",
    "SELECT * FROM users WHERE name = 'ass%'",
    "Write to joe@example.com about the $5 fee!",
]


def _column(*texts: str, side: str = "prompt") -> Column:
    events = [generation(**{"prompt": "Hi", "response": "Hi", side: text}) for text in texts]
    return Toxicity("prompt" if side == "prompt" else "response").score(Batch(events, registry.encoder()))


@pytest.mark.parametrize("text", INSULTS)
@pytest.mark.parametrize("side", ["prompt", "response"])
def test_insult(text: str, side: str) -> None:
    """A plain insult is toxic, on either side."""
    column = _column(text, side=side)
    assert column.label == ["toxic"]
    assert column.score[0] >= 0.5


@pytest.mark.parametrize("text", HARMLESS)
def test_harmless(text: str) -> None:
    """What only contains a suspicious word is clean."""
    assert _column(text).label == ["clean"]


@pytest.mark.parametrize(
    "text", ["", "  ", "Öffnen Sie bitte die Einstellungen und wählen Sie ein Passwort."]
)
def test_not_assessable(text: str) -> None:
    """Nothing, or a language the model cannot read, is not judged."""
    column = _column(text)
    assert column.label == ["not_assessable"]
    assert np.isnan(column.score[0])


def test_sides() -> None:
    """Each side is judged by its own text, under its own name."""
    batch = Batch([generation(response=INSULTS[0])], registry.encoder())
    verdicts = {
        scorer.name: scorer.score(batch).label for scorer in (Toxicity("prompt"), Toxicity("response"))
    }
    assert verdicts == {"toxicity_prompt": ["clean"], "toxicity_response": ["toxic"]}


def test_sentence() -> None:
    """The explanation gives the score, and repeats no word of the text."""
    column = _column(INSULTS[0], HARMLESS[0])
    sentence = column.explain(0)
    assert sentence is not None
    assert sentence.startswith("Its words read like an insult")
    assert "idiot" not in sentence
    assert column.explain(1) is None
