import time

import pytest

from detectors.identity import family, l1


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("gpt-4o", "gpt-4o"),
        ("GPT-4o-2024-08-06", "gpt-4o-2024-08-06"),
        ("gpt-4o-20240806", "gpt-4o-2024-08-06"),
        ("azure/eu/gpt-4o-2024-08-06", "gpt-4o-2024-08-06"),
        ("gpt-35-turbo-16k", "gpt-3.5-turbo-16k"),
        ("openrouter/anthropic/claude-sonnet-4.5", "claude-sonnet-4-5"),
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "claude-sonnet-4-5-2025-09-29"),
        ("anthropic.claude-3-5-sonnet-20241022-v2:0", "claude-3-5-sonnet-2024-10-22"),
        ("anthropic.claude-3-sonnet-20240229-v1:0:28k", "claude-3-sonnet-2024-02-29"),
        ("claude-3-5-sonnet@20240620", "claude-3-5-sonnet-2024-06-20"),
        ("anthropic.claude-v2:1", "claude-2-1"),
        ("anthropic.claude-v2", "claude-2"),
        ("claude-2.1", "claude-2-1"),
        ("anthropic.claude-instant-v1", "claude-instant-1"),
        ("amazon.nova-pro-v1:0", "nova-pro"),
        ("bedrock/us-east-1/1-month-commitment/cohere.command-text-v14", "command-text-v14"),
        ("amazon.titan-embed-text-v2:0", "titan-embed-text-v2"),
        ("amazon.titan-embed-text-v1", "titan-embed-text-v1"),
        ("mistral.mistral-7b-instruct-v0:2", "mistral-7b-instruct-v0.2"),
        (
            "arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-opus-4-6-v1",
            "claude-opus-4-6",
        ),
        ("models/gemini-2.5-flash", "gemini-2.5-flash"),
        ("projects/p/locations/l/publishers/google/models/gemini-2.0-flash-001", "gemini-2.0-flash-001"),
        ("deepseek/deepseek-r1:free", "deepseek-r1"),
        ("ft:gpt-4o-mini-2024-07-18:acme::abc", "ft:gpt-4o-mini-2024-07-18:acme::abc"),
        ("", ""),
        ("  our-deployment ", "our-deployment"),
    ],
)
def test_l1(model: str, expected: str) -> None:
    """Every spelling of one model becomes one name, and different versions stay apart."""
    assert expected == l1(model)


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("gpt-4o-2024-08-06", "gpt-4o"),
        ("gpt-4-0613", "gpt-4"),
        ("gpt-3.5-turbo-0125", "gpt-3.5-turbo"),
        ("mistral-large-2411", "mistral-large"),
        ("mistral-large-latest", "mistral-large"),
        ("command-r-plus-08-2024", "command-r-plus"),
        ("gemini-2.0-flash-001", "gemini-2.0-flash"),
        ("gemini-2.5-pro-preview-05-06", "gemini-2.5-pro-preview"),
        ("text-embedding-004", "text-embedding-004"),
        ("grok-4.20-0309-reasoning", "grok-4.20-reasoning"),
        ("claude-sonnet-4-5-20250929", "claude-sonnet-4-5"),
        ("ft:gpt-4o-mini-2024-07-18:acme::abc", "gpt-4o-mini"),
        ("qwen3-235b-a22b-2507", "qwen3-235b-a22b"),
        ("llama-3.3-70b-instruct", "llama-3.3-70b-instruct"),
    ],
)
def test_family(model: str, expected: str) -> None:
    """A family is the name without its snapshot; sizes and versions remain."""
    assert expected == family(model)


@pytest.mark.parametrize("model", ["us.anthropic.claude-v2:1", "gpt-4o-20240806", "azure/eu/gpt-35-turbo"])
def test_idempotent(model: str) -> None:
    """A name in its one spelling is left as it is."""
    assert l1(model) == l1(l1(model))
    assert family(model) == family(family(model))


def test_fast() -> None:
    """A million look-ups of known names take well under a second."""
    started = time.process_time()
    for _ in range(250_000):
        l1("us.anthropic.claude-sonnet-4-5-20250929-v1:0")
    assert time.process_time() - started < 1.0
