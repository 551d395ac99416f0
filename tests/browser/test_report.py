"""A report in Chromium: opened from disk it loads nothing, and what stands in its frame is locked up."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from markupsafe import escape

from services.report.block import Bar, Block, Drawn, Table
from services.report.page import WITH_SCRIPTS, page
from tests.browser.reading import Seen, opened

pytestmark = pytest.mark.browser

HOSTILE = "ev'il\"{$}</script><script>harmed=1</script><img src=x onerror=harmed=1><b>😀" + "m" * 300
# What another's page could try: to ask somebody, to reach ours, to be seen as ours.
INSIDE = """<!doctype html><body><p>charts</p><img src="https://example.org/i.png"><script>
fetch("https://example.org/f").catch(() => 0);
try { parent.document.title = "harmed"; } catch (refused) { document.body.append(" locked"); }
</script>"""
ROWS = [("failed calls", "30 % (21-40, n 88)", "1.8 %", "+15.8 to +43.0 points"), (HOSTILE, "-", "-", "")]
DRAWN = [Drawn((50.0, 70.0, 100.0), (1.0, 3.0, 5.0)), None]
BARS = [Bar("support", 1.0, 0.6, "2 USD (n 9)"), Bar(HOSTILE, 0.1, 0.0, "-")]
BLOCKS = [
    Block(f"fmwatch report: {HOSTILE}", [f"Alert 1 (page): {HOSTILE}."]),
    Block("Measured", ["All."], Table(("", "Now", "Before", "Difference"), ROWS, ["more", ""], DRAWN)),
    Block("What was spent, by team", (), None, BARS),
]


def made(folder: Path) -> Path:
    """Return a page with a frame, as a file."""
    file = folder / "report.html"
    file.write_text(page(BLOCKS, datetime(2026, 8, 15, tzinfo=UTC), INSIDE))
    return file


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """What was seen of a page with a frame."""
    return opened(made(tmp_path_factory.mktemp("report")))


def test_offline(seen: Seen) -> None:
    """Nothing is asked of anybody, also by what stands in the frame: the policy refuses it."""
    assert seen["foreign"] == []
    assert all("Content Security Policy" in said for said in seen["console"])
    assert any("example.org" in said for said in seen["console"])


def test_unlocked(tmp_path: Path) -> None:
    """Without the policy it would be asked: so a test that sees nothing asked has looked."""
    file = made(tmp_path)
    whole = file.read_text()
    file.write_text(whole.replace(str(escape(WITH_SCRIPTS)), "default-src * 'unsafe-inline' data: blob:"))
    assert file.read_text() != whole
    assert set(opened(file)["foreign"]) == {"example.org:443"}


def test_locked(seen: Seen) -> None:
    """The frame's script runs and does not reach our page."""
    assert "locked" in seen["frame"]
    assert seen["title"].startswith("fmwatch report: ev'il")


def test_harmless(seen: Seen) -> None:
    """A hostile name is text: it runs nothing and adds no element."""
    assert (seen["harmed"], seen["harmedInside"], seen["dialogs"], seen["strangers"]) == (False, False, 0, 0)
    assert "<script>harmed=1</script>" in seen["text"]


def test_readable(seen: Seen) -> None:
    """Axe finds nothing in light or dark, and nothing overflows, not even on a phone."""
    assert seen["axe"] == {"light": [], "dark": []}
    assert seen["overflow"] == {"wide": 0, "phone": 0}
