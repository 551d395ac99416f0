"""The rules of an OTLP gateway, each from somebody's bug; one test names each."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from store.rows import generation_columns
from stream.decode import decode
from stream.json_object import encode
from stream.otlp.calls import calls
from stream.otlp.span import Scope, Status
from tests.stream.otlp.made import BEGAN, CHAT, SECOND, TRACE, happened, ids, only, record, span

USAGE = "gen_ai.usage."


@pytest.mark.parametrize(
    ("told", "counts", "convention"),
    [
        (
            {"input_tokens": 100, "cache_read.input_tokens": 90},
            {"input": 100, "cache_read": 90},
            None,
        ),
        (
            {"input_tokens": 10, "cache_read.input_tokens": 90, "cache_creation.input_tokens": 5},
            {"input": 105, "cache_read": 90, "cache_write_5m": 5},
            "exclusive",
        ),
        (
            {"input_tokens": 10, "cache_read.input_tokens": 5, "total_tokens": 22},
            {"input": 15, "cache_read": 5},
            "exclusive",
        ),
        (
            {"input_tokens": 100, "cache_write.input_tokens": 40},
            {"input": 100, "cache_write_5m": 40},
            None,
        ),
        (
            {"input_tokens": 100, "audio.input_tokens": 60, "text.input_tokens": 40},
            {"input": 100, "audio_input": 60},
            None,
        ),
    ],
    ids=["inclusive", "exclusive by size", "exclusive by total", "newest name", "per modality"],
)
def test_conventions(told: dict[str, int], counts: dict[str, int], convention: str | None) -> None:
    """Rule 1: input includes the cache; who counts it apart is summed and flagged; parts are never added."""
    event = only(
        {**CHAT, **{USAGE + name: value for name, value in told.items()}, USAGE + "output_tokens": 7}
    )
    assert event["usage"] == {**counts, "output": 7}
    assert event["extra"].get("usage_convention") == convention


def test_thoughts() -> None:
    """Rule 1: output includes reasoning; Gemini's own count, which does not, is summed and flagged."""
    inclusive = only({**CHAT, USAGE + "output_tokens": 50, USAGE + "reasoning.output_tokens": 40})
    exclusive = only({**CHAT, USAGE + "output_tokens": 5, USAGE + "reasoning_tokens": 40})
    assert inclusive["usage"] == {"input": 10, "output": 50, "reasoning": 40}
    assert exclusive["usage"] == {"input": 10, "output": 45, "reasoning": 40}
    assert exclusive["extra"]["usage_convention"] == "exclusive"


def test_agents() -> None:
    """Rule 2: an agent's span that repeats the totals of its calls is no call."""
    agent = {"gen_ai.operation.name": "invoke_agent", USAGE + "input_tokens": 20, USAGE + "output_tokens": 10}
    workflow = {"traceloop.span.kind": "workflow", "gen_ai.request.model": "gpt-4o", **agent}
    found = calls(
        [
            span(1, attributes=workflow),
            span(2, 1, attributes=agent),
            span(3, 2, attributes=CHAT),
            span(4, 2, attributes=CHAT),
        ]
    )
    assert (ids(found), found.skipped, found.merged) == ([3, 4], 2, 0)


def test_wrapped() -> None:
    """Rule 2: of a framework's span around the client's with the same tokens, the inner one is billed."""
    outer = {"openinference.span.kind": "LLM", "llm.model_name": "gpt-4o", "session.id": "s"}
    tokens = {"llm.token_count.prompt": 10, "llm.token_count.completion": 5}
    found = calls([span(1, attributes=outer | tokens), span(2, 1, attributes={}), span(3, 2)])
    assert (ids(found), found.merged, found.skipped) == ([3], 1, 1)
    assert found.events[0]["conversation_id"] == "s"


def test_wrapped_sums() -> None:
    """Rule 2: a span that holds the sum of the calls inside it is none; one of other tokens is."""
    total = CHAT | {USAGE + "input_tokens": 20, USAGE + "output_tokens": 10}
    assert ids(calls([span(1, attributes=total), span(2, 1), span(3, 1)])) == [2, 3]
    other = CHAT | {USAGE + "input_tokens": 999}
    assert ids(calls([span(1, attributes=other), span(2, 1)])) == [1, 2]


def test_wrapped_usage() -> None:
    """Rule 2: tokens that only the outer span knows go to the inner one, once."""
    bare = {name: value for name, value in CHAT.items() if "usage" not in name}
    found = calls([span(1), span(2, 1, attributes=bare)])
    assert ids(found) == [2]
    assert found.events[0]["usage"] == {"input": 10, "output": 5}
    assert "usage_source" not in found.events[0]


