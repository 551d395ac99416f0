"""Lines as the world sends them: good, repeated and broken in every way we know, with the true counts."""

import json
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from tests.stream.fakes import NOON

Random = random.Random


@dataclass
class Mix:
    """Lines and what must become of them."""

    lines: list[bytes] = field(default_factory=list)
    stored: int = 0
    duplicates: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    @property
    def events(self) -> int:
        return self.stored + self.duplicates + self.reasons.total()


def good(number: int, draw: Random) -> dict[str, object]:
    """An ordinary event, with the variety producers have."""
    when = NOON - timedelta(seconds=draw.randrange(86400 * 14))
    event: dict[str, object] = {
        "event_id": f"event-{number}",
        "occurred_at": draw.choice(
            [
                when.isoformat(),
                int(when.timestamp()),
                int(when.timestamp() * 1000),
                int(when.timestamp()) * 10**9,
            ]
        ),
        "provider": draw.choice(["openai", "anthropic"]),
        "request_model": draw.choice(["gpt-4o", "claude-sonnet-4-5"]),
        "app": draw.choice(["helpdesk", "search"]),
        "prompt": draw.choice(
            ["How do I pay?", "Wie zahle ich?", "支払い方法は?", "😀" * 10, "", "a\u0000b"]
        ),
        "response": draw.choice(["By card.", "x" * 70_000, "[red]bold[/red]", "<script>", "explode"]),
        "usage": {"input": draw.randrange(1000), "output": draw.randrange(1000), "new_bucket": 1},
        "latency_ms": draw.random() * 1000,
    }
    if draw.random() < 0.3:
        event["unknown"] = {"deep": [1, {"er": None}], "big": 2**70}
    if draw.random() < 0.1:
        event["context"] = ["one", {"text": "two", "page": 7}]
    if draw.random() < 0.1:
        event["messages"] = [{"role": "user", "content": "call me at +49 170 1234567"}, {"role": "tool"}]
    return event


def _changed(**changes: object) -> Callable[[int, Random], bytes]:
    def make(number: int, draw: Random) -> bytes:
        return json.dumps({**good(number, draw), **changes}).encode()

    return make


def _without(name: str) -> Callable[[int, Random], bytes]:
    def make(number: int, draw: Random) -> bytes:
        event = good(number, draw)
        del event[name]
        return json.dumps(event).encode()

    return make


def _raw(line: bytes) -> Callable[[int, Random], bytes]:
    return lambda _number, _draw: line


def _noise(_number: int, draw: Random) -> bytes:
    return b"\xff" + draw.randbytes(draw.randrange(1, 300)).replace(b"\n", b"").replace(b"\r", b"") + b"\xff"


def _cut(number: int, draw: Random) -> bytes:
    line = json.dumps(good(number, draw)).encode()
    return line[: draw.randrange(10, len(line) - 1)]


BROKEN: list[tuple[str, Callable[[int, Random], bytes]]] = [
    ("invalid_json", _raw(b"{")),
    ("invalid_json", _raw(b"not json at all")),
    ("invalid_json", _raw(b"[" * 100_000)),
    ("invalid_json", _raw(b'{"a":' * 500 + b"1" + b"}" * 500)),
    ("invalid_json", _raw(b'{"event_id":"a","event_id":"b"}')),
    ("invalid_json", _raw(b'{"latency_ms":NaN}')),
    ("invalid_json", _raw(b'{"latency_ms":1e999}')),
    ("invalid_json", _raw(b"x" * 300_000)),
    ("invalid_json", _cut),
    ("invalid_json", _noise),
    ("invalid_encoding", _raw(b'{"event_id":"\xff\xfe"}')),
    ("invalid_encoding", _raw('{"event_id":"x"}'.encode("utf-16"))),
    ("wrong_type", _raw(b"[]")),
    ("wrong_type", _raw(b"null")),
    ("wrong_type", _raw(b"12")),
    ("wrong_type", _changed(event_id=7)),
    ("wrong_type", _changed(event_id="x" * 129)),
    ("wrong_type", _changed(usage={"input": -1})),
    ("wrong_type", _changed(usage={"input": True})),
    ("wrong_type", _changed(usage={"input": 2**70})),
    ("wrong_type", _changed(usage=[])),
    ("wrong_type", _changed(prompt=["a"])),
    ("wrong_type", _changed(tags={"a": 1})),
    ("wrong_type", _changed(latency_ms="12")),
    ("wrong_type", _changed(occurred_at="2026-11-02T12:00:00")),
    ("wrong_type", _changed(occurred_at="yesterday")),
    ("wrong_type", _changed(occurred_at=2**70)),
    ("wrong_type", _changed(type="trace")),
    ("wrong_type", _changed(type=[])),
    ("missing_field", _without("event_id")),
    ("missing_field", _without("occurred_at")),
    ("missing_field", _changed(provider=None)),
    ("missing_field", _changed(event_id="")),
    ("unsupported_version", _changed(schema_version=2)),
    ("too_large", _changed(junk=["x" * 1000] * 1000)),
    ("clock_out_of_range", _changed(occurred_at="2031-01-01T00:00:00Z")),
    ("clock_out_of_range", _changed(occurred_at=0)),
    ("clock_out_of_range", _changed(occurred_at="0001-01-01T00:00:00Z")),
]


def mix(n: int, seed: int) -> Mix:
    """Return `n` lines: about a third broken, some repeated, the rest good; blank lines come on top."""
    draw = random.Random(seed)  # noqa: S311 - a test's dice
    made = Mix()
    seen: list[dict[str, object]] = []
    for number in range(n):
        dice = draw.random()
        if dice < 1 / 3:
            reason, make = draw.choice(BROKEN)
            made.reasons[reason] += 1
            made.lines.append(make(number, draw))
        elif dice < 0.4 and seen:
            made.duplicates += 1
            made.lines.append(json.dumps(draw.choice(seen)).encode())
        else:
            seen.append(good(number, draw))
            made.stored += 1
            made.lines.append(json.dumps(seen[-1], ensure_ascii=draw.random() < 0.5).encode())
        if draw.random() < 0.02:
            made.lines.append(draw.choice([b"", b"   ", b"\t\r"]))
    return made
