"""Each call has a language, and an answer in another one than the question's stands out."""

import numpy as np
import pytest

from detectors import registry
from detectors.batch import Batch
from detectors.scorers.language import Language
from detectors.testing import generation

GERMAN = "Bitte öffnen Sie die Einstellungen und wählen Sie ein neues Passwort."


@pytest.mark.parametrize(
    ("prompt", "response", "label", "score"),
    [
        ("How do I reset it?", "Open the settings and choose it.", "en", 0),
        ("Wie setze ich mein Passwort zurück?", GERMAN, "de", 0),
        ("How do I reset my password?", GERMAN, "de", 1),
        ("How do I reset my password?", "", "en", 0),
        ("How do I reset my password?", "42", "en", 0),
        ("7 * 6", "42", "not_assessable", np.nan),
        ("", "", "not_assessable", np.nan),
    ],
)
def test_verdict(prompt: str, response: str, label: str, score: float) -> None:
    """The answer's language counts, else the question's; a switch between them scores 1."""
    column = Language().score(Batch([generation(prompt=prompt, response=response)], registry.encoder()))
    assert column.label == [label]
    assert column.score.tolist() == pytest.approx([score], nan_ok=True)


def test_sentence() -> None:
    """Only a switch is worth a sentence."""
    column = Language().score(Batch([generation(response=GERMAN), generation()], registry.encoder()))
    assert [column.explain(0), column.explain(1)] == ["Asked in en, answered in de.", None]
