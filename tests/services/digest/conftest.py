from __future__ import annotations

from pathlib import Path

import pytest

from tests.services.digest.past import made


@pytest.fixture(scope="session")
def three_weeks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with three weeks; opened by one at a time, and nobody adds calls."""
    return made(tmp_path_factory.mktemp("digest") / "data")
