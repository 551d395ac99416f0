from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from services.endpoint.endpoint import MOST_BYTES, Endpoint, key_of
from services.endpoint.errors import EndpointAway, EndpointError
from services.endpoint.pace import Pace
from services.fake_provider.reply import Reply
from services.fake_provider.testing import FakeProvider

BODY = {
    "model": "m",
    "messages": [{"role": "user", "content": "Hé?"}],
    "max_tokens": 9,
    "temperature": 0.5,
}
KEY = "sk-test-0123456789"


class Waits:
    """Time that passes at once, and is remembered."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        """Let it pass."""
        self.slept.append(seconds)


def endpoint(url: str, waits: Waits | None = None, transport: httpx2.BaseTransport | None = None) -> Endpoint:
    """An endpoint that is asked as fast as it answers."""
    return Endpoint(
        url,
        KEY,
        Pace(1e9, clock=lambda: 0.0, sleep=lambda _: None),
        transport=transport,
        sleep=(waits or Waits()).sleep,
    )


def answering(answer: Callable[[dict[str, Any]], httpx2.Response]) -> tuple[Endpoint, list[dict[str, Any]]]:
    """An endpoint that answers what a function says, and what it was asked."""
    asked: list[dict[str, Any]] = []

    def handle(request: httpx2.Request) -> httpx2.Response:
        asked.append(json.loads(request.content))
        return answer(asked[-1])

    return endpoint("http://here/v1", transport=httpx2.MockTransport(handle)), asked


def error(status: int, message: str, **more: object) -> httpx2.Response:
    """An error as OpenAI writes it."""
    return httpx2.Response(
        status, json={"error": {"message": message, "type": "invalid_request_error", **more}}
    )


def test_answer() -> None:
    """A request is sent as it is, with the key, and the answer comes back with its time."""
    with FakeProvider(reply=Reply("Hé!")) as provider, endpoint(provider.openai_url) as asked:
        answer = asked.ask(BODY)
    assert answer.body["choices"][0]["message"]["content"] == "Hé!"
    assert answer.latency_ms > 0
    assert provider.asked == [BODY]
    assert provider.headers[0]["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize("url", ["{}/v1", "{}/v1/", "{}/v1/chat/completions"])
def test_url(url: str) -> None:
    """The base URL is taken as OpenAI's SDK takes it, and a whole one as well."""
    with FakeProvider() as provider, endpoint(url.format(provider.url)) as asked:
        assert asked.ask(BODY).body["choices"]


def test_query_stays() -> None:
    """What a URL asks for stays in it, as Azure's version does."""
    seen: list[str] = []

    def handle(request: httpx2.Request) -> httpx2.Response:
        seen.append(str(request.url))
        return httpx2.Response(200, json={"choices": []})

    with endpoint("https://x.example/openai?api-version=1", transport=httpx2.MockTransport(handle)) as asked:
        asked.ask(BODY)
    assert seen == ["https://x.example/openai/chat/completions?api-version=1"]


@pytest.mark.parametrize("url", ["ftp://here/v1", "here/v1", "http://", "http://me:secret@here/v1"])
def test_no_url(url: str) -> None:
    """What is no URL, or holds a password, is refused, and the password is not shown."""
    with pytest.raises(EndpointError, match="--url") as refused:
        endpoint(url)
    assert "secret" not in str(refused.value)


def test_busy() -> None:
    """A busy endpoint is asked again after as long as it says, or longer each time where it says nothing."""
    waits = Waits()
    busy = [Reply(status=429, retry_after_s=7), Reply(status=503), Reply(status=500), Reply("Now.")]
    with FakeProvider() as provider, endpoint(provider.openai_url, waits) as asked:
        provider.next(*busy)
        assert asked.ask(BODY).body["choices"][0]["message"]["content"] == "Now."
    assert waits.slept == [7, 2, 4]


def test_away() -> None:
    """An endpoint that stays busy, or is not there, is away: the same command may work later."""
    waits = Waits()
    with FakeProvider(reply=Reply(status=429, retry_after_s=10_000)) as provider:
        url = provider.openai_url
        with endpoint(url, waits) as asked, pytest.raises(EndpointAway, match="429"):
            asked.ask(BODY)
    assert waits.slept == [60, 60, 60, 60]
    with endpoint(url) as asked, pytest.raises(EndpointAway):
        asked.ask(BODY)


