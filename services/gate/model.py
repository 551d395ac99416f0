"""A model that is asked for the answers that a set lacks, within a limit in USD that all models share."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from services.endpoint import answer as answered
from services.endpoint.budget import Budget, usd
from services.endpoint.endpoint import LIMITS, Endpoint
from services.endpoint.errors import EndpointAway, EndpointError
from services.endpoint.tariff import Tariff
from services.gate.errors import GateError
from services.gate.golden import Answer, Case
from stream.importers import content

Fields = dict[str, Any]

MOST_TOKENS = 2_048  # of an answer, where a line's request says nothing
TRIES = 3  # of one line, while the endpoint takes requests and loses the answers
_OURS = {"model", "messages", "stream", "stream_options", "n"}  # not for a line's request to say
_DEARER = ("service_tier", "web_search_options", "modalities", "audio", "prediction")
_FILTERED = ("content_filter", "content_policy", "ResponsibleAIPolicyViolation")


class Model:
    """One model behind an endpoint.

    Parameters
    ----------
    name : as the endpoint calls it
    budget : shared by all that are asked, one after the other
    """

    def __init__(self, name: str, endpoint: Endpoint, tariff: Tariff, budget: Budget) -> None:
        self.name = name
        self._endpoint = endpoint
        self._tariff = tariff
        self._budget = budget

    def answer(self, case: Case) -> Answer | None:
        """Return the model's answer to a line, None where asking could pass the cap.

        What its filter refuses is an answer too. A request whose answer got lost may be billed: it counts at
        its most, and is sent again as far as the cap allows.

        Raises
        ------
        EndpointAway : no answer comes
        EndpointError : it answers no line
        GateError : it refuses this one
        """
        sent = self._body(case)
        size = len(msgspec.json.encode(sent))
        most = self._tariff.most(size, len(case.turns), max(sent[name] for name in LIMITS if name in sent))
        for last in (*[False] * (TRIES - 1), True):
            aside = self._budget.reserve(most)
            if aside is None:
                return None
            cost = 0
            try:
                found = self._endpoint.ask(sent)
                known = self._cost(found, size, case)
                cost = most if known is None else known
                return self._read(found, case, known)
            except EndpointError as error:
                cost = most if error.paid else 0
                if last or not error.paid or not isinstance(error, EndpointAway):
                    raise
            finally:
                self._budget.settle(aside, most, cost)
        return None

    def _body(self, case: Case) -> Fields:
        body: Fields = {
            "model": self.name,
            "messages": [{"role": turn.role, "content": turn.content} for turn in case.turns],
            **{
                name: value for name, value in case.request.items() if name not in _OURS and value is not None
            },
        }
        for name in _DEARER:
            if name in body:
                raise GateError(
                    f"line {case.id!r}: leave {name} out of its request: no cap holds what it costs"
                )
        for name in LIMITS:
            if name in body and (type(body[name]) is not int or body[name] < 1):
                raise GateError(f"line {case.id!r}: {name} of its request is a number of tokens from 1 up")
        if not any(name in body for name in LIMITS):
            body[LIMITS[0]] = MOST_TOKENS
        return body

    def _cost(self, found: answered.Answer, size: int, case: Case) -> int | None:
        """Return what it has cost; some bill a prompt that they refuse."""
        if found.error_type:
            return self._tariff.most(size, len(case.turns), 0)
        return self._tariff.cost(answered.used(found))

    def _read(self, found: answered.Answer, case: Case, cost: int | None) -> Answer:
        if found.error_type:
            if any(word in text for word in _FILTERED for text in (found.error_type, found.message)):
                return Answer(
                    finish_reason="content_filter", error_type="content_filter", latency_ms=found.latency_ms
                )
            raise GateError(
                f"the endpoint refuses line {case.id!r} for {self.name} ({found.error_type}: "
                f"{found.message}); correct the model or the line's request"
            )
        said = content.answered(found.body)
        return Answer(
            str(said.get("response", "")),
            finish_reason=str(said.get("finish_reason", "")),
            latency_ms=found.latency_ms,
            cost_usd=None if cost is None else usd(cost),
        )


def in_turn(model: Model, cases: Iterable[Case], known: dict[str, Answer], told: Callable[[], None]) -> bool:
    """Ask for what is not known yet and add it; False where the cap ends it."""
    for case in cases:
        if case.id in known:
            continue
        answer = model.answer(case)
        if answer is None:
            return False
        known[case.id] = answer
        told()
    return True
