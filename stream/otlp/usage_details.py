"""Langfuse's `usage_details`, the same object in a span's attribute and in an export.

Its buckets exclude each other: what came from a cache is not within `input`. What OpenAI's API itself says,
with objects inside, is taken as well, and there it is. The total tells of senders who did it the other way.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stream.otlp.inclusive import CACHE, Counts, apart, inclusive
from stream.otlp.values import count, first

INPUT = ("input", "input_tokens", "prompt_tokens", "promptTokens")
OUTPUT = ("output", "output_tokens", "completion_tokens", "completionTokens")
_BUCKETS: dict[str, tuple[str, ...]] = {
    "cache_read": (
        *("input_cached_tokens", "input_cache_read", "cache_read_input_tokens"),
        *("input_cached", "cached_tokens", "input_cache_read_tokens"),
    ),
    "cache_write_5m": (
        *("input_cache_creation_5m", "input_cache_creation", "cache_creation_input_tokens"),
        *("input_cache_write", "input_cache_creation_tokens"),
    ),
    "cache_write_1h": ("input_cache_creation_1h",),
    "audio_input": ("input_audio_tokens", "input_audio"),
    "reasoning": ("output_reasoning_tokens", "output_reasoning", "reasoning_tokens"),
    "audio_output": ("output_audio_tokens", "output_audio"),
}
NAMED = frozenset(name for names in (*_BUCKETS.values(), INPUT, OUTPUT) for name in names)

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


def usage_details(told: Mapping[str, Any]) -> tuple[Counts, bool]:
    """Return our usage, in which `input` and `output` include their buckets, and whether they did not before.

    >>> usage_details({"input": 20, "input_cached_tokens": 80, "output": 5, "total": 105})
    ({'input': 100, 'output': 5, 'cache_read': 80}, True)

    Rows that were sent with all of it within `input` say so by their total.

    >>> usage_details({"input": 100, "input_cached_tokens": 80, "output": 5, "total": 105})
    ({'input': 100, 'output': 5, 'cache_read': 80}, False)
    """
    if any(name.endswith("_details") and isinstance(part, dict) for name, part in told.items()):
        return provider_usage(told)
    numbers = {name: n for name, given in told.items() if (n := count(given)) is not None}
    parts = {ours: max(numbers.get(name, 0) for name in names) for ours, names in _BUCKETS.items()}
    into, out = first(numbers, INPUT), first(numbers, OUTPUT)
    read = sum(parts[name] for name in (*CACHE, "audio_input")) + _others(numbers, ("input", "cache_"))
    spoken = parts["reasoning"] + parts["audio_output"] + _others(numbers, ("output",))
    total = first(numbers, ("total", "total_tokens"))
    over = None if total is None else total - (into or 0) - (out or 0)
    sure = (read > (into or 0), spoken > (out or 0))
    more = apart(over, (read, spoken), sure, (read > 0, spoken > 0))
    into = (into or 0) + read if more[0] else into
    out = (out or 0) + spoken if more[1] else out
    sides = {name: n for name, n in (("input", into), ("output", out)) if n is not None}
    return sides | {name: n for name, n in parts.items() if n}, any(more)


def _others(numbers: Mapping[str, int], starts: tuple[str, ...]) -> int:
    """Return how many tokens are in buckets of a side that we have none for."""
    return sum(n for name, n in numbers.items() if name.startswith(starts) and name not in NAMED)


def provider_usage(told: Mapping[str, Any]) -> tuple[Counts, bool]:
    """Return the usage that an object has in a provider's own names: {prompt_tokens: 12, ...}."""
    flat = dict(told)
    for part in told.values():
        if isinstance(part, dict):
            flat = part | flat  # prompt_tokens_details: {cached_tokens: 12}
    return inclusive(
        {name: n for name, names in _OWN_NAMES.items() if (n := count(first(flat, names))) is not None}
    )
