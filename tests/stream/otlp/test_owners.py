"""Calls of two tenants, teams or senders are two, and nobody gets what another one said."""

from __future__ import annotations

from typing import Any

import pytest

from stream.otlp.calls import calls
from stream.otlp.span import Scope, Span
from tests.stream.otlp.made import CHAT, ids, span

ACME = {"service.name": "shop", "fmwatch.tenant": "acme"}
FAILED = CHAT | {"error.type": "timeout", "user.id": "ana", "gen_ai.prompt.0.content": "My card is 4111"}
ANSWER = CHAT | {"gen_ai.response.id": "r1"}
OTHERS = [
    {"fmwatch.tenant": "hooli"},
    {"fmwatch.team": "care"},
    {"service.name": "desk"},
    {"host.name": "b"},
]


def _pair(attributes: dict[str, Any], theirs: dict[str, Any], **more: Any) -> list[Span]:
    bare = {
        name: value for name, value in attributes.items() if not name.startswith(("user", "gen_ai.prompt"))
    }
    inner = span(1, attributes=bare, resource=theirs, scope=Scope("sdk"))
    inner.end_ns -= 1
    return [inner, span(2, attributes=attributes, **more)]


@pytest.mark.parametrize("attributes", [FAILED, ANSWER], ids=["failures", "answers"])
@pytest.mark.parametrize("other", OTHERS)
def test_side_by_side(attributes: dict[str, Any], other: dict[str, str]) -> None:
    """Failures, and answers of the same id, of two tenants, teams or resources stay two events."""
    found = calls(_pair(attributes, ACME | other, resource=ACME))
    assert (ids(found), found.merged) == ([1, 2], 0)
    assert not {"user_hash", "prompt"} & found.events[0].keys()


def test_failures_apart() -> None:
    """Failures in traces of their own are one only where one process sent both, for one user."""
    elsewhere = calls(_pair(FAILED, dict(ACME), resource=dict(ACME), trace_id="b" * 32))
    assert ids(elsewhere) == [1, 2]
    together = calls(_pair(FAILED, ACME, resource=ACME, trace_id="b" * 32))
    assert (ids(together), together.events[0]["prompt"]) == ([1], "My card is 4111")
    inner, outer = _pair(FAILED, ACME, resource=ACME, trace_id="b" * 32)
    inner.attributes |= {"user.id": "bob"}
    assert ids(calls([inner, outer])) == [1, 2]


@pytest.mark.parametrize("other", OTHERS[:2])
def test_around(other: dict[str, str]) -> None:
    """A span around a call of another tenant or team is a call of its own."""
    assert ids(calls([span(1, resource=ACME), span(2, 1, resource=ACME | other)])) == [1, 2]


def test_same_span_ids() -> None:
    """Spans of the same ids by two tenants are an event for each; sent twice by one, they are one."""
    theirs = ACME | {"fmwatch.tenant": "hooli"}
    found = calls([span(1, resource=ACME), span(1, resource=theirs), span(1, resource=ACME)])
    assert [event["tenant"] for event in found.events] == ["acme", "hooli"]


def test_around_another_sender() -> None:
    """Around another service's call of the same team, as a proxy's, it is billed once and tells nothing."""
    bare = {name: value for name, value in CHAT.items() if "usage" not in name}
    outer = CHAT | {
        "user.id": "ana",
        "gen_ai.prompt.0.content": "Hi",
        "session.id": "s",
        "fmwatch.route": "a",
    }
    proxy = ACME | {"service.name": "proxy"}
    found = calls([span(1, attributes=outer, resource=ACME), span(2, 1, attributes=bare, resource=proxy)])
    assert (ids(found), found.events[0]["usage"]) == ([2], {"input": 10, "output": 5})
    assert not {"user_hash", "prompt", "conversation_id", "route"} & found.events[0].keys()


def test_context_of_a_tenant() -> None:
    """What one tenant retrieved is no other tenant's context, though the trace is the same."""
    found = {"openinference.span.kind": "RETRIEVER", "retrieval.documents.0.document.content": "Secret"}
    retrieved = span(1, attributes=found, resource=ACME)
    for resource, known in ((ACME, True), (ACME | {"fmwatch.tenant": "hooli"}, False)):
        (event,) = calls([retrieved, span(2, at_s=3, resource=resource)]).events
        assert ("context" in event) is known


def test_large_resources() -> None:
    """Resources are compared once, however large they are and however many failures they sent."""
    large = [{f"k{number}": "v" for number in range(15_000)} for _ in range(2)]
    spans = [
        span(number, attributes=FAILED, resource=large[number % 2], scope=Scope(str(number)), trace_id=trace)
        for number in range(1, 2_000)
        for trace in [f"{number:032x}"]
    ]
    assert len(calls(spans).events) > 500
