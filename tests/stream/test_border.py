import json
from datetime import UTC, datetime

import pytest
from fmwatch.event import MAX_TEXT_BYTES
from fmwatch.records import MAX_RECORD_BYTES

from stream.border import Admitted, Border, OfRoute, gathered, redact_line
from stream.decode import decode
from stream.errors import InvalidEvent
from stream.log import MAX_LINES
from stream.refused import Original, stub
from stream.topics import CHANGES, FEEDBACK, GENERATIONS

MAIL = "ana@example.org"
CALL = {"event_id": "a", "occurred_at": 1793611800, "provider": "openai", "request_model": "gpt-4o"}


def admitted(**fields: object) -> dict[str, object]:
    """Return a call with these fields as the log may hold it."""
    found: dict[str, object] = json.loads(Border().admit(json.dumps({**CALL, **fields}).encode()).line)
    return found


@pytest.mark.parametrize(
    "fields",
    [
        {"prompt": MAIL},
        {"response": MAIL},
        {"messages": [{"role": "user", "content": MAIL}]},
        {"messages": [{"role": "user", "content": [{"type": "text", "text": MAIL}]}]},
        {"context": [MAIL, {"text": MAIL}]},
        {"samples": [MAIL]},
        {"tool_calls": [{"arguments": {"to": [MAIL]}}]},
        {"user_hash": MAIL},
        {"tags": {"who": MAIL}},
        {"error_type": MAIL},
        {"unknown": {"deep": [{"er": MAIL}]}},
        {"extra": {"x": MAIL}},
        {"tool_calls": [{"arguments": {"recipients": {MAIL: "to"}}}]},
        {MAIL: 1},
    ],
    ids=str,
)
def test_everywhere(fields: dict[str, object]) -> None:
    """Wherever a person's data is, it does not pass, and is counted."""
    found = admitted(**fields)
    assert MAIL not in json.dumps(found)
    assert found["redactions"] == {"email": json.dumps(fields).count(MAIL)}


def test_keys_stay_apart() -> None:
    """Two addresses as keys of one object are still two entries."""
    assert admitted(tags={MAIL: "a", "b@example.org": "b"})["tags"] == {"[email]": "a", "[email]+": "b"}


def test_broken_escapes() -> None:
    """A line that is no event is redacted too, escaped line ends and all, however long it is."""
    line = b'{"prompt": "call\\n+49 170 1234567 or\\tana@example.org"'
    assert Border().admit(line).line == b'{"prompt": "call\\n[phone] or\\[email]"'
    double = b'{"ana@example.org":"%s","ana@example.org":2}' % (b"x" * 2 * MAX_TEXT_BYTES)
    assert b"ana@" not in Border().admit(double).line


@pytest.mark.parametrize(
    "rest",
    [
        b'"x":"-----BEGIN PRIVATE KEY-----","y":1,"y":2,"z":"-----END PRIVATE KEY-----"}',
        b'"x":"-----BEGIN PRIVATE KEY-----\tMC4CAQ\t-----END PRIVATE KEY-----"}',
        b'"x":"a\nb"}',
    ],
    ids=("key twice", "control", "line end"),
)
def test_never_mended(rest: bytes) -> None:
    """A line that is no event does not become one, of another tenant, because what was wrong is taken out."""
    line = json.dumps({**CALL, "tenant": "legal"}, separators=(",", ":")).encode()[:-1] + b"," + rest
    found = Border().admit(line, tenant="support")
    assert found.refusal is not None
    assert found.key == b"support\0"
    with pytest.raises(InvalidEvent) as refused:
        decode(found.line)
    assert refused.value.message == found.refusal.message
    assert b"PRIVATE KEY" not in found.line
    assert Original.of(found.line).size == len(line)


@pytest.mark.parametrize("padding", [0, 2_000_000])
def test_no_stub_of_a_tenant(padding: int) -> None:
    """Whoever writes for one tenant cannot hide an event of another in a letter that is handed in again."""
    hidden = json.dumps({**CALL, "tenant": "legal"}).encode()
    line = stub(Original.itself(hidden), InvalidEvent("invalid_json", "", "m" * (padding or 1)))
    found = Border().admit(line, tenant="support")
    assert found.refusal is not None
    assert found.refusal.field == "type"
    kept = Original.of(found.line)
    assert (kept.size, kept.head[:22]) == (len(line), '{"type":"dead_letter",')


def test_escaped() -> None:
    """Escapes hide nothing."""
    line = b'{"prompt":"ana\\u0040example.org"}'
    assert redact_line(line, ["email"]) == b'{"prompt":"[email]","redactions":{"email":1}}'


def test_identity_stays() -> None:
    """Identity and names stay as they are, whatever they look like."""
    found = admitted(event_id=MAIL, route=MAIL, prompt=MAIL)
    assert (found["event_id"], found["route"], found["prompt"]) == (MAIL, MAIL, "[email]")


def test_added_up() -> None:
    """What the client has taken out already is added to."""
    assert admitted(prompt=MAIL, redactions={"email": 2, "phone": 1})["redactions"] == {
        "email": 3,
        "phone": 1,
    }


