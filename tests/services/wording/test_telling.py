"""What a few texts are about, in their own words."""

from services.wording.telling import telling

USUAL = ["how do I reset my password", "where is my parcel", "please cancel my order"] * 20


def test_words() -> None:
    """Words that many of the texts have and hardly any usual one are told, the most common first."""
    texts = [
        "is my mortgage rate fixed",
        "Mortgage rate of today, please",
        "a mortgage for my parcel",
        "rate?",
    ]
    assert telling(texts, USUAL) == ("mortgage", "rate")


def test_of_one() -> None:
    """What only one or two texts have is not told: it may be somebody's name."""
    assert telling(["I am Jane Miller", "Jane Miller here", "my password"], USUAL) == ()


def test_redacted() -> None:
    """Numbers and what redaction left are no words."""
    assert telling(["[email] 4711 tariff"] * 3, USUAL) == ("tariff",)


def test_nothing_usual() -> None:
    """Without usual texts nothing can be told."""
    assert telling(["mortgage"] * 3, []) == ()
