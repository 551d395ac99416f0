"""The fake provider speaks Gemini: what its answers count, and how a stream of them ends."""

from __future__ import annotations

import json

import httpx2

from services.fake_provider.reply import Reply, Spent, ToolCall
from services.fake_provider.testing import FakeProvider

_ASKED = {"contents": [{"role": "user", "parts": [{"text": "Hi"}]}]}


def test_counts() -> None:
    """Thoughts are counted beside the answer, what the cache had within the input."""
    with FakeProvider(reply=Reply("Hello there.", spent=Spent(100, 30, 80, 0, 20))) as provider:
        url = f"{provider.url}/v1beta/models/gemini-2.0-flash:generateContent"
        answer = httpx2.post(url, json=_ASKED).json()
    usage = answer["usageMetadata"]
    assert (usage["promptTokenCount"], usage["cachedContentTokenCount"]) == (100, 80)
    assert (usage["candidatesTokenCount"], usage["thoughtsTokenCount"]) == (10, 20)
    assert answer["modelVersion"] == "gemini-2.0-flash"
    assert provider.asked[0]["stream"] is False


def test_stream() -> None:
    """A stream is pieces without names or a last word; the last one has the usage and the calls."""
    call = ToolCall("weather", '{"city": "Ulm"}')
    with FakeProvider(reply=Reply("It may rain.", (call,))) as provider:
        url = f"{provider.url}/v1beta/models/gemini-2.0-flash:streamGenerateContent?alt=sse"
        lines = [line for line in httpx2.post(url, json=_ASKED).text.splitlines() if line]
    pieces = [json.loads(line.removeprefix("data: ")) for line in lines]
    parts = [piece["candidates"][0]["content"]["parts"][0] for piece in pieces]
    assert "".join(part.get("text", "") for part in parts) == "It may rain."
    assert parts[-1]["functionCall"]["args"] == {"city": "Ulm"}
    assert ["usageMetadata" in piece for piece in pieces] == [False, False, False, True]


def test_error() -> None:
    """An error has Google's form."""
    with FakeProvider(reply=Reply("Too many", status=429)) as provider:
        url = f"{provider.url}/v1beta/models/gemini-2.0-flash:generateContent"
        answer = httpx2.post(url, json=_ASKED)
    assert (answer.status_code, answer.json()["error"]["status"]) == (429, "RESOURCE_EXHAUSTED")
