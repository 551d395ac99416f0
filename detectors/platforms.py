"""One name per platform and per service tier, whatever the caller or the price table writes."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

_TABLE = Path(__file__).parent / "tables" / "platforms.toml"
TIERS = ("standard", "batch", "flex", "priority")


@cache
def _table() -> dict[str, dict[str, object]]:
    return tomllib.loads(_TABLE.read_text(encoding="utf-8"))


@cache
def _spellings(section: str) -> dict[str, str]:
    names = _table()[section]
    return {
        spelling: name
        for name, others in names.items()
        if isinstance(others, list)
        for spelling in (name, *others)
    }


def platform_name(platform: str) -> str:
    """Return the name that prices are keyed by; an unknown platform keeps its own, lower-cased.

    >>> platform_name("azure.ai.openai"), platform_name("AWS.Bedrock"), platform_name("acme")
    ('azure', 'bedrock', 'acme')
    """
    name = platform.strip().lower()
    return _spellings("aliases").get(name, name)


def seller(platform: str, provider: str) -> str:
    """Return who sends the bill: the platform, or the provider behind a mere proxy.

    >>> seller("litellm", "openai"), seller("azure", "openai"), seller("", "anthropic")
    ('openai', 'azure', 'anthropic')
    """
    name = platform_name(platform)
    return platform_name(provider) if not name or name in _spellings("proxies") else name


def tier_name(tier: str) -> str:
    """Return standard, batch, flex or priority; an unknown tier is returned as it came.

    >>> tier_name("default"), tier_name("Batch"), tier_name("provisioned")
    ('standard', 'batch', 'provisioned')
    """
    name = tier.strip().lower()
    return _spellings("tiers").get(name, name)


def genai_provider(platform: str) -> str:
    """Return the id under which genai-prices may know the platform."""
    found = _table()["genai"].get(platform, platform)
    return str(found)


def genai_platforms(provider: str) -> tuple[str, ...]:
    """Return our names of the platforms whose prices genai-prices keeps under one id.

    >>> genai_platforms("google"), genai_platforms("openai")
    (('vertex', 'gemini'), ('openai',))
    """
    return tuple(name for name, known in _table()["genai"].items() if known == provider) or (provider,)
