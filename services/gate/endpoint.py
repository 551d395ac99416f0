"""Asks one model for answers through any endpoint that speaks OpenAI's chat completions, within a cap in USD.

Nothing is asked that could pass the cap: the dearest answer that a request allows is reckoned before it is
sent, and what it really cost is counted after.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import httpx2
import msgspec
from fmwatch.event import Usage

from detectors.rates import Rates
from services.gate.errors import EndpointAway, GateError
from services.gate.golden import Answer, Case

MOST_TOKENS = 2_048  # of an answer, where a line's request says nothing
TIMEOUT_S = 120.0
_TRIES = 4
_MOST_WAIT_S = 30.0
_LIMITS = ("max_completion_tokens", "max_tokens")
_OURS = {"model", "messages", "stream", "stream_options", "n"}  # not for a line's request to say
_FILTERED = ("content_filter", "content_policy", "ResponsibleAIPolicyViolation")
_PICO = 1e12
_SHOWN = 200  # characters of what an endpoint says

Fields = Mapping[str, Any]


class _Prompt(msgspec.Struct):
    cached_tokens: int | None = None


class _Completion(msgspec.Struct):
    reasoning_tokens: int | None = None


class _Usage(msgspec.Struct):
    prompt_tokens: int = 0
    completion_tokens: int = 0
    prompt_tokens_details: _Prompt | None = None
    completion_tokens_details: _Completion | None = None


class _Message(msgspec.Struct):
    content: str | None = None
    refusal: str | None = None


class _Choice(msgspec.Struct):
    message: _Message
    finish_reason: str | None = None


class _Answered(msgspec.Struct):
    choices: list[_Choice]
    usage: _Usage | None = None


class Purse:
    """What may be spent, over all models that are asked.

    Attributes
    ----------
    spent_usd : so far
    """

    def __init__(self, cap_usd: float) -> None:
        self.cap_usd = cap_usd
        self.spent_usd = 0.0

    def allows(self, usd: float) -> bool:
        """Whether so much more stays within the cap."""
        return self.spent_usd + usd <= self.cap_usd

    def take(self, usd: float) -> None:
        """Count what was spent."""
        self.spent_usd += usd


class Endpoint:
    """One model behind an endpoint.

    Parameters
    ----------
    url : as OpenAI's clients call `base_url`, with its /v1
    model : as the endpoint calls it; key : "" for an endpoint that asks for none
    rates : what the model costs
    purse : shared by all that are asked
    transport, sleep, clock : the network and the time
    """

    def __init__(
        self,
        url: str,
        model: str,
        rates: Rates,
        purse: Purse,
        *,
        key: str = "",
        transport: httpx2.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.url = f"{url.rstrip('/')}/chat/completions"
        self.model = model
        self.rates = rates
        self.purse = purse
        self._sleep = sleep
        self._clock = clock
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._client = httpx2.Client(headers=headers, timeout=TIMEOUT_S, transport=transport)

    def affords(self, case: Case) -> bool:
        """Whether the dearest answer to a line stays within the cap."""
        return self.purse.allows(self._usd(self._dearest(case)))

    def answer(self, case: Case) -> Answer:
        """Return the model's answer to a line; what its filter refuses is an answer too.

        Raises
        ------
        EndpointAway : it does not answer after several tries
        GateError : it refuses what is asked, or its answer is none of OpenAI's
        """
        began = self._clock()
        reply = self._sent({"model": self.model, **self._body(case)})
        latency_ms = 1000 * (self._clock() - began)
        if reply.is_success:
            return self._read(reply, case, latency_ms)
        refused = reply.status_code == httpx2.codes.BAD_REQUEST
        if refused and any(word in reply.text for word in _FILTERED):
            return Answer(finish_reason="content_filter", error_type="content_filter", latency_ms=latency_ms)
        said = f"{reply.status_code} {_said(reply)}"
        raise GateError(
            f"{self.url} refuses line {case.id!r} for {self.model}: {said}; correct the model, the key or "
            "the line's request"
        )

    def close(self) -> None:
        """End the connection."""
        self._client.close()

    def _body(self, case: Case) -> dict[str, Any]:
        body: dict[str, Any] = {
            "messages": [{"role": turn.role, "content": turn.content} for turn in case.turns],
            **{name: value for name, value in case.request.items() if name not in _OURS},
        }
        if not any(body.get(name) for name in _LIMITS):
            body[_LIMITS[0]] = MOST_TOKENS
        return body

    def _sent(self, body: Fields) -> httpx2.Response:
        """Ask, several times where that may help."""
        said, wait_s = "", 0.0
        for turn in range(_TRIES):
            if turn:
                self._sleep(wait_s)
            wait_s = 2.0**turn
            try:
                reply = self._client.post(self.url, json=body)
            except httpx2.InvalidURL as error:
                raise GateError(f"--url: {error}: name it as OpenAI's clients do, with its /v1") from error
            except httpx2.UnsupportedProtocol as error:
                raise GateError(f"--url: {error}: it begins with http:// or https://") from error
            except httpx2.HTTPError as error:
                said = str(error) or type(error).__name__
                continue
            if reply.status_code != httpx2.codes.TOO_MANY_REQUESTS and not reply.is_server_error:
                return reply
            said = f"{reply.status_code} {_said(reply)}"
            wait_s = _after(reply) or wait_s
        raise EndpointAway(f"{self.url} gives no answer ({said}); ask again later")

    def _read(self, reply: httpx2.Response, case: Case, latency_ms: float) -> Answer:
        try:
            found = msgspec.json.decode(reply.content, type=_Answered)
            choice = found.choices[0]
        except (msgspec.MsgspecError, LookupError) as error:
            raise GateError(
                f"{self.url} answers what is no chat completion ({error}): check --url"
            ) from error
        usd = self._usd(_usage(found.usage) if found.usage else self._dearest(case))
        self.purse.take(usd)
        text = choice.message.content or choice.message.refusal or ""
        return Answer(text, finish_reason=choice.finish_reason or "", latency_ms=latency_ms, cost_usd=usd)

    def _dearest(self, case: Case) -> Usage:
        """Return the most that a request may use: no token is shorter than a byte."""
        body = self._body(case)
        most = next((body[name] for name in _LIMITS if body.get(name)), MOST_TOKENS)
        size = len(msgspec.json.encode(body))
        return Usage(input=size, output=int(most))

    def _usd(self, usage: Usage) -> float:
        return self.rates.bill(usage).total / _PICO


def in_turn(
    endpoint: Endpoint, cases: Iterable[Case], known: dict[str, Answer], told: Callable[[], None]
) -> bool:
    """Ask for what is not known yet and add it; False where the cap ends it."""
    for case in cases:
        if case.id in known:
            continue
        if not endpoint.affords(case):
            return False
        known[case.id] = endpoint.answer(case)
        told()
    return True


def _usage(said: _Usage) -> Usage:
    prompt, completion = said.prompt_tokens_details, said.completion_tokens_details
    return Usage(
        input=said.prompt_tokens,
        output=said.completion_tokens,
        cache_read=(prompt.cached_tokens if prompt else None) or 0,
        reasoning=(completion.reasoning_tokens if completion else None) or 0,
    )


def _after(reply: httpx2.Response) -> float:
    """Return how long an endpoint asks to wait; 0 where it says nothing we read."""
    try:
        return min(max(float(reply.headers.get("retry-after", "0")), 0.0), _MOST_WAIT_S)
    except ValueError:
        return 0.0


def _said(reply: httpx2.Response) -> str:
    try:
        return str(reply.json()["error"]["message"])[:_SHOWN]
    except (ValueError, LookupError, TypeError):
        return reply.text[:_SHOWN]
