"""How many words of a text no dictionary holds."""

import math

import pytest

from detectors.language import of
from detectors.spelling import unknown_ratio
from detectors.text import words


def ratio(text: str) -> float:
    """Return the share of one text."""
    split = words(text)
    return float(unknown_ratio([text], [split], [of(text, split)])[0])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I can't find the order of 4711, please help", 0.0),
        ("I cant find the odrer", 2 / 5),
        ("please findthe order", 1 / 3),
        ("find t h e order", 2 / 5),  # a "t" alone may stand behind an apostrophe
        ("PLEASE HELP", 0.0),
    ],
)
def test_ratio(text: str, expected: float) -> None:
    """Typing errors and lost blanks count; numbers, capitals and contractions do not."""
    assert ratio(text) == pytest.approx(expected)


@pytest.mark.parametrize("text", ["", "...", "Wie setze ich mein Passwort zurück?"])
def test_cannot_be_told(text: str) -> None:
    """Without words, and in a language that the dictionary does not know, there is no share."""
    assert math.isnan(ratio(text))
