"""Tokens of a call, in our one convention: input includes what the cache had, output includes reasoning.

OpenTelemetry, OpenInference and OpenLLMetry count so; what Anthropic's API itself says, and what some pass on
unchanged, counts what came from and went into the cache beside the input. Which of the two a span means the
numbers tell, and where it was the second, the event says so.
"""

from __future__ import annotations

from typing import Any

from stream.otlp.names import COST, COST_OBJECTS, TOKENS, USAGE_OBJECTS
from stream.otlp.span import Attributes
from stream.otlp.values import count, first, json_object, number, python_object

CONVENTION = "usage_convention"  # in `extra`, where a producer's is not ours
EXCLUSIVE = "exclusive"

# The providers' own names, as they stand in JSON objects.
_OWN_NAMES: dict[str, tuple[str, ...]] = {
    "input": ("input_tokens", "prompt_tokens", "inputTokens", "promptTokens", "prompt_token_count"),
    "output": (
        "output_tokens",
        "completion_tokens",
        "outputTokens",
        "completionTokens",
        "candidates_token_count",
    ),
    "total": ("total_tokens", "totalTokens", "total_token_count", "total"),
    "cache_read": (
        "cache_read_input_tokens",
        "cached_tokens",
        "cache_read",
        "cachedInputTokens",
        "cached_content_token_count",
    ),
    "cache_write": ("cache_creation_input_tokens", "cache_write_input_tokens", "cache_creation"),
    "reasoning": ("reasoning_tokens", "reasoning", "reasoningTokens", "thoughts_token_count"),
}
# Langfuse's buckets are apart from each other: those of the input begin with the word, or are of the cache.
_BUCKETS: dict[str, tuple[str, ...]] = {
    "cache_read": (
        "input_cached_tokens",
        "input_cache_read",
        "cache_read_input_tokens",
        "input_cache_read_tokens",
    ),
    "cache_write": ("input_cache_creation", "input_cache_write", "cache_creation_input_tokens"),
    "reasoning": ("output_reasoning_tokens", "output_reasoning", "reasoning_tokens"),
}
_PROVIDER_METADATA = "ai.response.providerMetadata"  # of the AI SDK: what the provider itself answered

Counts = dict[str, int]


def usage(attributes: Attributes) -> tuple[Counts, str]:
    """Return the counts of the contract, and the convention where it was another; ({}, "") without any.

    >>> usage({"gen_ai.usage.input_tokens": 10, "gen_ai.usage.cache_read.input_tokens": 90})
    ({'input': 100, 'cache_read': 90}, 'exclusive')
    """
    found = {
        name: value
        for name, names in TOKENS.items()
        if (value := count(first(attributes, names))) is not None
    }
    exclusive = False
    for name in USAGE_OBJECTS:
        if told := json_object(attributes.get(name)) or python_object(attributes.get(name)):
            own, exclusive = _object(told)
            found = own | found
    native = _native(json_object(attributes.get(_PROVIDER_METADATA)))
    if native:
        exclusive |= bool(found.get("input") is not None and found.get("input") == native.get("input"))
        found = {name: value for name, value in native.items() if name != "input"} | found
    if not found.get("input") and not found.get("output"):
        return {}, ""  # nobody calls a model with nothing: 0 means that it was not known
    return _inclusive(found, exclusive=exclusive)


def cost_usd(attributes: Attributes) -> float | None:
    """Return what the producer says a call cost."""
    cost = number(first(attributes, COST))
    for name, keys in COST_OBJECTS.items():
        if cost is None:
            cost = number(first(json_object(attributes.get(name)), keys))
    return cost


def _inclusive(found: Counts, *, exclusive: bool) -> tuple[Counts, str]:
    total = found.pop("total", None)
    cache = found.get("cache_read", 0) + found.get("cache_write", 0)
    given, output = found.get("input", 0), found.get("output", 0)
    if cache > 0 <= given:
        exclusive |= cache > given or total == given + output + cache
        if exclusive:
            found["input"] = given + cache
    else:
        exclusive = False
    if 0 <= output < found.get("reasoning", 0):  # Gemini's own count of an answer leaves its thoughts out
        found["output"] = output + found["reasoning"]
        exclusive = True
    if "cache_write" in found:
        write = found.pop("cache_write")
        if write and "cache_write_1h" not in found:
            found["cache_write_5m"] = write  # the usual way, where nobody says which
    return {name: value for name, value in found.items() if value or name in {"input", "output"}}, (
        EXCLUSIVE if exclusive else ""
    )


def _object(told: dict[str, Any]) -> tuple[Counts, bool]:
    """Read an object of counts: in a provider's own names, or in Langfuse's buckets, which are exclusive."""
    if "input" in told or "output" in told:
        return _buckets(told)
    flat = dict(told)
    for part in told.values():
        if isinstance(part, dict):
            flat = part | flat  # prompt_tokens_details: {cached_tokens: 12}
    found = {
        name: value for name, names in _OWN_NAMES.items() if (value := count(first(flat, names))) is not None
    }
    return found, False


def _buckets(told: dict[str, Any]) -> tuple[Counts, bool]:
    numbers = {name: value for name, given in told.items() if (value := count(given)) is not None}
    found = {name: value for name, names in _BUCKETS.items() if (value := count(first(numbers, names)))}
    others = {
        side: sum(value for name, value in numbers.items() if name.startswith(f"{side}_"))
        for side in ("input", "output")
    }
    cached = sum(numbers[name] for name in numbers if name.startswith("cache_"))
    if "input" in numbers:
        # What the cache had is added where all are told apart from each other; see _inclusive.
        known = found.get("cache_read", 0) + found.get("cache_write", 0)
        found["input"] = numbers["input"] + others["input"] + cached - known
    if "output" in numbers:
        found["output"] = numbers["output"] + others["output"]
    return found, bool(others["input"] or cached or others["output"])


def _native(metadata: dict[str, Any]) -> Counts:
    """Return what the AI SDK passes on of Anthropic's own usage; only there the two cache times are apart."""
    told = metadata.get("anthropic")
    usage = told.get("usage") if isinstance(told, dict) else None
    if not isinstance(usage, dict):
        return {}
    split = usage.get("cache_creation")
    times = split if isinstance(split, dict) else {}
    given = {
        "input": usage.get("input_tokens"),
        "cache_read": usage.get("cache_read_input_tokens"),
        "cache_write": usage.get("cache_creation_input_tokens"),
        "cache_write_5m": times.get("ephemeral_5m_input_tokens"),
        "cache_write_1h": times.get("ephemeral_1h_input_tokens"),
    }
    return {name: value for name, told in given.items() if (value := count(told))}
