"""Servers that take OTLP: ours, and those of Arize Phoenix and MLflow; how to start and to ask them."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import sys
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Server:
    """One server.

    Attributes
    ----------
    command : starts it on a port, with its files in a folder
    stored : tells how many spans it has written, given folder and port
    ready : a path that answers once it is up
    durable : when a span is on disk: before the answer, or some time after
    ours : runs from here; a peer must not find our modules beside it
    """

    name: str
    command: Callable[[Path, int], Sequence[str]]
    stored: Callable[[Path, int], int]
    ready: str
    durable: str
    environment: Callable[[Path, int], Mapping[str, str]] = lambda *_: {}
    headers: Mapping[str, str] = field(default_factory=dict)
    ours: bool = False


def ours() -> list[Server]:
    """Return the gateway alone, and the whole of `fmwatch up`, which scores and stores as well."""
    python = sys.executable
    return [
        Server(
            "fmwatch gateway, SQLite log",
            lambda folder, port: [python, "-m", "bench.ingest_gateway", str(folder), str(port)],
            lambda _, port: _waiting(port),
            "/readyz",
            "before the answer",
            ours=True,
        ),
        Server(
            "fmwatch up, scored and stored",
            lambda folder, port: [
                str(Path(python).with_name("fmwatch")),
                "up",
                "--data",
                str(folder),
                "--port",
                str(port),
            ],
            lambda _, port: _scored(port),
            "/readyz",
            "before the answer",
            ours=True,
        ),
    ]


def peers(folder: Path) -> list[Server]:
    """Return the peers whose environments are in a folder."""
    found = []
    if (phoenix := folder / "arize-phoenix" / "bin" / "phoenix").exists():
        found.append(
            Server(
                "Arize Phoenix, SQLite",
                lambda *_: [str(phoenix), "serve"],
                lambda home, _: _rows(home / "phoenix.db", "spans"),
                "/healthz",
                "after the answer",
                lambda home, port: {
                    "PHOENIX_WORKING_DIR": str(home),
                    "PHOENIX_PORT": str(port),
                    "PHOENIX_GRPC_PORT": str(port + 1),
                    "PHOENIX_HOST": "127.0.0.1",
                    "PHOENIX_TELEMETRY_ENABLED": "false",
                },
            )
        )
    if (mlflow := folder / "mlflow" / "bin" / "mlflow").exists():
        found.append(
            Server(
                "MLflow, SQLite, one worker",
                lambda home, port: [
                    *(str(mlflow), "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"),
                    *("--backend-store-uri", f"sqlite:///{home}/mlflow.db"),
                    *("--default-artifact-root", str(home / "artifacts")),
                ],
                lambda home, _: _rows(home / "mlflow.db", "spans"),
                "/health",
                "before the answer",
                lambda home, _: {"MLFLOW_DISABLE_TELEMETRY": "true", "HOME": str(home)},
                {"x-mlflow-experiment-id": "0"},
            )
        )
    return found


def busy_s(pid: int) -> float:
    """Return the processor time of a process and of all below it, from /proc."""
    children: dict[int, list[int]] = {}
    ticks: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with suppress(OSError):
                parts = (entry / "stat").read_text().rpartition(")")[2].split()
                children.setdefault(int(parts[1]), []).append(int(entry.name))
                ticks[int(entry.name)] = sum(map(int, parts[11:15]))  # its own, and of children that ended
    waiting, total = [pid], 0
    while waiting:
        one = waiting.pop()
        total += ticks.get(one, 0)
        waiting += children.get(one, [])
    return total / os.sysconf("SC_CLK_TCK")


def _rows(file: Path, table: str) -> int:
    if not file.exists():
        return 0
    with (
        suppress(sqlite3.OperationalError),
        closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as found,
    ):
        return int(found.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608 - our own words
    return 0


def _waiting(port: int) -> int:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=30) as answer:
        return int(json.load(answer)["waiting"])


def _scored(port: int) -> int:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
        text = answer.read().decode()
    found = re.search(r'^fmwatch_events_total\{outcome="stored"\} (\S+)', text, re.MULTILINE)
    return int(float(found[1])) if found else 0
