"""What the documents promise is there: links, commands, a page per detector, a runbook per signal."""

import re
from pathlib import Path
from typing import get_args

import pytest

from detectors import registry
from detectors.monitors.base import SignalName
from detectors.prices import PriceBook
from services.cli import main

ROOT = Path(__file__).parents[1]
PAGES = [
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    ROOT / "client" / "README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]
# Verdicts that share a page, or whose page has the method's name.
PAGE_OF = {
    "hallucination": "groundedness",
    "toxicity_prompt": "toxicity",
    "toxicity_response": "toxicity",
}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links(page: Path) -> None:
    """Every relative link of a page leads to a file of the project."""
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text())
    assert [link for link in links if "://" not in link and not (page.parent / link).exists()] == []


@pytest.mark.parametrize("name", [scorer.name for scorer in registry.scorers(PriceBook())])
def test_detector_page(name: str) -> None:
    """Every scorer has its page."""
    assert (ROOT / "docs" / "detectors" / f"{PAGE_OF.get(name, name)}.md").exists()


@pytest.mark.parametrize("name", get_args(SignalName))
def test_runbook(name: str) -> None:
    """Every signal has a runbook."""
    assert (ROOT / "docs" / "runbooks" / f"{name}.md").exists()


@pytest.mark.parametrize("name", sorted(main.commands))
def test_command(name: str) -> None:
    """The README names every command, and no other."""
    assert f"fmwatch {name}" in (ROOT / "README.md").read_text()


def test_make() -> None:
    """The README names only targets that the Makefile has."""
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"`?make ([a-z]+)", (ROOT / "README.md").read_text())) <= targets
