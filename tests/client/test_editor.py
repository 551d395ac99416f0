"""An event as it leaves the process: what is taken out of it, when, and what happens where that fails."""

import threading
from typing import Any

import pytest
from fmwatch import Client, RecordingTransport, Report, Retryable

CALL = {"provider": "openai", "request_model": "gpt-4o"}
FOREVER_S = 3600.0  # nothing is sent unless asked for


@pytest.fixture
def transport() -> RecordingTransport:
    """A transport that keeps what was sent."""
    return RecordingTransport()


def test_redact_objects(transport: RecordingTransport) -> None:
    """What a library's own objects hold is redacted as well as plain texts are."""

    class Turn:
        def model_dump(self) -> dict[str, str]:
            return {"role": "user", "content": "I am ana@example.org"}

    with Client(transport=transport, redact=["email"]) as client:
        client.capture(provider="p", request_model="m", messages=[Turn()], context={"ana@example.org"})
    (event,) = transport.events
    assert event["messages"] == [{"role": "user", "content": "I am [email]"}]
    assert event["context"] == ["[email]"]


def test_redact(transport: RecordingTransport) -> None:
    """What is personal can be taken out before anything leaves the process, and is counted."""
    with Client(transport=transport, redact=["email"]) as client:
        client.capture(
            **CALL, messages=[{"role": "user", "content": "I am ana@example.org"}], event_id="a@b.io"
        )
    [event] = transport.events
    assert event["messages"][0]["content"] == "I am [email]"
    assert event["redactions"] == {"email": 1}
    assert event["event_id"] == "a@b.io"


def test_redact_own(transport: RecordingTransport) -> None:
    """An application's own function sees every text that is no name, after the kinds, and is counted."""
    seen: list[str] = []

    def gone(text: str) -> str:
        seen.append(text)
        return text.replace("Ana", "[name]")

    with Client(transport=transport, redact=["email", gone], team="Ana's") as client:
        client.capture(**CALL, prompt="Ana, ana@example.org", usage={"input": 3}, tags={"Ana": "for Ana"})
    [event] = transport.events
    assert (event["prompt"], event["tags"]) == ("[name], [email]", {"Ana": "for [name]"})
    assert (event["team"], event["usage"]) == ("Ana's", {"input": 3})
    assert event["redactions"] == {"email": 1, "own": 2}
    assert sorted(seen) == ["Ana, [email]", "for Ana"]


@pytest.mark.parametrize("wrong", [lambda text: text[10**9], lambda _: None], ids=["raises", "no text"])
def test_redact_fails(wrong: Any, transport: RecordingTransport) -> None:
    """Where redaction fails every text goes, the event stays, and it is counted."""
    with Client(transport=transport, redact=wrong, team="support") as client:
        client.capture(
            **CALL, prompt="secret", usage={"input": 3}, latency_ms=7.5, tags={"a": "b"}, odd="secret"
        )
        client.capture(**CALL)
        assert client.flush() == Report(2, 0, 0, 0, {}, stripped=1, recovered=0)
    event, other = transport.events
    assert (event["team"], event["usage"], event["latency_ms"]) == ("support", {"input": 3}, 7.5)
    assert event["truncated"]
    assert not {"prompt", "tags", "odd"} & set(event)
    assert "truncated" not in other
    assert "redaction_failed=1/1" in transport.counts[0]


def test_redact_once(transport: RecordingTransport) -> None:
    """However often a batch is sent again, its events are redacted once, and in the sender's thread."""
    threads: list[str] = []

    def longer(text: str) -> str:
        threads.append(threading.current_thread().name)
        return text + "!"

    transport.failing = Retryable("away")
    client = Client(transport=transport, redact=longer, interval_s=FOREVER_S)
    client.capture(**CALL, prompt="Hi")
    client.flush(0.1)
    client.flush(0.1)
    transport.failing = None
    client.close()
    assert transport.events[0]["prompt"] == "Hi!"
    assert threads == ["fmwatch-sender"]


def test_without_content(transport: RecordingTransport) -> None:
    """Content can be left out altogether."""
    with Client(transport=transport, capture_content=False) as client:
        client.capture(**CALL, prompt="secret", usage={"input": 7})
    assert "prompt" not in transport.events[0]
