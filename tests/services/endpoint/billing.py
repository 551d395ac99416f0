"""A provider that bills as it likes, within what a request allows, whether or not it answers."""

from __future__ import annotations

import json
import random
import threading
from datetime import UTC, datetime

import httpx2
from fmwatch.event import Usage

from detectors.price_rows import DatedPrice
from detectors.prices import PriceBook
from services.endpoint.endpoint import Endpoint
from services.endpoint.pace import Pace
from services.endpoint.tariff import Tariff

NOW = datetime(2026, 8, 20, tzinfo=UTC)
KINDS = ["uncounted", "slow", "cut", "late", "garbled", "busy", "filter"]
MOST_REFUSED = 3  # and never the first: where nothing but refusals comes, none counts as asked
# Long inputs cost four times as much, and thoughts and cache writes more than what they are part of.
USUAL = {"input": 1, "output": 4, "cache_write_5m": 1.5, "reasoning": 6}
BOOK = PriceBook(
    [
        DatedPrice("own", "m", buckets=USUAL),
        DatedPrice(
            "own", "m", buckets={name: 4 * usd for name, usd in USUAL.items()}, above_input_tokens=200
        ),
    ]
)


class Billing:
    """What is behind the endpoint; `billed` is in pico-USD.

    Parameters
    ----------
    seed : of what becomes of each request
    """

    def __init__(self, seed: int) -> None:
        self.billed = 0
        self._answered = self._refused = 0
        self._random = random.Random(seed)  # noqa: S311 - no secret
        self._lock = threading.Lock()

    def endpoint(self) -> Endpoint:
        """Return it as an endpoint, where nothing waits."""
        pace = Pace(1e9, clock=lambda: 0.0, sleep=lambda _: None)
        transport = httpx2.MockTransport(self._answer)
        return Endpoint("http://here/v1", "", pace, transport=transport, sleep=lambda _: None)

    def tariff(self) -> Tariff:
        """Return what we believe that it costs."""
        return Tariff(BOOK, "own", "m", NOW)

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        with self._lock:
            return self._whatever(json.loads(request.content))

    def _whatever(self, body: dict[str, object]) -> httpx2.Response:
        kind = self._random.choice(["answer"] * 4 + KINDS)
        if kind == "filter" and (not self._answered or self._refused == MOST_REFUSED):
            kind = "answer"
        if kind == "busy":
            return httpx2.Response(self._random.choice([429, 500, 503]))
        limit = int(str(body.get("max_completion_tokens") or body["max_tokens"]))
        text = json.dumps(body["messages"], ensure_ascii=False).encode()
        usage = self._bill(len(text), 0 if kind == "filter" else limit)
        if kind == "filter":
            self._refused += 1
            return httpx2.Response(400, json={"error": {"code": "content_filter", "message": "no"}})
        if kind == "late":
            return httpx2.Response(self._random.choice([502, 504]))
        if kind == "garbled":
            return httpx2.Response(200, text='{"choices": [')
        if kind in {"slow", "cut"}:
            raise httpx2.ReadTimeout("slow") if kind == "slow" else httpx2.RemoteProtocolError("cut")
        self._answered += 1
        choices = [{"message": {"content": "4"}, "finish_reason": "stop"}]
        return httpx2.Response(
            200, json={"choices": choices, **({"usage": usage} if kind == "answer" else {})}
        )

    def _bill(self, into: int, out: int) -> dict[str, object]:
        tokens, said = self._random.randint(1, into), self._random.randint(0, out)
        written, thought = self._random.randint(0, tokens), self._random.randint(0, said)
        rates = BOOK.rates("own", "m", NOW, input_tokens=tokens)
        self.billed += rates.bill(  # type: ignore[union-attr]  # it has a price
            Usage(input=tokens, output=said, cache_write_5m=written, reasoning=thought)
        ).total
        return {
            "prompt_tokens": tokens,
            "completion_tokens": said,
            "prompt_tokens_details": {"cache_write_tokens": written},
            "completion_tokens_details": {"reasoning_tokens": thought},
        }
