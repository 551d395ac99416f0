from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from services.access.token import digest
from services.access.tokens import Tokens

FMWATCH = Path(sys.executable).with_name("fmwatch")


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run `fmwatch tokens new`."""
    return subprocess.run(
        [FMWATCH, "tokens", "new", *arguments], capture_output=True, text=True, check=False, timeout=60
    )


def test_printed() -> None:
    """The token is all that stands on stdout; below it is what belongs into the file."""
    said = run("--tenant", "support", "--scope", "ingest")
    token = said.stdout.strip()
    assert said.returncode == 0
    assert token.startswith("fmw_")
    assert len(token) > 40
    assert f'"support":\n  ingest: ["{digest(token)}"]' in said.stderr
    assert token not in said.stderr


def test_file(tmp_path: Path) -> None:
    """With --file the hash is there at once, and the token nowhere."""
    file = tmp_path / "tokens.yaml"
    made = json.loads(run("--tenant", "*", "--scope", "read", "--file", file, "--json").stdout)
    grant = Tokens(file).grant(made["token"])
    assert grant is not None
    assert grant.tenant == "*"
    assert made["token"] not in file.read_text("utf-8")
    assert made["sha256"] in file.read_text("utf-8")


def test_refused(tmp_path: Path) -> None:
    """A name that no tenant has and a file that cannot be written are errors, and there is no token."""
    for arguments in (("--tenant", "a\nb"), ("--tenant", "a", "--file", tmp_path / "none" / "tokens.yaml")):
        said = run(*arguments, "--scope", "read")
        assert (said.returncode, said.stdout) == (2, "")
        assert "Traceback" not in said.stderr
