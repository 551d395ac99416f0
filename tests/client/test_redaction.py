"""What is personal goes, what only looks like it stays, and no text is slow."""

import time

import pytest
from fmwatch.redaction import KINDS, Redactor, luhn
from hypothesis import given
from hypothesis import strategies as st

FOUND = [
    ("write to ana.b+x@mail.example.org.", "write to [email].", {"email": 1}),
    ("a@b.io and c@d.io", "[email] and [email]", {"email": 2}),
    ("card 4111 1111 1111 1111 please", "card [card] please", {"card": 1}),
    ("card 4111111111111111", "card [card]", {"card": 1}),
    ("call +49 170 1234567 now", "call [phone] now", {"phone": 1}),
    ("call (555) 234-5678", "call [phone]", {"phone": 1}),
    ("call 555-234-5678.", "call [phone].", {"phone": 1}),
    ("IBAN DE89 3704 0044 0532 0130 00", "IBAN [iban]", {"iban": 1}),
    ("GB82WEST12345698765432", "[iban]", {"iban": 1}),
    ("ssn 123-45-6789", "ssn [ssn]", {"ssn": 1}),
    ("host 192.168.1.255.", "host [ip].", {"ip": 1}),
    ("key sk-" + "a1B2" * 8, "key [secret]", {"secret": 1}),
    ("AKIAIOSFODNN7EXAMPLE", "[secret]", {"secret": 1}),
    ("token: " + "a1B2" * 5, "[secret]", {"secret": 1}),
]

LEFT = [
    "order 4111 1111 1111 1112 was paid",  # no card: the checksum fails
    "on 2026-11-24 12:34:56 for 1,234,567.89",
    "id 550e8400-e29b-41d4-a716-446655440000",
    "epoch 1732434343123",
    "version 1.2.3.4.5 and 300.1.1.1",
    "my token is: something",
    "task-force and risk-averse internationalization",
    "DE00 3704 0044 0532 0130 00",  # no IBAN: mod 97 fails
    "ask @ana, not ana@home",
]


@pytest.mark.parametrize(("text", "clean", "counts"), FOUND, ids=[text[:20] for text, _, _ in FOUND])
def test_found(text: str, clean: str, counts: dict[str, int]) -> None:
    """Each kind is replaced by its name and counted."""
    assert Redactor(KINDS).text(text) == (clean, counts)


@pytest.mark.parametrize("text", LEFT)
def test_left(text: str) -> None:
    """What only resembles a kind stays as it is."""
    assert Redactor(KINDS).text(text) == (text, {})


def test_chosen() -> None:
    """Only the kinds asked for are taken."""
    text = "a@b.io 123-45-6789"
    assert Redactor(["ssn"]).text(text) == ("a@b.io [ssn]", {"ssn": 1})
    assert Redactor([]).text(text) == (text, {})


def test_unknown() -> None:
    """A kind that does not exist is refused, and the message names those that do."""
    with pytest.raises(ValueError, match="mail: the kinds are card, email"):
        Redactor(["mail"])


@given(st.text(alphabet=st.characters(), max_size=300))
def test_any_text(text: str) -> None:
    """Any text at all is taken, and what is clean stays clean the second time."""
    redactor = Redactor(KINDS)
    clean, _ = redactor.text(text)
    assert redactor.text(clean) == (clean, {})


@pytest.mark.parametrize(
    "unit",
    [
        *[
            "1",
            "1 ",
            "a@",
            "sk-",
            "eyJ",
            "eyJaaaaaaaaaaaaaaa.",
            "+1",
            "password=",
            "0123 ",
            "GB82 WEST ",
            "1.1.1.",
        ],
        *["-----BEGIN ", "(030)", "2-", "a", "token: ", "-----BEGIN PRIVATE KEY-----"],
    ],
)
def test_never_slow(unit: str) -> None:
    """A hostile text of 64 KiB costs milliseconds, not minutes."""
    began = time.process_time()
    Redactor(KINDS).text(unit * (65536 // len(unit)) + "@")
    assert time.process_time() - began < 1.0


def test_luhn() -> None:
    """The checksum finds a single wrong digit."""
    assert luhn("79927398713")
    assert not luhn("79927398710")
