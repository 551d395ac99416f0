from __future__ import annotations

from pathlib import Path

import pytest

from tests.services.report.days import made


@pytest.fixture(scope="session")
def two_days(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a week before and a bad day; opened by one at a time, and nobody adds calls."""
    return made(tmp_path_factory.mktemp("report") / "data")