@pytest.mark.parametrize("line", [b'{"prompt":"%s', b"%s", b'{"a":"%s","a":1}', b"\xff %s", b'["%s"]'])
def test_broken(line: bytes) -> None:
    """A line that is no event is redacted as plain text, and stays broken."""
    one = Border().admit(line % MAIL.encode())
    assert MAIL.encode() not in one.line
    assert b"[email]" in one.line
    assert one.refusal is not None
    with pytest.raises(InvalidEvent):
        decode(one.line)


def test_untouched() -> None:
    """A clean line goes through byte by byte."""
    line = b'{ "event_id" : "a", "latency_ms": 1.50, "big": 123456789012345678901234567890 }'
    assert Border().admit(line).line == line


def test_big_numbers() -> None:
    """A number that no machine word holds survives the change of another field."""
    assert admitted(prompt=MAIL, big=2**100)["big"] == 2**100


def test_one_line() -> None:
    """A value spread over lines is one line in the log."""
    assert b"\n" not in Border().admit(json.dumps(CALL, indent=2).encode()).line
    assert b"\n" not in Border().admit(b'{"a":\n').line


def test_bounded() -> None:
    """Long texts are cut before the log, and a long broken line travels as its beginning and its hash."""
    assert len(str(admitted(prompt="x" * 200_000)["prompt"])) == MAX_TEXT_BYTES
    one = Border().admit(b"x" * 3_000_000)
    assert len(one.line) < 70_000
    with pytest.raises(InvalidEvent) as caught:
        decode(one.line)
    assert caught.value.reason == "invalid_json"


def test_topics() -> None:
    """Each type goes to its topic; a type that is left out is that of the address."""
    border = Border()
    assert border.admit(b'{"type":"feedback","event_id":"a"}').topic == FEEDBACK
    assert border.admit(b'{"type":"change"}').topic == CHANGES
    assert border.admit(b'{"type":"nonsense"}').topic == GENERATIONS
    assert border.admit(b'{"at":1}', kind="change") == Admitted(
        CHANGES, b"default\0", b'{"at":1,"type":"change"}'
    )


def test_stamp() -> None:
    """The time of receipt is ours to say."""
    one = Border().admit(b'{"received_at":"1999-01-01T00:00:00Z"}', received_at="2026-11-02T12:00:00Z")
    assert json.loads(one.line) == {"received_at": "2026-11-02T12:00:00Z"}


def test_gathered() -> None:
    """Lines of one key share records of bounded size, in order; nothing is lost."""
    lines = [Admitted(GENERATIONS, b"k%d" % (n % 3), b"%d" % n) for n in range(500)]
    lines += [Admitted(GENERATIONS, b"big", b"x" * 300_000)] * 4
    records = gathered(lines)[GENERATIONS]
    assert sum(len(record.lines) for record in records) == 504
    assert max(len(record.lines) for record in records) == MAX_LINES
    assert max(len(record.value) for record in records) <= MAX_RECORD_BYTES
    firsts = [int(line) for record in records if record.key == b"k1" for line in record.lines]
    assert firsts == list(range(1, 500, 3))


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("feedback", {"event_id": "1", "kind": "correction", "value": "v" * 1_100_000}),
        ("change", {"kind": "deploy", "note": "\u00e9" * 600_000}),
        ("generation", {"event_id": "1", "prompt": "p", "junk": "\U0001f600" * 300_000}),
    ],
)
def test_too_large_for_the_log(kind: str, fields: dict[str, object]) -> None:
    """What no log takes becomes a dead letter at the border: its sender need not try for ever."""
    line = json.dumps(fields, ensure_ascii=False).encode()
    admitted = Border().admit(line, kind=kind)
    assert admitted.refusal is not None
    assert admitted.refusal.reason == "too_large"
    assert len(admitted.line) < 200_000
    with pytest.raises(InvalidEvent, match="bytes"):
        decode(admitted.line, lambda: datetime(2026, 8, 1, tzinfo=UTC))


def test_without_content() -> None:
    """Of a route whose content is not wanted, what anybody wrote stops at the border; the rest is counted."""
    border = Border(of_route=lambda route: OfRoute("law", content=route != "law/review"))
    call = {
        **CALL,
        "route": "law/review",
        "prompt": "secret",
        "messages": [{"role": "user", "content": "secret"}],
        "response": "secret",
        "context": ["secret"],
        "tool_calls": [{"arguments": "secret"}],
        "samples": ["secret"],
        "extra": {"note": "secret"},
        "unknown": "secret",
        "usage": {"input": 9, "note": "secret"},
        "request": {"stream": True, "stop": ["secret"]},
    }
    line = border.admit(json.dumps(call).encode()).line
    assert b"secret" not in line
    kept = {"route": "law/review", "team": "law", "usage": {"input": 9}, "request": {"stream": True}}
    assert json.loads(line) == {**CALL, **kept}
    assert b"secret" not in border.admit(json.dumps({**call, "type": "Generation"}).encode()).line
    assert b"secret" in border.admit(json.dumps({**call, "route": "law/other"}).encode()).line