def test_same_answer() -> None:
    """Rule 2: two libraries that watch one client tell of the same answer; it is billed once."""
    answer = {"gen_ai.response.id": "chatcmpl-1"}
    rich = CHAT | answer | {"gen_ai.output.messages": '[{"role":"assistant","parts":[]}]'}
    bare = {name: value for name, value in (CHAT | answer).items() if "usage" not in name}
    found = calls([span(1, attributes=bare | {"gen_ai.prompt.0.content": "Hi"}), span(2, attributes=rich)])
    assert (ids(found), found.merged) == ([2], 1)
    assert found.events[0]["prompt"] == "Hi"
    elsewhere = calls([span(1, attributes=rich), span(2, attributes=rich, trace_id="b" * 32)])
    assert len(elsewhere.events) == 2


def test_circle() -> None:
    """Of spans that claim to be each other's parent none is lost, and nothing goes round for ever."""
    assert ids(calls([span(1, 2), span(2, 1), span(3, 3), span(4, 2)])) == [1, 2, 3, 4]


@pytest.mark.parametrize("tokens", [{}, {USAGE + "input_tokens": 0, USAGE + "output_tokens": 0}])
def test_missing(tokens: dict[str, int]) -> None:
    """Rule 3: what is not known is missing, and never 0."""
    bare = {name: value for name, value in CHAT.items() if "usage" not in name}
    event = only(bare | tokens)
    assert ("usage" in event, event["usage_source"]) == (False, "missing")


def test_models() -> None:
    """Rule 4: the model asked for and the one that answered are both kept."""
    event = only(CHAT | {"gen_ai.response.model": "gpt-4o-2024-08-06"})
    assert (event["request_model"], event["response_model"]) == ("gpt-4o", "gpt-4o-2024-08-06")


@pytest.mark.parametrize("as_json", [True, False])
def test_structured(*, as_json: bool) -> None:
    """Rule 5: messages may be JSON in a text or a structure of values."""
    messages = [
        {"role": "system", "parts": [{"type": "text", "content": "Be brief."}]},
        {
            "role": "user",
            "parts": [{"type": "text", "content": "Hi"}, {"type": "blob", "mime_type": "image/png"}],
        },
    ]
    event = only(CHAT | {"gen_ai.input.messages": json.dumps(messages) if as_json else messages})
    assert event["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hi\n[blob]"},
    ]


def test_texts_for_numbers() -> None:
    """Rule 5: a number may come as a text."""
    event = only(CHAT | {USAGE + "input_tokens": "12", "gen_ai.request.temperature": "0.5"})
    assert (event["usage"]["input"], event["request"]) == (12, {"temperature": 0.5})


def test_unknown() -> None:
    """Rule 5: attributes of the call without a field are kept, a bounded number of bounded size."""
    many = {f"gen_ai.new.{number:03}": "x" * 5_000 for number in range(100)}
    extra = only(CHAT | many | {"http.url": "no", "gen_ai.prompt.name": "greet"})["extra"]
    kept = {name: value for name, value in extra.items() if name.startswith("gen_ai.new.")}
    assert (len(kept), len(kept["gen_ai.new.000"])) == (64, 2_000)
    assert not {"http.url", "gen_ai.prompt.name"} & extra.keys()


def test_rejects() -> None:
    """Rule 6: one span that cannot be an event costs only itself."""
    found = calls([span(1), span(2, trace_id=""), span(3)])
    assert (ids(found), [reject.span_id for reject in found.rejects]) == ([1, 3], [f"{2:016x}"])
    assert "32 and 16 hex digits" in found.rejects[0].reason


def test_identity() -> None:
    """Rule 8: the same span exported again is the same event, to the last byte."""
    first, second = (encode(calls([span(7)]).events[0]) for _ in range(2))
    assert first == second
    event = decode(first)
    assert event == decode(second)
    assert getattr(event, "event_id", "") == f"{TRACE}-{7:016x}"


