"""`fmwatch export` as a person runs it: with a server on the directory, and without."""

from __future__ import annotations

import json
from pathlib import Path

from tests.services.small_fleet import lines
from tests.services.test_cli import run, server

SPAN = ("--from", "2026-08-01T00:00:00Z", "--to", "2026-09-01T00:00:00Z")


def test_command(tmp_path: Path) -> None:
    """Both ways give the same files, byte by byte; senseless spans and full folders are refused."""
    data = tmp_path / "data"
    said = run("replay", "-", "--data", data, stdin=b"\n".join(lines(days=1)))
    assert said.returncode == 0, said.stderr
    said = run("export", "--data", data, *SPAN, "--out", tmp_path / "one", "--json")
    assert said.returncode == 0, said.stderr
    manifest = json.loads(said.stdout)
    assert manifest["tables"]["generations"]["rows"] == 300
    with server(data):
        said = run("export", "--data", data, *SPAN, "--out", tmp_path / "two")
        assert said.returncode == 0, said.stderr
        assert b"300 generations" in said.stdout
    for one in manifest["files"]:
        assert (tmp_path / "one" / one["name"]).read_bytes() == (tmp_path / "two" / one["name"]).read_bytes()
    assert run("export", "--data", data, *SPAN, "--out", tmp_path / "one").returncode == 2
    backwards = ("--from", "2026-09-01T00:00:00Z", "--to", "2026-08-01T00:00:00Z")
    assert run("export", "--data", data, *backwards, "--out", tmp_path / "three").returncode == 2
