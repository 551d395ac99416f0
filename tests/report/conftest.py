"""These tests need Evidently and Chromium, so they run where they are asked for: `make test-report`."""

from __future__ import annotations

import pytest


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave these tests out of every run that does not name their marker."""
    if "evidently" in config.option.markexpr:
        return
    mine = [item for item in items if item.get_closest_marker("evidently")]
    config.hook.pytest_deselected(items=mine)
    items[:] = [item for item in items if item not in mine]
