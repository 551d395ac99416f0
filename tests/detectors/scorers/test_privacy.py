"""Personal data in questions and answers is counted by kind, once each."""

from typing import Any

import numpy as np
import pytest
from fmwatch.event import Message

from detectors.base import Column
from detectors.batch import Batch
from detectors.encoders.static import StaticEncoder
from detectors.scorers.privacy import Privacy
from detectors.testing import generation

ENCODER = StaticEncoder()


def column(**fields: Any) -> Column:
    """Return the verdict on one call."""
    return Privacy().score(Batch([generation(**fields)], ENCODER))


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("Write to ana@example.org or bob.b@mail.example.co.uk.", {"email": 2}),
        ("My card is 4111 1111 1111 1111, thanks.", {"card": 1}),
        ("Order 4111 1111 1111 1112 is late.", {}),
        ("IBAN DE89 3704 0044 0532 0130 00 please", {"iban": 1}),
        ("IBAN DE88 3704 0044 0532 0130 00 please", {}),
        ("SSN 219-09-9999", {"ssn": 1}),
        ("Call +49 30 901820 tomorrow.", {"phone": 1}),
        ("The host is 192.168.17.4.", {"ip": 1}),
        ("Use AKIAIOSFODNN7EXAMPLE here", {"secret": 1}),
        ("In 2024 we sold 1,250,000 units at 19.99 in version 10.2.", {}),
        ("Ticket 1234567 was closed on 2026-11-02.", {}),
    ],
)
def test_kinds(text: str, kinds: dict[str, int]) -> None:
    """Each kind is found by its pattern and checksum; a number is not a phone inside a card."""
    for fields in ({"prompt": text, "response": "Done."}, {"prompt": "What?", "response": text}):
        found = column(**fields)
        assert found.parts["kinds"][0] == kinds
        assert found.label == ["found" if kinds else "clean"]
        assert found.score[0] == sum(kinds.values())


def test_redacted() -> None:
    """What the border took out still counts, beside what it left."""
    found = column(prompt="I am [email], ana@example.org", redactions={"email": 1, "card": 2})
    assert found.parts["kinds"] == [{"email": 2, "card": 2}]
    assert found.score[0] == 4
    assert found.explain(0) == "Found or redacted: 2 card, 2 email."


def test_last_message() -> None:
    """Of a chat, the last user message is the question: history is not counted again each turn."""
    messages = (
        Message("user", "I am ana@example.org"),
        Message("assistant", "Hello."),
        Message("user", "Card 4111 1111 1111 1111"),
    )
    assert column(prompt="", messages=messages, response="Thanks.").parts["kinds"] == [{"card": 1}]


def test_no_text() -> None:
    """A call without text is not assessable; nor is it clean."""
    found = column(prompt="", response="")
    assert found.label == ["not_assessable"]
    assert np.isnan(found.score[0])
    assert found.explain(0) is None
    assert column(prompt="", response="", redactions={"email": 1}).label == ["found"]
