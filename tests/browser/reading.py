"""A report in Chromium, opened from disk."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent

Seen = dict[str, Any]


def opened(file: Path) -> Seen:
    """Return what was seen of a file."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    assert chromium, "no Chromium here; Debian: apt-get install chromium"
    done = subprocess.run(
        ["node", HERE / "report.mjs", chromium, file.as_uri()],
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )
    assert done.returncode == 0, done.stderr
    found: Seen = json.loads(done.stdout)
    return found
