"""What is told once and stands in many events is small, and read once."""

from __future__ import annotations

import json
from time import perf_counter

from fmwatch.event import MAX_TEXT_BYTES

from stream.otlp.calls import calls
from stream.otlp.event import user_hash
from stream.otlp.span import Scope, Span
from tests.stream.otlp.made import CHAT, span


def _retrieval(number: int, documents: list[str]) -> Span:
    told = {"openinference.span.kind": "RETRIEVER", "output.value": json.dumps(documents)}
    return span(number, attributes=told)


def test_passages() -> None:
    """Of a retrieval the first 50 passages are kept, each as long as a text of the contract may be."""
    documents = [f"{number} " + "é" * 50_000 for number in range(60)]
    (event,) = calls([_retrieval(1, documents), span(2, at_s=3)]).events
    assert [passage["text"].split()[0] for passage in event["context"]] == [str(n) for n in range(50)]
    sizes = {len(passage["text"].encode()) for passage in event["context"]}
    assert MAX_TEXT_BYTES < max(sizes) <= MAX_TEXT_BYTES + 4  # so that the border still says that it was cut


def test_many_passages() -> None:
    """A retrieval of a hundred thousand passages is read once, not once for each call of its trace."""
    spans = [_retrieval(1, [f"passage {number}" for number in range(100_000)])]
    began = perf_counter()
    found = calls([*spans, *(span(number, at_s=3) for number in range(2, 1_002))])
    assert perf_counter() - began < 3
    assert {len(event["context"]) for event in found.events} == {50}


def test_names() -> None:
    """Owners and names that every event of a resource or a trace repeats have at most 512 characters."""
    long = "x" * 100_000
    names = "service.name service.namespace deployment.environment fmwatch.tenant fmwatch.team fmwatch.route"
    resource = dict.fromkeys(names.split(), long)
    attributes = CHAT | {
        "gen_ai.request.model": long,
        "gen_ai.response.model": long,
        "gen_ai.provider.name": long,
    }
    root = span(1, attributes={"session.id": long}, resource=resource)
    (event,) = calls([root, span(2, 1, attributes=attributes, resource=resource)]).events
    assert event["conversation_id"] == event["app"] == event["tenant"] == "x" * 512
    assert max(len(value) for value in event.values() if isinstance(value, str)) == 512


def test_large_user() -> None:
    """A person's id and a library's name of megabytes are read once, not once for each call below."""
    large = "u" * 3_000_000
    root = span(1, attributes={"user.id": large})
    scope = Scope(large, large)
    began = perf_counter()
    found = calls([root, *(span(number, 1, scope=scope) for number in range(2, 3_002))])
    assert perf_counter() - began < 3
    assert {(event["user_hash"], event["extra"]["otel_scope"]) for event in found.events} == {
        (user_hash(large), "u" * 200)
    }
