from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.contract.schema import errors, load

FMWATCH = Path(sys.executable).with_name("fmwatch")


def doctor(*arguments: object, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    return subprocess.run(
        [FMWATCH, "doctor", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **variables},
        timeout=60,
    )


def test_well(tmp_path: Path) -> None:
    """A fresh machine is well: a line for each check, a sum, exit code 0, nothing on standard error."""
    said = doctor("--data", tmp_path / "data")
    assert (said.returncode, said.stderr) == (0, "")
    *lines, total = said.stdout.splitlines()
    assert {line.split()[0] for line in lines if line[0] != " "} <= {"ok", "warn", "skip"}
    assert total.endswith("to look after") or "wrong" not in total
    assert not (tmp_path / "data").exists()


def test_json(tmp_path: Path) -> None:
    """`--json` prints one document that fits its schema."""
    said = doctor("--data", tmp_path, "--json")
    document = json.loads(said.stdout)
    assert errors(document, load("doctor")) == []
    assert document["ok"] is True


def test_bad_configuration(tmp_path: Path) -> None:
    """A wrong key is exit code 2, as JSON too, and what depends on the configuration is not looked at."""
    file = tmp_path / "fmwatch.yaml"
    file.write_text("pages_per_mont: 2\n")
    said = doctor("--config", file, "--json")
    document = json.loads(said.stdout)
    assert errors(document, load("doctor")) == []
    assert (said.returncode, document["ok"]) == (2, False)
    assert {one["name"]: one["status"] for one in document["checks"]}["dependencies"] == "skip"


def test_wrong() -> None:
    """What is wrong is exit code 1, its remedy stands beneath it; nobody writes in /proc."""
    said = doctor("--data", "/proc/self")
    assert said.returncode == 1
    lines = said.stdout.splitlines()
    at = next(index for index, line in enumerate(lines) if line.startswith("fail  data directory"))
    assert lines[at + 1].strip() == "give this user the right to, or name another with --data"
    assert " wrong" in lines[-1]


@pytest.mark.timeout(60)
def test_away() -> None:
    """Brokers and a store that are not there are exit code 3, soon, and each is named."""
    nowhere = {
        "FMWATCH_LOG_KAFKA": "127.0.0.1:1,localhost:1",
        "FMWATCH_STORE_CLICKHOUSE": "http://127.0.0.1:1/x",
    }
    said = doctor(**nowhere)
    assert said.returncode == 3
    assert said.stderr == ""
    assert "127.0.0.1:1 takes no connection: connection refused" in said.stdout
    assert "localhost:1 takes no connection" in said.stdout
    assert "group score" in said.stdout
