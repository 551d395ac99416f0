"""A recording without what is different each time, and without what it tells of the machine."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

Fields = dict[str, Any]

BASE = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
_STEP = timedelta(milliseconds=10)
_TIMES = re.compile(
    r"(?<![\w.])(?:"
    r"(?P<iso>20\d\d-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)?)"
    r"|(?P<ns>1\d{18})|(?P<ms>1\d{12}(?:\.\d+)?)|(?P<s>1\d{9}(?:\.\d+)?)"
    r")(?![\w.])"
)
_UUID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")
_LASTED = re.compile(r"time_to|msTo|ms_to|duration|latency|_ms$|PerSecond|per_output|\.elapsed")
_MILLISECONDS = re.compile(r"msTo|ms_to|_ms$")
_MACHINE = re.compile(
    r"^(host|process|os)\.|^graph\.node\.(parent_)?id$|^service\.instance\.id$|thread\.(id|name)$"
)
_SAID = {  # what is told in words: how long it took, and HTTP's dates
    re.compile(r"took \d+\.\d+s"): "took 0.01s",
    re.compile(r"\w{3}, \d\d \w{3} 20\d\d \d\d:\d\d:\d\d GMT"): "Fri, 02 Jan 2026 03:04:05 GMT",
}
_FOLDERS = re.compile(r"(?:/[\w.@+~-]+)+/(?=site-packages/|python3\.\d+/|node_modules/|driver\.|asks/)")
_TRACE = re.compile(r"^  File .*\n(?:    .*\n)*", re.MULTILINE)
_FRAMES = 2


def stable(recording: Fields, ports: Mapping[int, int], window: tuple[datetime, datetime]) -> Fields:
    """Return a recording that is the same each time.

    Ids are numbered, moments are set in their order from a moment of ours, ten milliseconds apart, what
    lasted lasts 10 (ms) or 0.01 (s), ports are the usual ones, folders are cut, of a stack the ends are kept.

    Parameters
    ----------
    ports : of this recording, to those that it shall name
    window : when it was recorded; other moments (a model's, a price's) stay
    """
    text = json.dumps(_values(recording), ensure_ascii=False)
    for old, new in _ids(recording).items():
        text = text.replace(old, new)
    for port, usual in ports.items():
        text = re.sub(rf"(?<!\d){port}(?!\d)", str(usual), text)
    text = _FOLDERS.sub("", _times(_numbered(text), window))
    for said, instead in _SAID.items():
        text = said.sub(instead, text)
    return dict(json.loads(text))


def _ids(value: Any) -> dict[str, str]:
    traces, spans = (count(1), count(1))
    ids: dict[str, str] = {}

    def visit(value: Any) -> None:
        if isinstance(value, list):
            for one in value:
                visit(one)
        elif isinstance(value, dict):
            for key, one in value.items():
                if key == "traceId" and one and one not in ids:
                    ids[one] = f"{next(traces):032x}"
                elif key in {"spanId", "parentSpanId"} and one and one not in ids:
                    ids[one] = f"{next(spans):016x}"
                visit(one)

    visit(value)
    return ids


def _numbered(text: str) -> str:
    """A UUID says nothing that its number does not."""
    seen: dict[str, str] = {}
    return _UUID.sub(
        lambda found: seen.setdefault(found[0], f"00000000-0000-4000-8000-{len(seen) + 1:012d}"), text
    )


def _values(value: Any) -> Any:
    """Put in place what lasted, what the machine is called, and what a stack went through."""
    if isinstance(value, list):
        return [_values(one) for one in value]
    if not isinstance(value, dict):
        return value
    if "key" in value and isinstance(value.get("value"), dict):
        return {**value, "value": _attribute(str(value["key"]), value["value"])}
    return {key: _values(one) for key, one in value.items()}


def _attribute(key: str, value: Fields) -> Fields:
    if _MACHINE.search(key) and ("stringValue" in value or "intValue" in value):
        return {"stringValue": "-"} if "stringValue" in value else {"intValue": "1"}
    if _LASTED.search(key) and "doubleValue" in value:
        return {"doubleValue": 10.0 if _MILLISECONDS.search(key) else 0.01}
    if _LASTED.search(key) and value.get("intValue", "0") != "0":
        return {"intValue": "10"}
    if "stringValue" in value and "Traceback (most" in value["stringValue"]:
        return {"stringValue": _shortened(value["stringValue"])}
    return dict(_values(value))


def _shortened(stack: str) -> str:
    frames = list(_TRACE.finditer(stack))
    if len(frames) <= _FRAMES:
        return stack
    return stack[: frames[0].end()] + "  ...\n" + stack[frames[-1].start() :]


def _times(text: str, window: tuple[datetime, datetime]) -> str:
    moments = {moment for found in _TIMES.finditer(text) if (moment := _moment(found, window)) is not None}
    places = {moment: BASE + rank * _STEP for rank, moment in enumerate(sorted(moments))}

    def put(found: re.Match[str]) -> str:
        moment = _moment(found, window)
        return found[0] if moment is None else _SPELT[str(found.lastgroup)](places[moment], found[0])

    return _TIMES.sub(put, text)


def _moment(found: re.Match[str], window: tuple[datetime, datetime]) -> float | None:
    """Return seconds since 1970, where they are of this recording."""
    written = found[0]
    if found.lastgroup == "iso":
        read = datetime.fromisoformat(written)
        seconds = (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp()
    else:
        seconds = float(written) / {"ns": 1e9, "ms": 1e3, "s": 1.0}[str(found.lastgroup)]
    return seconds if window[0].timestamp() - 1 <= seconds <= window[1].timestamp() + 1 else None


def _iso(moment: datetime, written: str) -> str:
    zone = "Z" if written.endswith("Z") else "+00:00" if written.endswith("+00:00") else ""
    return f"{moment:%Y-%m-%d}{written[10]}{moment:%H:%M:%S.%f}{zone}"


_SPELT: dict[str, Callable[[datetime, str], str]] = {
    "iso": _iso,
    "ns": lambda moment, _: f"{round(moment.timestamp() * 1000)}000000",
    "ms": lambda moment, _: f"{round(moment.timestamp() * 1000)}",
    "s": lambda moment, _: f"{moment.timestamp():.3f}",
}
