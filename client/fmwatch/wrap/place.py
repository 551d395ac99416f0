"""Who serves a client's calls and where: from its class and the host that it speaks to."""

from __future__ import annotations

import re
from typing import Any, Dict

# The end of a host's name, and how the platform behind it is called; also the provider, where it is one.
_HOSTS = (
    ("api.openai.com", "openai"),
    ("api.anthropic.com", "anthropic"),
    ("openai.azure.com", "azure"),
    ("cognitiveservices.azure.com", "azure"),
    ("api.cognitive.microsoft.com", "azure"),
    ("services.ai.azure.com", "azure_ai"),
    ("models.ai.azure.com", "azure_ai"),
    ("amazonaws.com", "bedrock"),
    ("aiplatform.googleapis.com", "vertex"),
    ("generativelanguage.googleapis.com", "gemini"),
    ("groq.com", "groq"),
    ("together.xyz", "together"),
    ("together.ai", "together"),
    ("openrouter.ai", "openrouter"),
    ("fireworks.ai", "fireworks"),
    ("mistral.ai", "mistral"),
    ("deepseek.com", "deepseek"),
    ("x.ai", "xai"),
    ("perplexity.ai", "perplexity"),
    ("cerebras.ai", "cerebras"),
    ("moonshot.ai", "moonshot"),
    ("moonshot.cn", "moonshot"),
    ("cohere.com", "cohere"),
    ("cohere.ai", "cohere"),
    ("deepinfra.com", "deepinfra"),
    ("huggingface.co", "huggingface"),
    ("api.nvidia.com", "nvidia"),
)
# Sellers of models that other companies made.
_SELLERS = frozenset(("azure", "azure_ai", "bedrock", "vertex"))
# Servers of one's own, by a word in their host's name, as in http://vllm-large.models.svc:8000.
_OWN = ("vllm", "ollama", "sglang", "tgi", "llamacpp", "lmstudio")
_OLLAMA_PORT = 11434
_CLASSES = (
    ("Azure", "azure"),
    ("Foundry", "azure_ai"),
    ("Bedrock", "bedrock"),
    ("Vertex", "vertex"),
    ("GoogleCloud", "vertex"),
)
_REGION = re.compile(
    r"^([a-z0-9-]+)\.api\.cognitive\.microsoft\.com$|^(?:[a-z0-9-]+\.)*?([a-z]{2}(?:-[a-z]+)+-\d+)\.amazonaws\.com$"
    r"|^([a-z0-9-]+)-aiplatform\.googleapis\.com$|^(eu|us|[a-z]{2})\.api\.openai\.com$"
)


def place(client: Any, maker: str, known: str = "") -> Dict[str, str]:
    """Return provider, platform and, where it can be told, region.

    Parameters
    ----------
    maker : whose interface the client speaks, openai or anthropic; the provider where a seller of others'
        models answers
    known : the platform, where the application says it
    """
    base = getattr(client, "base_url", None)
    host, port = str(getattr(base, "host", "") or "").lower(), getattr(base, "port", None)
    names = " ".join(kind.__name__ for kind in type(client).__mro__)
    platform = (
        known or next((name for word, name in _CLASSES if word in names), "") or platform_of(host, port)
    )
    who = {"provider": _provider(platform, maker), "platform": platform or maker}
    region = getattr(client, "aws_region", None) or getattr(client, "region", None) or _region(host)
    return {**who, "region": region} if isinstance(region, str) and region else who


def platform_of(host: str, port: object = None) -> str:
    """Return who answers behind a host; a host that nobody knows stands for itself.

    >>> platform_of("api.groq.com"), platform_of("vllm-large.models.svc"), platform_of("llm.example.com")
    ('groq', 'vllm', 'llm.example.com')
    """
    for ending, platform in _HOSTS:
        if host == ending or host.endswith(("." + ending, "-" + ending)):
            return platform
    own = next((word for word in _OWN if word in host), "")
    return own or ("ollama" if port == _OLLAMA_PORT else host)


def _provider(platform: str, maker: str) -> str:
    if maker == "anthropic" or platform in _SELLERS or not platform:
        return maker
    return platform


def _region(host: str) -> str:
    found = _REGION.match(host)
    return next(filter(None, found.groups()), "") if found else ""
