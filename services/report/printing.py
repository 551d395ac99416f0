"""A page as PDF, by the browser that is there."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from services.report.errors import BrowserAway

BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "microsoft-edge",
    "chrome",
)
TIMEOUT_S = 120.0
_QUIET = (
    *("--headless", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"),
    *("--disable-component-update", "--no-pdf-header-footer"),
)


def browser() -> str:
    """Return the path of a browser; raises BrowserAway where none is found."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        raise BrowserAway(
            "a PDF needs Chromium, Chrome or Edge, and none is here (Debian: apt-get install chromium); or "
            "leave out --pdf, and print the page from any browser"
        )
    return found


def pdf(html: str, program: str, timeout_s: float = TIMEOUT_S) -> bytes:
    """Return a page as PDF; raises BrowserAway where the browser makes none."""
    with TemporaryDirectory(prefix="fmwatch-pdf-") as name:
        folder = Path(name)
        page, out = folder / "report.html", folder / "report.pdf"
        page.write_text(html, encoding="utf-8")
        # As root Chromium refuses its sandbox; the page is ours, and its policy lets it run and load nothing.
        root = ["--no-sandbox"] if os.geteuid() == 0 else []
        command = [program, *_QUIET, *root, f"--user-data-dir={folder}/profile", f"--print-to-pdf={out}"]
        try:
            done = subprocess.run(  # noqa: S603 - a browser, on our own file
                [*command, page.as_uri()], capture_output=True, check=False, timeout=timeout_s
            )
        except subprocess.TimeoutExpired:
            raise BrowserAway(f"{program} made no PDF within {timeout_s:.0f} s; leave out --pdf") from None
        if not out.exists():
            said = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:] or ["it said nothing"]
            raise BrowserAway(f"{program} made no PDF: {said[0][:300]}; leave out --pdf and print the page")
        return out.read_bytes()
