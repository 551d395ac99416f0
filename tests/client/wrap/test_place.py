from types import SimpleNamespace

import pytest
from fmwatch.wrap.place import place
from openai import AzureOpenAI, OpenAI

from detectors.platforms import platform_name

HOSTS = {
    "https://api.openai.com/v1": ("openai", "openai", ""),
    "https://eu.api.openai.com/v1": ("openai", "openai", "eu"),
    "https://contoso.openai.azure.com/openai/v1": ("openai", "azure", ""),
    "https://eastus.api.cognitive.microsoft.com/openai": ("openai", "azure", "eastus"),
    "https://contoso.services.ai.azure.com/models": ("openai", "azure_ai", ""),
    "https://bedrock-runtime.us-west-2.amazonaws.com/openai/v1": ("openai", "bedrock", "us-west-2"),
    "https://us-east5-aiplatform.googleapis.com/v1": ("openai", "vertex", "us-east5"),
    "https://generativelanguage.googleapis.com/v1beta/openai": ("gemini", "gemini", ""),
    "https://api.groq.com/openai/v1": ("groq", "groq", ""),
    "https://api.together.xyz/v1": ("together", "together", ""),
    "https://openrouter.ai/api/v1": ("openrouter", "openrouter", ""),
    "https://api.x.ai/v1": ("xai", "xai", ""),
    "http://vllm-large.models.svc:8000/v1": ("vllm", "vllm", ""),
    "http://localhost:11434/v1": ("ollama", "ollama", ""),
    "https://llm.example.com/v1": ("llm.example.com", "llm.example.com", ""),
    "https://notgroq.com/v1": ("notgroq.com", "notgroq.com", ""),
}


@pytest.mark.parametrize("url", HOSTS)
def test_host(url: str) -> None:
    """A host says who serves the calls and, in some, where; platforms are named as prices are keyed."""
    where = place(OpenAI(base_url=url, api_key="-"), "openai")
    assert (where["provider"], where["platform"], where.get("region", "")) == HOSTS[url]
    assert platform_name(where["platform"]) == where["platform"]


def test_azure() -> None:
    """A client of Azure's is told by its class."""
    client = AzureOpenAI(azure_endpoint="https://llm.example.com", api_key="-", api_version="2026-01-01")
    assert place(client, "openai") == {"provider": "openai", "platform": "azure"}


def test_nothing() -> None:
    """A client that says nothing speaks to the maker of the interface."""
    assert place(SimpleNamespace(), "openai") == {"provider": "openai", "platform": "openai"}
