import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from fmwatch.event import MAX_EVENT_BYTES, MAX_TEXT_BYTES, Change, Feedback, Generation, Message
from hypothesis import given
from hypothesis import strategies as st

from stream.decode import decode
from stream.errors import InvalidEvent
from stream.moment import moment
from stream.refused import Original

NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
CALL = {
    "event_id": "a",
    "occurred_at": "2026-11-02T11:00:00Z",
    "provider": "openai",
    "request_model": "gpt-4o",
}


def now() -> datetime:
    """Return the time of these tests."""
    return NOW


def generation(**fields: object) -> Generation:
    """Decode a call with these fields."""
    event = decode(json.dumps({**CALL, **fields}).encode(), now)
    assert isinstance(event, Generation)
    return event


def refused(line: bytes) -> InvalidEvent:
    """Return why a line is refused."""
    with pytest.raises(InvalidEvent) as caught:
        decode(line, now)
    return caught.value


WRONG = [
    ({"usage": {"input": "4"}}, "wrong_type", "usage.input", "usage.input must be a whole number, not text"),
    (
        {"usage": {"input": 4.0}},
        "wrong_type",
        "usage.input",
        "must be a whole number, not one with a fraction",
    ),
    ({"prompt": 1.5}, "wrong_type", "prompt", "prompt must be text, not a number"),
    ({"usage": {"input": True}}, "wrong_type", "usage.input", "must be a whole number, not true or false"),
    ({"usage": {"input": -1}}, "wrong_type", "usage.input", "usage.input must not be negative"),
    ({"usage": {"input": 2**70}}, "wrong_type", "usage.input", "larger than any real call"),
    ({"latency_ms": -0.1}, "wrong_type", "latency_ms", "must not be negative"),
    ({"attempt": 0}, "wrong_type", "attempt", "counts from 1"),
    ({"messages": [{"role": 1}]}, "wrong_type", "messages.0.role", "must be text, not a whole number"),
    ({"messages": [{"content": "x"}]}, "missing_field", "messages.0.role", "messages.0.role is missing"),
    ({"context": [{"id": "x"}]}, "missing_field", "context.0.text", "is missing"),
    ({"usage_source": "guess"}, "wrong_type", "usage_source", "must be one of provider, estimated, missing"),
    ({"tags": {"a": 1}}, "wrong_type", "tags.*", "must be text"),
    ({"extra": 3}, "wrong_type", "extra", "extra must be an object"),
    ({"event_id": ""}, "missing_field", "event_id", "event_id is empty"),
    ({"event_id": "x" * 129}, "wrong_type", "event_id", "has 129 characters; 128 are allowed"),
    ({"event_id": 7}, "wrong_type", "event_id", "must be text"),
    ({"provider": None}, "missing_field", "provider", "provider is empty"),
    ({"route": "x" * 513}, "wrong_type", "route", "more than 512 characters"),
    ({"schema_version": 2}, "unsupported_version", "schema_version", "this fmwatch knows 1"),
    ({"schema_version": "1"}, "wrong_type", "schema_version", "must be the number 1"),
    ({"type": "trace"}, "wrong_type", "type", "generation, feedback or change"),
    ({"occurred_at": "2026-11-02T11:00:00"}, "wrong_type", "occurred_at", "has no time zone: write"),
    ({"occurred_at": "2026-11-02"}, "wrong_type", "occurred_at", "cannot be read"),
    ({"occurred_at": True}, "wrong_type", "occurred_at", "must be a time"),
    (
        {"occurred_at": "2026-11-02T13:00:01Z"},
        "clock_out_of_range",
        "occurred_at",
        "more than an hour after now",
    ),
    ({"occurred_at": "2025-09-01T00:00:00Z"}, "clock_out_of_range", "occurred_at", "older than the 400 days"),
    ({"occurred_at": 0}, "clock_out_of_range", "occurred_at", "older than"),
    ({"occurred_at": -99_999_999_999}, "clock_out_of_range", "occurred_at", "before the year 1"),
    ({"occurred_at": -6.5e16}, "clock_out_of_range", "occurred_at", "before the year 1"),
    ({"occurred_at": 99_999_999_999}, "clock_out_of_range", "occurred_at", "in the year 5138"),
]


