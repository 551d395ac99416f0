"""What counts as a claim, and how forms of one word meet."""

import pytest

from detectors.claims import SCOPE, index, sentences, stems, tokens


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("reset", "resets"),
        ("policy", "policies"),
        ("ship", "shipped"),
        ("deliver", "delivers"),
        ("1,000", "1000"),
        ("2.50", "2.5"),
        ("three", "3"),
        ("company", "company's"),
        ("Don\u2019t", "don't"),
    ],
)
def test_meet(one: str, other: str) -> None:
    """Inflected words, spelled numbers and both apostrophes compare equal."""
    assert stems(one) == stems(other)


@pytest.mark.parametrize(("one", "other"), [("13", "31"), ("2.5", "25"), ("price", "prize"), ("ten", "two")])
def test_differ(one: str, other: str) -> None:
    """Different numbers and words stay different."""
    assert stems(one) != stems(other)


def test_kinds() -> None:
    """Function words and talk about sources claim nothing; names, numbers and negations are told apart."""
    found = [word.kind for word in tokens("According to the passage, Ana was not in room 12.")]
    assert found == [
        *("source", "empty", "empty", "source"),
        *("name", "empty", "negation", "empty", "word", "number", "end"),
    ]


def test_sentences() -> None:
    """Greetings, offers and questions are no claims; list items and lines are sentences."""
    text = "Sure! Here is the answer:\n1. Open the settings.\n2. Press reset\nDoes that help? Let me know."
    found = [" ".join(word.token for word in sentence) for sentence in sentences(text)]
    assert found == ["1", "Open the settings", "2", "Press reset"]


def test_index() -> None:
    """The index tells sentences apart and what stands under a negation."""
    plain, negated = index("Refunds are fast. They do not repay shipping.")
    assert plain["refund"] == 1
    assert negated["repay"] == 2
    assert plain.get("ship", 0) == 0


@pytest.mark.parametrize("text", ["", "...", "?!", "\n\n", "''", "\u4f60\u597d", "\x00", "1.", "a" * 10_000])
def test_any_text(text: str) -> None:
    """No text is too odd to split."""
    index(text)
    list(sentences(text))


def test_index_word_by_word() -> None:
    """Looking stretches up as a whole gives what going word by word gives."""
    text = 'Not the e-mail;not Ana\'s. "Never 1,000 days!" No source says so?\nstep 2 (without/with fees) x'
    plain: dict[str, int] = {}
    negated: dict[str, int] = {}
    bit, reach = 1, 0
    for word in tokens(text):
        if word.kind == "end":
            reach, bit = 0, bit if word.stem == ";" else bit << 1
        elif word.kind == "negation":
            reach = SCOPE
        elif word.kind != "empty":
            under = bool(reach) and word.kind != "source"
            reach -= under
            side = negated if under else plain
            side[word.stem] = side.get(word.stem, 0) | bit
    assert index(text) == (plain, negated)
