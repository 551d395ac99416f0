"""Who made a model, who serves it, and where: out of spellings of a provider, a host and a model's name."""

from __future__ import annotations

import re
from typing import NamedTuple

from detectors.platforms import platform_name
from stream.otlp.names import HOST, PROVIDER, REGION
from stream.otlp.span import Span
from stream.otlp.values import said, text

UNKNOWN = "unknown"

# Platforms that serve models of several makers: the model's name says whose it is.
_HOSTS = frozenset(
    (
        *("azure", "azure_ai", "bedrock", "vertex", "together", "fireworks", "groq", "openrouter", "ollama"),
        *("huggingface", "hugging_face", "litellm", "litellm_proxy", "portkey", "watsonx"),
        *("ibm.watsonx.ai", "replicate", "vllm", "databricks", "cerebras", "sambanova", "github_copilot"),
        *("gateway", "deepinfra", "nvidia", "baseten", "sagemaker", "snowflake"),
    )
)
# Libraries between the application and the model, which some name where the provider belongs.
_BETWEEN = frozenset(
    ("strands-agents", "langchain", "llama_index", "haystack", "semantic-kernel", "agno", "dspy")
)
_OWN = {"gemini": "google"}  # a platform that has another name than the maker behind it

# How the names of models begin, and who makes them.
_MAKERS: tuple[tuple[str, str], ...] = tuple(
    (start, maker)
    for maker, starts in (
        (
            "openai",
            "gpt chatgpt o1 o3 o4 o5 text-embedding-3 text-embedding-ada text-davinci davinci dall-e whisper",
        ),
        ("openai", "tts-1 codex computer-use omni-moderation sora"),
        ("anthropic", "claude"),
        ("google", "gemini gemma text-bison chat-bison imagen veo text-embedding-004 embedding-001 palm"),
        (
            "mistral",
            "mistral mixtral codestral ministral magistral pixtral devstral open-mistral open-mixtral",
        ),
        ("cohere", "command embed- rerank- aya c4ai"),
        ("deepseek", "deepseek"),
        ("xai", "grok"),
        ("meta", "llama meta-llama"),
        ("amazon", "nova titan"),
        ("alibaba", "qwen qwq"),
        ("perplexity", "sonar pplx"),
        ("moonshot", "kimi moonshot"),
        ("ai21", "jamba"),
        ("microsoft", "phi"),
        ("ibm", "granite"),
        ("zai", "glm"),
    )
    for start in starts.split()
)
_PIECES = re.compile(r'[/.:"]')  # a quote where the name came as JSON

# Hosts whose platform is known, and where the name says so, the region.
_KNOWN: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(shape), platform)
    for shape, platform in (
        (r"(?:(?P<region>[a-z]{2})\.)?api\.openai\.com", "openai"),
        (r".+\.(?:openai\.azure\.com|cognitiveservices\.azure\.com)", "azure"),
        (r".+\.(?:services\.ai|inference\.ai|models\.ai)\.azure\.com", "azure_ai"),
        (r"bedrock-runtime(?:-fips)?\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?", "bedrock"),
        (r"(?:(?P<region>[a-z0-9-]+)-)?aiplatform\.googleapis\.com", "vertex"),
        (r"generativelanguage\.googleapis\.com", "gemini"),
        (r"api\.anthropic\.com", "anthropic"),
        (r"api\.mistral\.ai", "mistral"),
        (r"api\.cohere\.(?:com|ai)", "cohere"),
        (r"api\.groq\.com", "groq"),
        (r"api\.together\.(?:xyz|ai)", "together"),
        (r"api\.fireworks\.ai", "fireworks"),
        (r"openrouter\.ai", "openrouter"),
        (r"api\.deepseek\.com", "deepseek"),
        (r"api\.x\.ai", "xai"),
        (r"api\.perplexity\.ai", "perplexity"),
        (r"api\.moonshot\.(?:ai|cn)", "moonshot"),
    )
)


class Seller(NamedTuple):
    """Who made a model, who serves it, and in which region; "" where nobody says."""

    provider: str
    platform: str
    region: str


def seller(span: Span, model: str) -> Seller:
    """Return whose model answered a call, and through whom.

    A known host goes before what the library says: for it, everything that speaks OpenAI's API is OpenAI.
    """
    told = [_canonical(name) for name in map(text, map(span.attributes.get, PROVIDER)) if name]
    named = [name for name in told if name not in _BETWEEN]
    host, region = _hosted(said(span.attributes, HOST))
    platform = host or next((name for name in named if name in _HOSTS), named[0] if named else "")
    own = next((name for name in named if name not in _HOSTS), "")
    maker = _maker(model)
    provider = _OWN.get(own, own)
    if not provider or platform in _HOSTS:
        provider = maker or provider or platform or UNKNOWN
    elif platform == host != "" and host != own:
        provider = _OWN.get(host, host)
    return Seller(
        provider,
        platform or provider,
        region or said(span.attributes, REGION) or said(span.resource, REGION),
    )


def _canonical(name: str) -> str:
    """Return one spelling; the AI SDK adds the API that is spoken: openai.chat, google.vertex.chat.

    >>> [_canonical(name) for name in ("az.ai.openai", "x_ai", "openai.responses", "google.vertex.chat")]
    ['azure', 'xai', 'openai', 'vertex']
    """
    name = platform_name(name)
    if "." not in name:
        return name
    parts = name.split(".")
    joined = platform_name("-".join(parts[:2]))
    return joined if joined != "-".join(parts[:2]) else platform_name(parts[0])


def _hosted(address: str) -> tuple[str, str]:
    """Return the platform and region that a host stands for, "" where it is not known."""
    host = re.split("[/:]", address.lower().rpartition("://")[2], maxsplit=1)[0]  # some write the whole URL
    for shape, platform in _KNOWN:
        if found := shape.fullmatch(host):
            return platform, found.groupdict().get("region") or ""
    return "", ""


def _maker(model: str) -> str:
    """Return who makes a model, by its name alone.

    >>> _maker("us.anthropic.claude-sonnet-4-5-v1:0"), _maker("openrouter/meta-llama/llama-3.1-70b")
    ('anthropic', 'meta')
    """
    pieces = _PIECES.split(model.lower())
    return next((maker for piece in pieces for start, maker in _MAKERS if piece.startswith(start)), "")
