"""These tests need torch, so they run where they are asked for: `make test-transformers`."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from detectors.encoders.transformer import TransformerEncoder
from tests.transformers.tiny import save


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave these tests out of every run that does not name their marker."""
    if "transformers" in config.option.markexpr:
        return
    mine = [item for item in items if item.get_closest_marker("transformers")]
    config.hook.pytest_deselected(items=mine)
    items[:] = [item for item in items if item not in mine]


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Refuse every connection, and fail the test that wanted one: nothing of this may ask a hub."""
    wanted: list[object] = []

    def refused(*where: object, **_: object) -> None:
        wanted.append(where)
        raise OSError("tests of encoders open no connection")

    monkeypatch.setattr(socket.socket, "connect", refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)
    yield
    assert wanted == []


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a tiny model with random weights."""
    return save(tmp_path_factory.mktemp("models") / "tiny-bert")


@pytest.fixture(scope="session")
def tiny(folder: Path) -> TransformerEncoder:
    """Load it once."""
    return TransformerEncoder(str(folder))