@pytest.mark.parametrize(
    "lost", [httpx2.ReadTimeout("slow"), httpx2.RemoteProtocolError("cut"), 408, 502, 504, 524]
)
def test_perhaps_paid(lost: Exception | int) -> None:
    """A request that was taken and never answered may be billed: it is not sent again, and counts."""

    def answer(_: dict[str, Any]) -> httpx2.Response:
        if isinstance(lost, Exception):
            raise lost
        return error(lost, "the upstream did not answer in time")

    asked, bodies = answering(answer)
    with asked, pytest.raises(EndpointAway, match="at its most") as refused:
        asked.ask(BODY)
    assert refused.value.paid
    assert len(bodies) == 1


@pytest.mark.parametrize("status", [401, 402, 403, 404])
def test_for_good(status: int) -> None:
    """Wrong key, no money, wrong address or model: no request will be answered, and the key is not shown."""
    asked, seen = answering(lambda _: error(status, "no"))
    with asked, pytest.raises(EndpointError) as refused:
        asked.ask(BODY)
    assert not isinstance(refused.value, EndpointAway)
    assert len(seen) == 1
    assert KEY not in str(refused.value)


def test_refused() -> None:
    """A single request that is refused is an answer, with the endpoint's word and sentence on one line."""
    asked, _ = answering(lambda _: error(400, "too\nlong \x1b[31m", code="context_length_exceeded"))
    with asked:
        answer = asked.ask(BODY)
    assert (answer.body, answer.error_type, answer.message) == (
        {},
        "context_length_exceeded",
        "too long  [31m",
    )


def test_other_spelling() -> None:
    """What newer models refuse is spelled as they like it, and then at once."""

    def answer(body: dict[str, Any]) -> httpx2.Response:
        if "max_tokens" in body:
            return error(400, "use 'max_completion_tokens'", param="max_tokens", code="unsupported_parameter")
        if "temperature" in body:
            return error(400, "Unsupported value: 'temperature' does not support 0.5", param=None)
        return httpx2.Response(200, json={"choices": []})

    asked, seen = answering(answer)
    with asked:
        assert asked.ask(BODY).error_type == ""
        asked.ask(BODY)
    assert len(seen) == 4
    assert seen[-1] == {"model": "m", "messages": BODY["messages"], "max_completion_tokens": 9}


def test_no_spelling() -> None:
    """An endpoint that takes neither spelling is not asked for ever."""
    asked, seen = answering(
        lambda body: error(400, "no", param=next(name for name in body if name.startswith("max")))
    )
    with asked:
        assert asked.ask(BODY).error_type == "invalid_request_error"
    assert len(seen) < 10


@pytest.mark.parametrize(
    "answer",
    [
        httpx2.Response(200, text="<html>Please log in</html>"),
        httpx2.Response(200, json=[1]),
        httpx2.Response(302, headers={"location": "http://evil/v1"}),
    ],
)
def test_no_endpoint(answer: httpx2.Response) -> None:
    """A login page, or an address that leads elsewhere, is no endpoint; the key goes nowhere else."""
    asked, seen = answering(lambda _: answer)
    with asked, pytest.raises(EndpointError, match="--url"):
        asked.ask(BODY)
    assert len(seen) == 1


@pytest.mark.parametrize("content", [b'{"choices": [{"mess', b"[1]", b" " * (MOST_BYTES + 1)])
@pytest.mark.parametrize(("status", "paid"), [(200, True), (201, True), (302, False)])
def test_unread(content: bytes, status: int, paid: bool) -> None:
    """An answer that came and that nobody can read may be billed: it is not asked for again."""
    asked, seen = answering(lambda _: httpx2.Response(status, content=content))
    with asked, pytest.raises(EndpointError) as refused:
        asked.ask(BODY)
    assert refused.value.paid == paid
    assert ("at its most" in str(refused.value)) == paid
    assert len(seen) == 1


def test_key(tmp_path: Path) -> None:
    """The key comes from the environment or a file, and is never shown."""
    file = tmp_path / "key"
    file.write_text(f"{KEY}\n")
    assert key_of("", file, {}) == key_of("MINE", None, {"MINE": f" {KEY}"}) == KEY
    assert key_of("", None, {"OPENAI_API_KEY": KEY}) == ""
    file.write_text("two words-of-a-secret")
    for variable, place in (("MINE", None), ("", file), ("MINE", file)):
        with pytest.raises(EndpointError) as refused:
            key_of(variable, place, {})
        assert "secret" not in str(refused.value)
