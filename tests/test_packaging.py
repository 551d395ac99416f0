"""What is imported is this checkout, what is installed is pinned, and the house keeps its rules."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("detectors", "store", "stream", "dashboards", "services")
SOURCES = [
    path
    for folder in (*ROOMS, "client", "bench", "tests")
    for path in sorted((ROOT / folder).rglob("*.py"))
    if "node_modules" not in path.parts
]


@pytest.mark.parametrize("room", [*ROOMS, "fmwatch"])
def test_room(room: str, tmp_path: Path) -> None:
    """From any other directory, a room's name resolves to this checkout, never to a stranger's package."""
    code = f"import {room}, sys; sys.stdout.write({room}.__file__)"
    found = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, check=True)
    assert Path(found.stdout.decode()).is_relative_to(ROOT)


@pytest.mark.parametrize("name", ["tests", "bench", "client"])
def test_not_exposed(name: str, tmp_path: Path) -> None:
    """Folders that are not rooms are not importable from elsewhere."""
    found = subprocess.run(
        [sys.executable, "-c", f"import {name}"], cwd=tmp_path, capture_output=True, check=False
    )
    assert found.returncode == 1


def test_packages() -> None:
    """Every folder with Python files in it is a package with a sentence saying what it is for."""
    folders = {path.parent for path in SOURCES} - {ROOT / "client"}
    assert [folder for folder in sorted(folders) if not (folder / "__init__.py").exists()] == []


def test_length() -> None:
    """No Python file is longer than 450 lines."""
    assert [path.name for path in SOURCES if len(path.read_text().splitlines()) > 450] == []


@pytest.mark.parametrize(
    "name",
    [
        *("constraints.txt", "constraints-dev.txt", "constraints-transformers.txt"),
        *("constraints-frameworks.txt", "constraints-report.txt", "constraints-uv.txt"),
    ],
)
def test_constraints(name: str) -> None:
    """Every pinned package carries hashes, and no registry is named."""
    text = (ROOT / name).read_text()
    assert "://" not in text
    assert "--index" not in text
    for block in re.split(r"\n(?=[a-z])", text.strip()):
        assert "--hash=sha256:" in block


def test_demo_is_light() -> None:
    """The environment of `make demo` holds neither torch nor evidently nor what they drag in."""
    pinned = {
        line.split("==")[0] for line in (ROOT / "constraints.txt").read_text().splitlines() if "==" in line
    }
    assert not pinned & {
        "torch",
        "evidently",
        "transformers",
        "sentence-transformers",
        "scipy",
        "scikit-learn",
    }


def test_private() -> None:
    """The server can't be published by accident."""
    assert "Private :: Do Not Upload" in (ROOT / "pyproject.toml").read_text()


def test_dependencies_explained() -> None:
    """Each direct dependency has its line of reason in docs/dependencies.md."""
    text = (ROOT / "pyproject.toml").read_text()
    names = set(re.findall(r'^    "([a-z0-9][a-z0-9.\-]*)(?:\[[^\]]*\])?(?:[=>]=|;)', text, re.MULTILINE))
    explained = set(
        re.findall(r"^\| `([^`]+)`", (ROOT / "docs" / "dependencies.md").read_text(), re.MULTILINE)
    )
    assert names - explained == set()
