"""Five tiny public lists of models."""

from __future__ import annotations

import json
from pathlib import Path

_PAGE = """
provider: openai
model: {model}
aliases: [{model}-2024-01-01]
released_on: 2024-01-01
{lifecycle}
sources: [{{url: https://example.com/deprecations}}]
last_verified: 2026-08-21
"""
_ENDS = """
deprecated_on: 2026-04-22
shutdown_on: 2026-10-23
status: deprecated
replacements: [{provider: openai, model: good-2, recommended: true}]
"""

_EVERY = {"input_mtok": 3, "output_mtok": {"base": 9, "tiers": [{"start": 200000, "price": 18}]}}
_PRICES = [
    {
        "id": "azure",
        "models": [{"id": "good", "match": {"starts_with": "good"}, "prices": {"input_mtok": 7}}],
    },
    {
        "id": "openai",
        "models": [
            {
                "id": "Good-1",
                "match": {"or": [{"equals": "good-1-2024-01-01"}, {"starts_with": "good-1"}]},
                "context_window": 64000,
                "prices": [
                    {"prices": {"input_mtok": 5, "output_mtok": 20}},
                    {"constraint": {"start_date": "2026-03-01"}, "prices": _EVERY},
                    {"constraint": {"start_date": "2027-01-01"}, "prices": {"input_mtok": 1}},
                ],
                "price_variants": [
                    {"when": {"processing": "batch"}, "prices": {"input_mtok": 1.5}},
                    {"when": {"speed": "fast"}, "prices": {"input_mtok": 30}},
                ],
            },
            {"id": "free-1", "match": {"equals": "free-1"}, "prices": {"input_mtok": 0}},
            {"id": "only-1", "match": {"equals": "only-1"}, "prices": {"input_mtok": 4}},
            {
                "id": "good-2",
                "match": {"equals": "good-2"},
                "prices": [
                    {"prices": {"input_mtok": 1}},
                    {
                        "constraint": {"start_time": "01:00:00Z", "end_time": "04:00:00Z"},
                        "prices": {"input_mtok": 2},
                    },
                ],
            },
        ],
    },
]


def write_lists(tmp_path: Path) -> Path:
    """Write them below a folder, each into its own."""
    pages = tmp_path / "modeldeprecations" / "models" / "openai"
    pages.mkdir(parents=True)
    (pages / "good-1.yaml").write_text(_PAGE.format(model="good-1", lifecycle=_ENDS))
    (pages / "good-2.yaml").write_text(_PAGE.format(model="good-2", lifecycle="status: active"))
    listed = {
        "sample_spec": {"litellm_provider": "one of the providers"},
        "good-1-2024-01-01": {"litellm_provider": "openai", "mode": "chat", "deprecation_date": "2026-10-24"},
        "good-2": {
            "litellm_provider": "openai",
            "mode": "chat",
            "deprecation_date": "2027-05-01",
            "input_cost_per_token": 2e-6,
            "output_cost_per_token": 8e-6,
            "input_cost_per_token_batches": 1e-6,
        },
        "azure/eu/good-2": {"litellm_provider": "azure", "mode": "chat", "input_cost_per_token": 3e-6},
        "free-1": {
            "litellm_provider": "openai",
            "mode": "chat",
            "input_cost_per_token": 0.0,
            "output_cost_per_token": 0.0,
        },
    }
    (tmp_path / "litellm").mkdir()
    (tmp_path / "litellm" / "model_prices_and_context_window_backup.json").write_text(json.dumps(listed))
    dev = {"openai": {"good-2": {"cost": {"input": 2.5, "output": 8}, "release_date": "2024-13-01"}}}
    (tmp_path / "models_dev").mkdir()
    (tmp_path / "models_dev" / "compact.json").write_text(json.dumps(dev))
    (tmp_path / "genai_prices").mkdir()
    (tmp_path / "genai_prices" / "data.json").write_text(json.dumps(_PRICES))
    (tmp_path / "vectara").mkdir()
    (tmp_path / "vectara" / "leaderboard.csv").write_text("model,hallucination_rate\nopenai/good-2,5.6\n")
    return tmp_path