def test_contract() -> None:
    """An event is one of the contract: it decodes, and makes a row, with the time the call ended."""
    event = decode(encode(only(CHAT | {"gen_ai.response.time_to_first_chunk": 0.25})))
    when = datetime.fromtimestamp((BEGAN + SECOND) // SECOND, UTC)
    assert (event.occurred_at, event.latency_ms, event.ttft_ms) == (when, 1000.0, 250.0)  # type: ignore[union-attr]
    assert generation_columns([event], {})["usage_input"] == [10]  # type: ignore[list-item]


def test_context() -> None:
    """What was retrieved in a trace before a call is its context; ids without a text are none."""
    retriever = {
        "openinference.span.kind": "RETRIEVER",
        "retrieval.documents.1.document.content": "Second",
        "retrieval.documents.0.document.content": "First",
        "retrieval.documents.0.document.id": "d1",
        "retrieval.documents.0.document.score": 0.5,
        "retrieval.documents.2.document.id": "only an id",
    }
    of_otel = {
        "gen_ai.operation.name": "retrieval",
        "gen_ai.retrieval.documents": json.dumps([{"id": 7, "content": "Third"}, {"content": "First"}]),
    }
    found = calls(
        [
            span(1, at_s=5),
            span(2, at_s=0, attributes=retriever),
            span(3, at_s=2, attributes=of_otel),
            span(4, at_s=9, attributes=retriever | {"retrieval.documents.0.document.content": "Too late"}),
            span(5, at_s=5, trace_id="c" * 32),
        ]
    )
    by_id = {int(event["span_id"], 16): event for event in found.events}
    assert [passage["text"] for passage in by_id[1]["context"]] == ["First", "Second", "Third"]
    assert by_id[1]["context"][2] == {"text": "Third", "id": "7"}
    assert "context" not in by_id[5]
    assert found.skipped == 3


def test_much_context() -> None:
    """Of many retrievals before many calls each gets the latest fifty passages, and soon."""
    found = {"openinference.span.kind": "RETRIEVER"}
    spans = [
        span(n, at_s=n, attributes={**found, "retrieval.documents.0.document.content": f"passage {n}"})
        for n in range(1, 3_000)
    ]
    told = calls([*spans, *(span(n, at_s=4_000) for n in range(5_000, 8_000))])
    contexts = {tuple(passage["text"] for passage in event["context"]) for event in told.events}
    assert contexts == {tuple(f"passage {n}" for n in range(2_950, 3_000))}


def test_cache_hit() -> None:
    """A call that LiteLLM answered from its own cache is marked, so that it costs nothing."""
    assert only(CHAT | {"litellm.cache_hit": True})["gateway_cached"] is True
    assert "gateway_cached" not in only(CHAT | {"litellm.cache_hit": "False"})


def test_vector_store() -> None:
    """OpenLLMetry's vector stores tell what they found by events."""
    found = calls(
        [
            span(
                1,
                attributes={"db.system": "chroma"},
                events=[
                    happened("db.query.result", db__query__result__document="A", db__query__result__id="1")
                ],
            ),
            span(2, at_s=3),
        ]
    )
    assert found.events[0]["context"] == [{"text": "A", "id": "1"}]


def test_evaluations() -> None:
    """An evaluation result is feedback by a judge, on the event that stands for the call."""
    judged = happened(
        "gen_ai.evaluation.result",
        gen_ai__evaluation__name="relevance",
        gen_ai__evaluation__score__value=0.75,
        gen_ai__evaluation__score__label="pass",
        gen_ai__evaluation__explanation="It answers.",
    )
    found = calls([span(1, events=[judged]), span(2, 1)], whose={"tenant": "acme"})
    assert ids(found) == [2]
    feedback = found.events[-1]
    assert (feedback["event_id"], feedback["tenant"]) == (found.events[0]["event_id"], "acme")
    assert decode(encode(feedback)).value == 0.75  # type: ignore[union-attr]


def test_evaluation_records() -> None:
    """As a log record it names its call by span, or by the answer's id; else it is rejected."""
    told = {"gen_ai.evaluation.name": "safe", "gen_ai.evaluation.score.label": "yes"}
    by_span = record("gen_ai.evaluation.result", 9, attributes=told)
    lost = record("gen_ai.evaluation.result", attributes=told)
    lost.trace_id = ""
    found = calls((), [by_span, lost])
    assert [event["event_id"] for event in found.events] == [f"{TRACE}-{9:016x}"]
    assert found.events[0]["kind"] == "label"
    assert len(found.rejects) == 1
    answered = span(3, attributes=CHAT | {"gen_ai.response.id": "r"})
    lost.attributes = told | {"gen_ai.response.id": "r"}
    assert calls([answered], [lost]).events[-1]["event_id"] == f"{TRACE}-{3:016x}"


def test_openinference_evaluations() -> None:
    """OpenInference writes them onto the span, and says whether a person judged."""
    told = {
        "evaluations.0.evaluation.name": "tone",
        "evaluations.0.evaluation.score": 1,
        "evaluations.0.evaluation.annotator_kind": "HUMAN",
    }
    feedback = calls([span(attributes=CHAT | told)]).events[-1]
    assert (feedback["name"], feedback["value"], feedback["by"]) == ("tone", 1, "human")


def test_records() -> None:
    """Content in log records joins its span; without it in the request it is rejected, and never counted."""
    said = record("gen_ai.user.message", body={"content": "Hi"})
    answered = record(
        "gen_ai.choice", body={"index": 0, "finish_reason": "stop", "message": {"content": "Hello"}}
    )
    with_span = calls([span(1)], [said, answered])
    assert with_span.rejects == []
    event = with_span.events[0]
    assert (event["prompt"], event["response"], event["finish_reason"]) == ("Hi", "Hello", "stop")
    alone = calls((), [said, record("app.started")])
    assert (alone.events, alone.skipped, len(alone.rejects)) == ([], 1, 1)
    assert "span_only" in alone.rejects[0].reason


def test_person() -> None:
    """A user's id is kept as a hash only, whoever writes it."""
    for name in ("user.id", "gen_ai.user", "llm.user", "gen_ai.request.user", "ai.telemetry.metadata.userId"):
        event = only(CHAT | {name: "ana@example.org"})
        assert len(event["user_hash"]) == 64
        assert "ana@" not in json.dumps(event)


@pytest.mark.parametrize(
    ("attributes", "events", "error"),
    [
        ({"error.type": "429"}, [], "429"),
        ({}, [happened("exception", exception__type="openai.RateLimitError")], "openai.RateLimitError"),
        ({}, [], "error"),
    ],
)
def test_errors(attributes: dict[str, str], events: list[Any], error: str) -> None:
    """A failed call says how: by error.type, else by its exception, else only that it did."""
    event = only(CHAT | attributes, events=events, status=Status(2, "no"))
    assert event["error_type"] == error


def test_whose() -> None:
    """Resource attributes say whose a call is; fmwatch's own win, those of the span before headers."""
    resource = {"service.name": "helpdesk", "service.namespace": "care", "deployment.environment": "prod"}
    plain = only(CHAT, resource=resource)
    assert (plain["app"], plain["team"], plain["environment"]) == ("helpdesk", "care", "prod")
    own = {"fmwatch.route": "helpdesk/answers", "fmwatch.team": "support", "fmwatch.tenant": "acme"}
    found = calls([span(resource=resource | own)], whose={"team": "header", "tenant": "header"}).events[0]
    assert (found["route"], found["team"], found["tenant"]) == ("helpdesk/answers", "support", "acme")
    headed = calls([span(resource=resource)], whose={"team": "header"}).events[0]
    assert headed["team"] == "header"
    assert "app" not in only(CHAT, resource={"service.name": "unknown_service:python"})


def test_inherited() -> None:
    """A call has the conversation and the person of the nearest span around it that names them."""
    root = {"session.id": "thread-7", "user.id": "ana"}
    middle = {"session.id": "thread-8"}
    found = calls([span(1, attributes=root), span(2, 1, attributes=middle), span(3, 2), span(4, 1), span(5)])
    told = [(event.get("conversation_id"), "user_hash" in event) for event in found.events]
    assert told == [("thread-8", True), ("thread-7", True), (None, False)]


def test_deep() -> None:
    """A trace as deep as a request may be is read in a moment, and so are as many failures side by side."""
    deep = [span(number, number - 1) for number in range(1, 3000)]
    assert len(calls(deep).events) == 1
    failed = [span(number, attributes=CHAT | {"error.type": "timeout"}) for number in range(1, 3000)]
    assert len(calls(failed).events) == 2999


def test_two_libraries_in_traces_of_their_own() -> None:
    """A span that encloses another library's of the same answer is the same call, which the inner tells."""
    answer = {"gen_ai.response.id": "msg_1"}
    inner = span(1, attributes=CHAT | answer, scope=Scope("com.anthropic.sdk.python"))
    inner.end_ns -= 1
    outer = span(2, attributes=CHAT | answer | {"gen_ai.usage.output_tokens": 6}, trace_id="b" * 32)
    assert [event["usage"]["output"] for event in calls([outer, inner]).events] == [5]
    again = span(3, attributes=CHAT | answer, trace_id="c" * 32, scope=Scope("com.anthropic.sdk.python"))
    assert len(calls([inner, again]).events) == 2


def test_failed_without_model() -> None:
    """A failed call counts though nobody says of which model; one that went well is rejected for it."""
    nameless = {"openinference.span.kind": "LLM"}
    assert only(nameless | {"error.type": "RateLimitError"})["request_model"] == "unknown"
    assert "request_model" not in only(nameless)
