"""What the border remembers for the step is what parsing the line again would give."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.border import Border
from stream.decode import decode
from stream.errors import InvalidEvent
from stream.json_object import Fields, parse
from stream.parsed import MAX_BYTES, MAX_LINES, Parsed

ODD = ("ana@example.org", "\0", "\ud83d", "4111 1111 1111 1111", 'a": b')
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.sampled_from(ODD),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
CALL = b'{"event_id":"a","occurred_at":1793611800,"provider":"openai","request_model":"gpt-4o"}'


NAMES = st.text() | st.sampled_from(["prompt", "context", "usage", "team", "type"])


def exact(fields: Fields) -> str:
    """Return a text that differs where any value or its type does, whatever the order of keys."""
    return json.dumps(fields, sort_keys=True)


class Remembered(Parsed):
    """Keeps for the test what the border hands over."""

    def __init__(self) -> None:
        super().__init__()
        self.all: dict[bytes, str] = {}

    def keep(self, line: bytes, fields: Fields) -> None:
        """Write it down at once: the fields may be changed later."""
        self.all[line] = exact(fields)
        super().keep(line, fields)


@given(st.dictionaries(NAMES, VALUES), st.booleans(), st.sampled_from(["", "2026-11-24T09:30:00Z"]))
def test_same(fields: dict[str, object], escaped: bool, received_at: str) -> None:
    """Every admitted line is remembered, with the fields that parsing it again would give."""
    border = Border()
    border.parsed = remembered = Remembered()
    line = json.dumps(fields, ensure_ascii=escaped).encode("utf-8", "replace")
    written = border.admit(line, received_at=received_at)
    assert written.refusal is None
    assert remembered.all == {written.line: exact(parse(written.line))}
    assert exact(border.parsed.take(written.line)) == remembered.all[written.line]


def test_once() -> None:
    """A repeated read gets fresh fields, however the first reader changed its own."""
    border = Border()
    line = border.admit(CALL).line
    first = decode(line, read=border.parsed.take)
    assert decode(line, read=border.parsed.take) == first


def test_like_beginnings() -> None:
    """Lines that begin alike are not mistaken for each other."""
    parsed = Parsed()
    long = "x" * 200
    lines = [json.dumps({"event_id": long, "n": n}).encode() for n in range(2)]
    for line in lines:
        parsed.keep(line, parse(line))
    assert [parsed.take(line)["n"] for line in lines] == [0, 1]


def test_refused() -> None:
    """A line that was never parsed is refused as ever."""
    with pytest.raises(InvalidEvent, match="twice"):
        Parsed().take(b'{"a":1,"a":2}')


def test_bounded() -> None:
    """However many lines nobody takes, and however long one is, little is kept; nothing is lost by that."""
    parsed = Parsed()
    lines = [b'{"n":%d}' % n for n in range(MAX_LINES + 1)]
    for line in [*lines, b'{"n":"%b"}' % (b"x" * MAX_BYTES)]:
        parsed.keep(line, {"kept": True})
    kept = [line for line in lines if parsed.take(line) == {"kept": True}]
    assert kept == lines[-1:]
