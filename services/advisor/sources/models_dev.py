"""Claims of models.dev: the best release and knowledge dates, prices and limits of many resellers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from services.advisor.claim import Claim, day
from services.advisor.entry import Price
from services.advisor.knowledge import known_day

SOURCE = "models_dev"
_BUCKETS = {
    "input": "input",
    "output": "output",
    "cache_read": "cache_read",
    "cache_write": "cache_write_5m",
    "reasoning": "reasoning",
    "input_audio": "audio_input",
    "output_audio": "audio_output",
}
_ABILITIES = {"tool_call": "tools", "structured_output": "json"}
_OVER = 200_000  # input tokens, from which the older form of the list names a second price
_INHERITED = ("release_date", "knowledge", "limit", "modalities")


def claims(where: Path) -> Iterator[Claim]:
    """Read every platform's models, in order of name.

    A file, or the folder with `compact.json`; the site's own `api.json` has the models one step deeper.
    """
    file = where / "compact.json" if where.is_dir() else where
    listed = json.loads(file.read_text(encoding="utf-8"))
    platforms = {name: _models(platform) for name, platform in listed.items()}
    for platform, models in sorted(platforms.items()):
        for name, model in sorted(models.items()):
            yield from _model(platform, name, _base(platforms, model) | model)


def _models(platform: Mapping[str, Any]) -> Mapping[str, Any]:
    models = platform.get("models")
    return models if isinstance(models, Mapping) and isinstance(platform.get("id"), str) else platform


def _base(platforms: Mapping[str, Any], model: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the model shares with its maker's own listing; never the price."""
    maker, _, name = model.get("base_model", "").partition("/")
    base = platforms.get(maker, {}).get(name, {})
    return {field: base[field] for field in _INHERITED if field in base}


def _model(platform: str, name: str, model: Mapping[str, Any]) -> Iterator[Claim]:
    facts = [*_dates(model), *_abilities(name, model)]
    facts += [("prices", price) for price in _prices(name, model.get("cost", {}))]
    return (Claim(platform, name, fact, value, SOURCE, "medium") for fact, value in facts)


def _dates(model: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    if released := day(model.get("release_date")):
        yield "released", released
    if known_day(str(model.get("knowledge", ""))):
        yield "knowledge", model["knowledge"]
    if model.get("status") == "deprecated":
        yield "status", "deprecated"
    if model.get("status") in {"alpha", "beta"}:
        yield "preview", True


def _abilities(name: str, model: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    limit, modalities = model.get("limit", {}), model.get("modalities", {})
    if limit.get("context"):
        yield "context_tokens", limit["context"]
    if limit.get("output"):
        yield "output_tokens", limit["output"]
    if modalities.get("input"):
        yield "modalities", tuple(sorted(modalities["input"]))
    for field, fact in _ABILITIES.items():
        if isinstance(model.get(field), bool):
            yield fact, model[field]
    if modalities.get("output") == ["text"] and "embed" not in name and "rerank" not in name:
        yield "mode", "chat"


def _prices(name: str, cost: Mapping[str, Any]) -> Iterator[Price]:
    if not cost.get("input") and not cost.get("output"):
        return  # zero is a subscription or not known
    steps = [(0, cost), *((step["tier"]["size"], step) for step in cost.get("tiers", ()))]
    if isinstance(over := cost.get("context_over_200k"), Mapping) and "tiers" not in cost:
        steps.append((_OVER, over))
    for above, step in steps:
        buckets = {ours: float(step[key]) for key, ours in _BUCKETS.items() if key in step}
        yield Price(name, "", "standard", above, dict(sorted(buckets.items())), SOURCE, "", "medium")
