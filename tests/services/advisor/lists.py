"""Four tiny public lists of models."""

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
    (tmp_path / "vectara").mkdir()
    (tmp_path / "vectara" / "leaderboard.csv").write_text("model,hallucination_rate\nopenai/good-2,5.6\n")
    return tmp_path
