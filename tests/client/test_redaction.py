"""What is personal goes, what only looks like it stays, and no text is slow."""

import time

import pytest
from fmwatch import redaction
from fmwatch.redaction import KINDS, Redactor, luhn
from hypothesis import given
from hypothesis import strategies as st

PRIVATE_KEY = (
    "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,"
    + "0123ABCD" * 4
    + "\n\n"
    + ("MIIEpAIB+" * 7 + "/\n") * 40
    + "-----END RSA PRIVATE KEY-----"
)
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
    ("NO9386011117947", "[iban]", {"iban": 1}),  # the shortest there is
    ("ssn 123-45-6789", "ssn [ssn]", {"ssn": 1}),
    ("host 192.168.1.255.", "host [ip].", {"ip": 1}),
    ("key sk-" + "a1B2" * 8, "key [secret]", {"secret": 1}),
    ("AKIAIOSFODNN7EXAMPLE", "[secret]", {"secret": 1}),
    ("token: " + "a1B2" * 5, "[secret]", {"secret": 1}),
    ('{"to": "Ana\\n+49 170 1234567"}', '{"to": "Ana\\n[phone]"}', {"phone": 1}),  # JSON inside a text
    (r"pay\n4111 1111 1111 1111\r\nthen", r"pay\n[card]\r\nthen", {"card": 1}),
    (r"is:\tsk-" + "a1B2" * 8, r"is:\t[secret]", {"secret": 1}),
    (f"key {PRIVATE_KEY} end", "key [secret] end", {"secret": 1}),
    (PRIVATE_KEY[:200], "[secret]", {"secret": 1}),  # cut at the end of a text
    ("-----BEGIN PRIVATE KEY-----", "[secret]", {"secret": 1}),
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


PIECES = [
    *[text for text, _, _ in FOUND],
    *["sk_live_" + "a1B2" * 4, "ghp_" + "a1B2" * 8, "xoxb-" + "12345678901", "AIza" + "a1B2c" * 7],
    *["hf_" + "a1B2" * 8, "npm_" + "a1B2" * 9, "SG." + "a1B2" * 4 + "." + "a1B2" * 4, "Bearer " + "a1B2" * 5],
    *[
        "eyJ" + "a1B2" * 2 + ".eyJ" + "a1B2" * 2 + "." + "a1B2" * 2,
        "password\" \u2003 : \u2003'a1b2c3d4e5f6g7h8",
    ],
    *["030/123 45 67", "-----BEGIN PGP PRIVATE KEY BLOCK-----", "123-45-6789", "10.0.0.1"],
    *["\n", " ", "\\", "é", "\U0001f600", "\ud800", "=", "/", "-", '"', ":", "a", "0"],
]


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=20), max_size=6).map("".join))
def test_glance(text: str) -> None:
    """The glance that skips most patterns for most texts misses nothing that a plain pass over all finds."""
    plain, counts = text, dict[str, int]()
    for shape in redaction._SHAPES:
        plain = redaction._replace(shape, plain, counts)
    assert Redactor(KINDS).text(text) == (plain, counts)
    assert counts == {} or not Redactor(KINDS).clean(f"before\n{text}\nafter")


def test_luhn() -> None:
    """The checksum finds a single wrong digit."""
    assert luhn("79927398713")
    assert not luhn("79927398710")
