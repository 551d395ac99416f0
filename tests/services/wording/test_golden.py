"""What an alert says, word by word: read each file before you accept it.

`FMWATCH_WRITE_GOLDEN=1 pytest tests/services/wording/test_golden.py` writes them anew.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import get_args

import pytest

from detectors.monitors.base import SignalName
from services.alerter.rules import names
from services.wording.alert import HEADLINE, headline, text
from services.wording.first_steps import FIRST_STEPS
from services.wording.links import Addresses, links
from tests.services.wording.night import told
from tests.services.wording.nights import NIGHTS

GOLDEN = Path(__file__).parent / "golden"
CONSOLE = Addresses("https://fmwatch.example.org")
SCREEN_LINES, SCREEN_CHARACTERS = 20, 2200


@pytest.mark.parametrize("signal", sorted(NIGHTS))
def test_golden(signal: SignalName) -> None:
    """Each signal's alert is what somebody has read and found worth being woken by."""
    alert, examples = told(signal, NIGHTS[signal])
    said = text(alert, examples, links(alert, CONSOLE)) + "\n"
    file = GOLDEN / f"{signal}.txt"
    if os.environ.get("FMWATCH_WRITE_GOLDEN"):
        file.parent.mkdir(exist_ok=True)
        file.write_text(said, "utf-8")
    assert file.read_text("utf-8") == said


@pytest.mark.parametrize("signal", sorted(NIGHTS))
def test_size(signal: SignalName) -> None:
    """The first line fits a phone's notification, the whole a screen."""
    alert, examples = told(signal, NIGHTS[signal])
    said = text(alert, examples, links(alert, CONSOLE))
    assert len(headline(alert)) <= HEADLINE
    assert len(said.splitlines()) <= SCREEN_LINES
    assert len(said) <= SCREEN_CHARACTERS


def test_documented() -> None:
    """The page about alerts shows one of them as it is."""
    page = (Path(__file__).parents[3] / "docs" / "alerts.md").read_text("utf-8")
    assert f"```\n{(GOLDEN / 'hallucination.txt').read_text('utf-8')}```" in page


def test_every_signal() -> None:
    """No signal is without a golden text and a first step."""
    assert set(NIGHTS) == set(names())
    assert set(get_args(SignalName)) <= set(names())
    assert set(names()) <= set(FIRST_STEPS)
