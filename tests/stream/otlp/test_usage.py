"""Whose convention a count is in, each source tells by itself; and files and spans are read alike."""

from __future__ import annotations

import json
from typing import Any

import pytest

from stream.importers.langfuse import Langfuse
from tests.stream.otlp.made import CHAT, only

BARE = {name: value for name, value in CHAT.items() if "usage" not in name}
DETAILS = "langfuse.observation.usage_details"
CACHED = {"input": 95, "input_cached_tokens": 90, "output": 5}


@pytest.mark.parametrize("told", [185, 95], ids=["inclusive", "exclusive"])
def test_two_sources(told: int) -> None:
    """A span's own input is no bucket of an object beside it, whichever way either counts."""
    own = {"gen_ai.usage.input_tokens": told, "gen_ai.usage.output_tokens": 5}
    event = only(BARE | own | {DETAILS: json.dumps(CACHED)})
    assert event["usage"] == {"input": 185, "output": 5, "cache_read": 90}


def test_provider_beside() -> None:
    """What Anthropic counts beside the input is not added to a library's input that has it already."""
    own = {"input_tokens": 95, "cache_read_input_tokens": 90}
    metadata = {"ai.response.providerMetadata": json.dumps({"anthropic": {"usage": own}})}
    for told in (95, 185):
        count = {"gen_ai.usage.input_tokens": told, "gen_ai.usage.output_tokens": 5}
        assert only(BARE | metadata | count)["usage"] == {"input": 185, "output": 5, "cache_read": 90}


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"input": 10, "output": 50, "reasoning": 40, "total": 100}, {"input": 10, "output": 90}),
        ({"input": 10, "output": 50, "reasoning": 40, "total": 60}, {"input": 10, "output": 50}),
        (
            {"input": 10, "output": 50, "reasoning": 40, "cache_read": 4, "total": 104},
            {"input": 14, "output": 90},
        ),
    ],
    ids=["beside", "within", "both beside"],
)
def test_reasoning_by_total(told: dict[str, int], expected: dict[str, int]) -> None:
    """A total that is input, output and reasoning tells that the output is without it."""
    names = {"reasoning": "reasoning.output", "cache_read": "cache_read.input"}
    event = only(BARE | {f"gen_ai.usage.{names.get(name, name)}_tokens": n for name, n in told.items()})
    assert {name: event["usage"][name] for name in ("input", "output")} == expected
    told_apart = expected != {"input": 10, "output": 50}
    assert event["extra"].get("usage_convention") == ("exclusive" if told_apart else None)


@pytest.mark.parametrize(
    ("details", "expected"),
    [
        (CACHED, {"input": 185, "output": 5, "cache_read": 90}),
        (CACHED | {"total": 190}, {"input": 185, "output": 5, "cache_read": 90}),
        ({"input": 185, "input_cached_tokens": 90, "output": 5, "total": 190}, None),
        ({"input_tokens": 95, "cache_read_input_tokens": 90, "output_tokens": 5}, None),
        (
            {"input": 10, "output": 50, "output_reasoning_tokens": 40},
            {"input": 10, "output": 90, "reasoning": 40},
        ),
        (
            {"input": 10, "output": 50, "output_reasoning_tokens": 40, "total": 100},
            {"input": 10, "output": 90, "reasoning": 40},
        ),
        (
            {"input": 10, "output": 50, "output_reasoning_tokens": 40, "total": 60},
            {"input": 10, "output": 50, "reasoning": 40},
        ),
        (
            {
                "prompt_tokens": 185,
                "completion_tokens": 5,
                "total_tokens": 190,
                "prompt_tokens_details": {"cached_tokens": 90},
            },
            None,
        ),
        (
            {"input": 1, "input_cache_creation_5m": 2, "input_cache_creation_1h": 3, "output": 5},
            {"input": 6, "output": 5, "cache_write_5m": 2, "cache_write_1h": 3},
        ),
        (
            {"input": 10, "input_audio_tokens": 6, "output": 5},
            {"input": 16, "output": 5, "audio_input": 6},
        ),
    ],
)
def test_files_and_spans(details: dict[str, Any], expected: dict[str, int] | None) -> None:
    """The same usage_details are the same usage, from a span and from Langfuse's export."""
    expected = expected or {"input": 185, "output": 5, "cache_read": 90}
    row = {"id": "o", "type": "GENERATION", "start_time": "2026-10-29T13:46:19Z", "model": "gpt-4o"}
    (of_file,) = Langfuse().events(row | {"usage_details": details})
    assert only(BARE | {DETAILS: json.dumps(details)})["usage"] == expected
    assert of_file["usage"] == expected
