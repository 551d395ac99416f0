"""What the package shows, what it needs, and that it works alone."""

import ast
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import fmwatch
import pytest

CLIENT = Path(__file__).parents[2] / "client"
SOURCES = sorted((CLIENT / "fmwatch").rglob("*.py"))


def test_all() -> None:
    """Every name of `__all__` is there, they are sorted, and nothing else is shown."""
    assert fmwatch.__all__ == sorted(fmwatch.__all__)
    assert all(getattr(fmwatch, name) is not None for name in fmwatch.__all__)
    assert dir(fmwatch) == fmwatch.__all__
    with pytest.raises(AttributeError, match="nothing"):
        _ = fmwatch.nothing


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(CLIENT)))
def test_old_python(path: Path) -> None:
    """Each file is valid Python 3.9."""
    ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 9))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel that strangers install."""
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)]
    subprocess.run(command, cwd=CLIENT, check=True, capture_output=True)
    [built] = out.glob("*.whl")
    return built


def test_wheel(wheel: Path) -> None:
    """The wheel holds the package, its type marker and nothing else, and needs nothing but for extras."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        [metadata] = [name for name in names if name.endswith("METADATA")]
        text = archive.read(metadata).decode()
    needed = [line for line in text.splitlines() if line.startswith("Requires-Dist")]
    assert [line for line in needed if not line.endswith("; extra == 'kafka'")] == []
    assert "fmwatch/py.typed" in names
    assert {name.split("/")[0].split("-")[0] for name in names} == {"fmwatch"}


def test_alone(wheel: Path, tmp_path: Path) -> None:
    """Installed alone, without any other package in reach, it captures to a file."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "import fmwatch; assert fmwatch.__file__.startswith(sys.argv[1])\n"
        "fmwatch.configure('file://' + sys.argv[2], redact=['email'])\n"
        "fmwatch.capture(provider='openai', request_model='gpt-4o', prompt='a@b.io')\n"
        "loaded = {name.split('.')[0] for name in sys.modules}\n"
        "assert loaded <= set(sys.stdlib_module_names) | {'fmwatch', '__main__'}, loaded\n"
    )
    target = tmp_path / "calls.jsonl"
    command = [sys.executable, "-I", "-S", "-c", code, str(tmp_path / "site"), str(target)]
    subprocess.run(command, check=True, cwd=tmp_path)
    assert json.loads(target.read_text())["prompt"] == "[email]"


def test_light() -> None:
    """Importing the package loads nothing slow: no typing, no urllib, no event classes."""
    code = "import sys; sys.path.insert(0, sys.argv[1]); import fmwatch; print(*sys.modules)"
    command = [sys.executable, "-I", "-S", "-c", code, str(CLIENT)]
    loaded = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    assert not {"typing", "urllib.request", "dataclasses", "fmwatch.event", "json"} & set(loaded)
