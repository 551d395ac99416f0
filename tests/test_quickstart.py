"""The quickstart's ways in that need no SDK: OpenTelemetry and files; Kafka's stands in tests/kafka."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from starlette.applications import Starlette

from services import listening
from services.gateway.http import Gateway
from stream.border import Border
from stream.sqlite_log import SqliteLog
from stream.topics import GENERATIONS
from tests.client.wrap.snippets import sections

FMWATCH = Path(sys.executable).with_name("fmwatch")


def _gateway(log: SqliteLog) -> Starlette:
    return Starlette(routes=Gateway(log, Border(), lambda: datetime.now(UTC)).routes())


def _run(heading: str, folder: Path, **environment: str) -> str:
    kept = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    ran = subprocess.run(
        [sys.executable, "-c", sections()[heading]],
        env={**kept, **environment},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_opentelemetry(tmp_path: Path) -> None:
    """A span made by hand is in the gateway's log as a call, with its tokens."""
    with SqliteLog(tmp_path) as log, listening.in_thread(_gateway(log)) as url:
        _run("OpenTelemetry", tmp_path, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=f"{url}/v1/traces")
        (delivery,) = log.read(GENERATIONS, "test", lines=10)
    (call,) = map(json.loads, delivery.record.lines)
    assert (call["app"], call["provider"], call["request_model"]) == ("helpdesk", "openai", "gpt-4o")
    assert (call["usage"]["input"], call["usage"]["output"]) == (21, 7)


def test_files(tmp_path: Path) -> None:
    """What goes to a file is taken in by the command that the page names."""
    assert "sent=1" in _run("Files", tmp_path)
    ran = subprocess.run(
        [FMWATCH, "replay", "calls.jsonl", "--json"], cwd=tmp_path, capture_output=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout)["stored"] == 1