@pytest.mark.parametrize(("fields", "reason", "field", "says"), WRONG, ids=lambda value: str(value)[:40])
def test_wrong(fields: dict[str, object], reason: str, field: str, says: str) -> None:
    """A wrong field is refused with its path and a sentence that a person understands."""
    error = refused(json.dumps({**CALL, **fields}).encode())
    assert (error.reason, error.field) == (reason, field)
    assert says in error.message


LINES = [
    (b"", "invalid_json", "truncated"),
    (b"{", "invalid_json", "truncated"),
    (b"{} x", "invalid_json", "trailing"),
    (b'{"a":NaN}', "invalid_json", "invalid character"),
    (b'{"a":1e999}', "invalid_json", "out of range"),
    (b'{"a":1,"b":{"c":1,"c" :2}}', "invalid_json", 'the key "c" stands twice'),
    (b"[" * 100_000, "invalid_json", "nested more than"),
    (b'{"a":' * 70 + b"1" + b"}" * 70, "invalid_json", "nested more than"),
    (b'{"a":"\xff"}', "invalid_encoding", "not UTF-8: byte 0xff"),
    ('{"a":1}'.encode("utf-16"), "invalid_encoding", "looks like UTF-16: save"),
    (b"[1]", "wrong_type", "this line is a list"),
    (b'"x"', "wrong_type", "this line is a text"),
    (b"null", "wrong_type", "this line is null"),
    (b"3", "wrong_type", "this line is a number"),
    (b" " * (16 * 1024 * 1024 + 1), "too_large", "16,777,216 are allowed"),
]


@pytest.mark.parametrize(("line", "reason", "says"), LINES, ids=lambda value: str(value)[:30])
def test_no_object(line: bytes, reason: str, says: str) -> None:
    """A line that is no proper JSON object is refused as a whole."""
    error = refused(line)
    assert (error.reason, says in error.message) == (reason, True)


TIMES = [
    "2026-11-02T09:30:00Z",
    "2026-11-02t09:30:00z",
    "2026-11-02 10:30:00+01:00",
    "2026-11-02T09:30:00.000000000Z",
    1793611800,
    1793611800.0,
    1793611800000,
    1793611800000000,
    1793611800000000000,
]


@pytest.mark.parametrize("value", TIMES)
def test_times(value: object) -> None:
    """RFC 3339 with any zone, and numbers in s, ms, us and ns, are one point in time, in UTC."""
    found = moment(value, "at")
    assert (found, found.tzinfo) == (datetime(2026, 11, 2, 9, 30, tzinfo=UTC), UTC)


def test_microseconds() -> None:
    """Nothing finer than a microsecond is kept, nothing coarser lost."""
    assert moment(1793611800123456789, "at").microsecond == 123456
    assert moment(1793611800123, "at").microsecond == 123000


def test_defaults() -> None:
    """What is left out, or null, has its default."""
    event = generation(platform=None, team=None, tenant="", usage=None, app="helpdesk")
    assert (event.tenant, event.platform, event.route) == ("default", "openai", "helpdesk")
    assert generation().route == "default"


def test_unknown_fields() -> None:
    """Unknown fields are kept, nested ones under their dotted path."""
    event = generation(
        vendor={"a": 1},
        usage={"input": 1, "thinking": 2},
        extra={"b": 3},
        context=["x", {"text": "y", "page": 7}],
    )
    assert event.extra == {"vendor": {"a": 1}, "usage.thinking": 2, "b": 3, "context.1.page": 7}


def test_content_parts() -> None:
    """A message in typed parts is their text; a message without content is empty."""
    parts = [{"type": "text", "text": "What is"}, {"type": "image"}, {"type": "text", "text": "this?"}]
    event = generation(messages=[{"role": "user", "content": parts}, {"role": "assistant", "content": None}])
    assert event.messages == (Message("user", "What is\nthis?"), Message("assistant", ""))
    assert event.extra == {"messages.0.content.1": {"type": "image"}}


def test_key_like_text() -> None:
    """Text that looks like JSON does not make a key seem to stand twice."""
    assert generation(prompt='say "a": 1 and "a" : 2').prompt == 'say "a": 1 and "a" : 2'


