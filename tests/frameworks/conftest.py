"""These tests need LiteLLM and LangChain, so they run where they are asked for: `make test-frameworks`."""

from __future__ import annotations

import os

import pytest

from tests.client.wrap.conftest import captured, provider

__all__ = ["captured", "provider"]

# LiteLLM asks the network for prices, and LangSmith for traces, unless they are told not to.
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
os.environ["LANGSMITH_TRACING"] = "false"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave these tests out of every run that does not name their marker."""
    if "frameworks" in config.option.markexpr:
        return
    mine = [item for item in items if item.get_closest_marker("frameworks")]
    config.hook.pytest_deselected(items=mine)
    items[:] = [item for item in items if item not in mine]
