"""Claims of LiteLLM's model list: the broadest prices, limits and abilities, and dates to be careful with.

Its `deprecation_date` is often the earliest possible day, so it is claimed as `earliest_at` with low
confidence and never as an announced end.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from detectors.platforms import platform_name
from services.advisor.claim import Claim, day
from services.advisor.entry import Confidence, Price
from services.advisor.sources.region import region_in

SOURCE = "litellm"
_FILE = "model_prices_and_context_window_backup.json"
_BUCKETS = {
    "input_cost_per_token": ("input", 10**6),
    "output_cost_per_token": ("output", 10**6),
    "cache_read_input_token_cost": ("cache_read", 10**6),
    "cache_creation_input_token_cost": ("cache_write_5m", 10**6),
    "cache_creation_input_token_cost_above_1hr": ("cache_write_1h", 10**6),
    "output_cost_per_reasoning_token": ("reasoning", 10**6),
    "input_cost_per_audio_token": ("audio_input", 10**6),
    "output_cost_per_audio_token": ("audio_output", 10**6),
}
_KEY = re.compile(
    rf"^({'|'.join(sorted(_BUCKETS, key=len, reverse=True))})"
    r"(?:_above_(\d+)k_tokens)?(?:_(batches|flex|priority))?$"
)
_TIER = {None: "standard", "batches": "batch", "flex": "flex", "priority": "priority"}
_TEXT_MODES = {"chat": "chat", "responses": "chat", "completion": "completion", "embedding": "embedding"}
_ABILITIES = {"supports_function_calling": "tools", "supports_response_schema": "json"}
_LIMITS = {"max_input_tokens": "context_tokens", "max_output_tokens": "output_tokens"}


def claims(where: Path) -> Iterator[Claim]:
    """Read the list, a file or the folder that holds it, in order of name."""
    file = where / _FILE if where.is_dir() else where
    models = json.loads(file.read_text(encoding="utf-8"))
    for key, model in sorted(models.items()):
        if key != "sample_spec" and model.get("litellm_provider"):
            yield from _model(key, model)


def _model(key: str, model: Mapping[str, Any]) -> Iterator[Claim]:
    name, region = _name(key, model["litellm_provider"])
    page = model.get("source")
    url = page if isinstance(page, str) and page.startswith("https://") else ""
    for fact, value, confidence in _facts(model):
        yield Claim(model["litellm_provider"], name, fact, value, SOURCE, confidence, url)
    if "commitment" not in key and "-x-" not in key:
        for price in _prices(name, region, model):
            yield Claim(model["litellm_provider"], name, "prices", price, SOURCE, "medium", url)


def _facts(model: Mapping[str, Any]) -> Iterator[tuple[str, object, Confidence]]:
    if mode := model.get("mode"):
        yield "mode", _TEXT_MODES.get(mode, mode), "medium"
    if ends := day(model.get("deprecation_date")):
        yield "earliest_at", ends, "low"
    if model.get("supports_vision"):
        yield "modalities", ("image", "text"), "low"
    for field, fact in _LIMITS.items():
        if isinstance(model.get(field), int):
            yield fact, model[field], "medium"
    for field, fact in _ABILITIES.items():
        if isinstance(model.get(field), bool):
            yield fact, model[field], "medium"


def _name(key: str, platform: str) -> tuple[str, str]:
    """Return the name a call would use, and the region that the path names."""
    parts = key.split("/")
    if parts[0] == platform or platform_name(parts[0]) == platform_name(platform):
        parts = parts[1:] or parts
    if platform_name(platform) in {"azure", "azure_ai", "bedrock", "vertex"}:
        region = parts[0] if len(parts) > 1 else ""
        return parts[-1], region or region_in(parts[-1])
    return "/".join(parts), ""


def _prices(name: str, region: str, model: Mapping[str, Any]) -> Iterator[Price]:
    cards: dict[tuple[str, int], dict[str, float]] = {}
    for field, value in model.items():
        found = _KEY.match(field)
        if found and isinstance(value, int | float):
            bucket, unit = _BUCKETS[found[1]]
            card = cards.setdefault((_TIER[found[3]], int(found[2] or 0) * 1000), {})
            card[bucket] = round(value * unit, 6)
    standard = cards.get(("standard", 0), {})
    if not standard.get("input") and not standard.get("output"):
        return  # zero is how this list writes "not known"
    for (tier, above), buckets in sorted(cards.items()):
        yield Price(name, region, tier, above, dict(sorted(buckets.items())), SOURCE, "", "medium")