@pytest.mark.parametrize("text", ["a\0b", "cut \ud83d", "\udc00 back", "\ud83d\ud83d"])
def test_unstorable(text: str) -> None:
    """NUL and halves of surrogate pairs become U+FFFD; whole pairs stay."""
    event = generation(prompt=text, response="😀")
    assert "\ufffd" in event.prompt
    event.prompt.encode()
    assert event.response == "😀"


def test_long_text() -> None:
    """A text over 64 KiB is cut at a character and flagged."""
    event = generation(prompt="ä" * 40_000, response="short")
    assert (len(event.prompt.encode()), event.truncated) == (MAX_TEXT_BYTES, True)
    assert event.response == "short"
    assert not generation(prompt="a" * MAX_TEXT_BYTES).truncated


def test_large_event() -> None:
    """An event over 900 KiB loses content before metadata, the least missed first."""
    long = "x" * 60_000
    event = generation(
        samples=[long] * 10,
        context=[long] * 10,
        prompt="question",
        response="answer",
        usage={"input": 7},
        tags={"a": "b"},
    )
    assert (event.samples, event.truncated) == ((), True)
    assert (event.prompt, event.response, event.usage.input, event.tags) == (
        "question",
        "answer",
        7,
        {"a": "b"},
    )
    error = refused(json.dumps({**CALL, "junk": "x" * MAX_EVENT_BYTES}).encode())
    assert error.reason == "too_large"


def test_retention() -> None:
    """How old an event may be is the caller's to say; without a clock any time is fine."""
    line = json.dumps({**CALL, "occurred_at": "2026-10-01T00:00:00Z"}).encode()
    with pytest.raises(InvalidEvent):
        decode(line, now, timedelta(days=7))
    assert decode(json.dumps({**CALL, "occurred_at": "1999-01-01T00:00:00Z"}).encode())


def test_other_types() -> None:
    """Feedback and changes are read as what they are; a change may lie ahead."""
    feedback = decode(
        b'{"type":"feedback","event_id":"a","kind":"score","value":3,"at":1793611800,"x":1}', now
    )
    assert feedback == Feedback(
        "a", "score", datetime(2026, 11, 2, 9, 30, tzinfo=UTC), value=3.0, extra={"x": 1}
    )
    change = decode(b'{"type":"change","kind":"maintenance","at":"2026-12-24T00:00:00Z","from":"a"}', now)
    assert change == Change(datetime(2026, 12, 24, tzinfo=UTC), "maintenance", from_="a")
    assert refused(b'{"type":"feedback","event_id":"a","kind":"likes","at":1}').field == "kind"


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
_FIELDS = st.sampled_from([*Generation.__dataclass_fields__, "type", "unknown"])


@given(st.dictionaries(_FIELDS, _JSON))
def test_any_fields(fields: dict[str, object]) -> None:
    """Whatever the fields hold, a line is an event or is refused; nothing else happens."""
    line = json.dumps({**CALL, **fields}).encode()
    found: object
    try:
        found = decode(line, now)
    except InvalidEvent as error:
        found = error
    assert isinstance(found, Generation | Feedback | Change | InvalidEvent)


@given(st.binary())
def test_any_bytes(line: bytes) -> None:
    """Whatever the bytes, a line is refused with a reason and a sentence."""
    assert refused(line).message


@pytest.mark.parametrize(
    "given",
    [{}, {"size": -1}, {"size": 2**63}, {"sha256": "x"}, {"reason": "bad"}, {"message": ""}, {"head": 1}],
    ids=str,
)
def test_foreign_stub(given: dict[str, object]) -> None:
    """A line from outside that only calls itself a dead letter is one for what it is, all of it kept."""
    stub = {"reason": "too_large", "field": "", "message": "m", "size": 9, "sha256": "", "head": "h"}
    line = json.dumps({"type": "dead_letter", **({**stub, **given} if given else {})}, separators=(",", ":"))
    error = refused(line.encode())
    assert (error.reason, error.field) == ("wrong_type", "type")
    assert Original.of(line.encode()).head == line


def test_ready_for_threads() -> None:
    """Importing it makes the types known: one that several threads use first at once crashes the process."""
    code = (
        "import fmwatch.event as e, stream.decode\n"
        "kinds = e.Generation, e.Usage, e.Feedback, e.Change\n"
        "print(all('__msgspec_cache__' in vars(kind) for kind in kinds))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "True"
