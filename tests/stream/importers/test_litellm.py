"""LiteLLM's spend logs and logged payloads as events."""

from stream.importers.source import passed_over
from tests.stream.importers.reading import by_id, events, opened


def test_payload() -> None:
    """A logged request carries team, key's name, model asked for and served, content, times and cost."""
    event = by_id("litellm_payloads.jsonl")["chatcmpl-9a1"]
    assert (event["team"], event["app"], event["tags"]["model_group"]) == ("support", "helpdesk", "smart")
    assert (event["provider"], event["platform"]) == ("openai", "azure")
    assert (event["request_model"], event["response_model"]) == (
        "gpt-4o-eu",
        "gpt-4o-2024-08-06",
    )
    assert (event["messages"], event["response"], event["finish_reason"]) == (
        [{"role": "user", "content": "How do I pay?"}],
        "By card.",
        "stop",
    )
    assert (event["latency_ms"], event["ttft_ms"], event["cost_usd"]) == (2000.0, 500.0, 0.00125)
    assert event["usage"] == {"input": 100, "output": 30, "cache_read": 64, "reasoning": 10}
    assert event["request"] == {"temperature": 0.3, "max_tokens": 300, "stream": True}


def test_bedrock() -> None:
    """The region is read off the address, cache writes are kept by their life; no stream, no first token."""
    event = by_id("litellm_payloads.jsonl")["chatcmpl-9a2"]
    assert (event["provider"], event["platform"], event["region"]) == ("anthropic", "bedrock", "eu-central-1")
    assert event["usage"] == {
        "input": 1262,
        "output": 40,
        "cache_read": 1000,
        "cache_write_5m": 200,
        "cache_write_1h": 50,
    }
    assert "ttft_ms" not in event


def test_cached() -> None:
    """An answer from the proxy's cache says so and reports no cost."""
    for found in (by_id("litellm_payloads.jsonl")["chatcmpl-9a3"], by_id("litellm_spend_logs.csv")["r-3"]):
        assert found["gateway_cached"] is True
        assert "cost_usd" not in found


def test_failed() -> None:
    """A request that failed is a call with an error and without tokens."""
    event = by_id("litellm_payloads.jsonl")["8c1f"]
    assert (event["error_type"], event["usage_source"]) == ("RateLimitError", "missing")
    assert "response" not in event


def test_spend_logs() -> None:
    """Rows of the table say the same as the payload of the same request, by the API and by a CSV export."""
    payload = by_id("litellm_payloads.jsonl")["chatcmpl-9a1"]
    row, cells = (by_id(f"litellm_spend_logs.{kind}")["chatcmpl-9a1"] for kind in ("json", "csv"))
    assert row == cells
    for name in ("occurred_at", "team", "app", "request_model", "usage", "latency_ms", "ttft_ms", "messages"):
        assert row[name] == payload[name]


def test_passed_over() -> None:
    """Calls of tools are no calls to a model; a row with a broken time is a dead letter."""
    made = opened("litellm_payloads.jsonl")
    assert len([line for source in made for line in source.lines()]) == 4
    assert passed_over(made) == {"calls of type call_mcp_tool": 1}
    letter = events("litellm_spend_logs.csv")[1]
    assert (letter["reason"], letter["field"]) == ("wrong_type", "startTime")
    assert "record 2 of " in letter["message"]


def test_recorded() -> None:
    """What LiteLLM itself gives its loggers: call, stream, Anthropic, embeddings, response, failure."""
    found = events("litellm_recorded.jsonl")
    assert [(one["operation"], one["platform"], one["request_model"]) for one in found] == [
        ("chat", "openai", "gpt-4o"),
        ("chat", "openai", "gpt-4o"),
        ("chat", "anthropic", "claude-sonnet-4-5"),
        ("embeddings", "openai", "text-embedding-3-small"),
        ("chat", "openai", "gpt-4o"),
        ("chat", "openai", "missing"),
    ]
    assert {one.get("response") for one in found} == {"The refund takes five days.", None}
    assert [one.get("usage", {}).get("input") for one in found] == [21, 21, 21, 21, 21, None]
    assert [round(one.get("ttft_ms", 0)) for one in found] == [0, 758, 0, 0, 0, 0]
    assert [one.get("error_type") for one in found] == [*[None] * 5, "NotFoundError"]
    assert found[0]["user_hash"].startswith("24d4b96f58da6d4a")
