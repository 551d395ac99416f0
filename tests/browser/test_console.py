"""The console in Chromium: clicks, colours, widths, and texts that would like to be more than text."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from services.console.page import PAGES, app
from tests.services.console.fleet import NOW, Fleet, hostile

pytestmark = pytest.mark.browser

HERE = Path(__file__).parent
LABEL = "This fleet, its traffic and its incidents are simulated."

Seen = dict[str, Any]


@contextmanager
def served(source: Fleet) -> Iterator[str]:
    """Serve a source on a free port of the loopback interface."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app(source, lambda: NOW, LABEL), log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        # The socket already listens: what comes before the server is ready waits for it.
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
    finally:
        server.should_exit = True
        thread.join(20)


def visit(source: Fleet, scratch: Path) -> Seen:
    """Visit the page in Chromium and return what was seen."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    assert chromium, "no Chromium here; Debian: apt-get install chromium"
    with served(source) as url:
        done = subprocess.run(
            ["node", HERE / "visit.mjs", chromium, url, scratch],
            capture_output=True,
            text=True,
            check=False,
            timeout=110,
        )
    assert done.returncode == 0, done.stderr
    found: Seen = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module", params=["plain", "hostile"])
def seen(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """What one visit of each fleet saw."""
    source = Fleet() if request.param == "plain" else hostile()
    return visit(source, tmp_path_factory.mktemp("browser")) | {"kind": request.param}


def test_quiet_console(seen: Seen) -> None:
    """Neither the page nor its policy has anything to complain about."""
    assert seen["console"] == []


def test_policy(seen: Seen) -> None:
    """Nothing runs or loads that is not ours."""
    assert seen["policy"].startswith("default-src 'none'")
    assert "unsafe" not in seen["policy"]
    assert seen["foreign"] == []


def test_harmless(seen: Seen) -> None:
    """A hostile text is text: it runs nothing and adds no element."""
    assert not seen["harmed"]
    assert seen["dialogs"] == 0
    assert seen["strangers"] == 0


def test_painted(seen: Seen) -> None:
    """Every chart has a line in the data's colour."""
    assert len(seen["ink"]) >= 3
    assert min(seen["ink"]) > 150
    assert min(seen["alertInk"]) > 150
    assert len(seen["seriesInk"]) >= 10
    assert min(seen["seriesInk"]) > 100


def test_clicks(seen: Seen) -> None:
    """Details open, the fleet leads to its alert, and the navigation to every page."""
    assert seen["opened"] >= 6
    assert seen["alertPath"].startswith("/alerts/")
    assert seen["pages"] == [path for _, path in PAGES]
    assert ", n " in seen["readout"]


def test_filter(seen: Seen) -> None:
    """The fleet is filtered by keys alone, and says how much of it is shown."""
    assert ("out of 8" if seen["kind"] == "plain" else "None of 2") in seen["filtered"]


def test_accessible(seen: Seen) -> None:
    """Axe finds nothing, neither in light nor in dark."""
    assert seen["axe"] == {"light": [], "dark": []}


def test_width(seen: Seen) -> None:
    """Nothing overflows the window, not even on a phone."""
    assert seen["overflow"] == {"wide": 0, "phone": 0, "phoneAlert": 0, "pages": []}


def test_masked(seen: Seen) -> None:
    """Toxic examples show first letters only, addresses are redacted."""
    if seen["kind"] == "plain":
        texts = " ".join(seen["examples"])
        assert "y•• u•••••• p••• o• r•••• s•••••••" in texts
        assert "[email]" in texts
        assert "ana@example.org" not in texts
