"""Measure the resident memory of `fmwatch up` once many events have come in over HTTP.

Events are the demo's, spread over its four weeks and moved to end now, so that references, monitors and
drift halves are all filled.

python -m bench.memory [--json] [--full]    (40,000 events; --full: 200,000)
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import chain, islice
from pathlib import Path
from urllib.request import Request, urlopen

from bench.report import emit, options
from services.demo.demo import planned
from services.demo.fleet import fleet
from services.demo.samples import samples
from services.demo.traffic import Traffic

FMWATCH = Path(sys.executable).with_name("fmwatch")
TOGETHER = 500  # lines of a request
DAYS = 28
SETTLED_S = 30.0  # the watcher's rounds after the last event
LIMIT_MIB = 1.2 * 1024


def main() -> None:
    """Print the document."""
    chosen = options(__doc__ or "")
    wanted = 200_000 if chosen.full else 40_000
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        _server(Path(folder)) as (url, pid),
    ):
        at_start = _resident_mib(pid)
        _send(url, islice(calls(), wanted))
        _scored(url, wanted)
        time.sleep(SETTLED_S)
        rows = [
            {"what": "at start", "mib": at_start},
            {"what": "most while running", "mib": _status_mib(pid, "VmHWM")},
        ]
        emit(
            "memory", _resident_mib(pid), "MiB", n=wanted, baseline=LIMIT_MIB, rows=rows, as_json=chosen.json
        )


@contextmanager
def _server(folder: Path) -> Iterator[tuple[str, int]]:
    process = subprocess.Popen(  # noqa: S603 - our own command
        [FMWATCH, "up", "--data", folder / "data", "--port", "0"], stderr=subprocess.PIPE, text=True
    )
    try:
        said = process.stderr.readline() if process.stderr else ""
        found = re.search(r"http://\S+", said)
        if not found:
            raise SystemExit(f"the server did not start: {said}")
        yield found.group(), process.pid
    finally:
        process.terminate()
        process.wait(timeout=120)


def calls(incidents: str = "none") -> Iterator[bytes]:
    """Yield the calls of as many demos as are asked for, each with its own seed, all of them ending now."""
    return chain.from_iterable(_moved(seed, incidents) for seed in range(100, 110))


def _moved(seed: int, incidents: str) -> Iterator[bytes]:
    today = datetime.now(UTC).date()
    plan = planned(seed=seed, days=DAYS, incidents=incidents, as_of=today - timedelta(days=1))
    for number, line in enumerate(chain.from_iterable(Traffic(plan, fleet(), samples()).days())):
        call = json.loads(line)
        if "event_id" in call:
            yield json.dumps(call | {"event_id": f"{seed}-{number}"}).encode()


def _send(url: str, lines: Iterator[bytes]) -> None:
    while batch := list(islice(lines, TOGETHER)):
        kind = {"content-type": "application/x-ndjson"}
        request = Request(f"{url}/v1/events", data=b"\n".join(batch), headers=kind)  # noqa: S310 - our own server
        with urlopen(request, timeout=60):  # noqa: S310 - our own server
            pass


def _scored(url: str, wanted: int) -> None:
    """Wait until nothing waits in the log any more."""
    while True:
        with urlopen(f"{url}/readyz", timeout=60) as answer:  # noqa: S310 - our own server
            waiting = json.load(answer)["waiting"]
        sys.stderr.write(f"\r{waiting:,} of {wanted:,} wait ")
        if not waiting:
            return
        time.sleep(1.0)


def _resident_mib(pid: int) -> float:
    return _status_mib(pid, "VmRSS")


def _status_mib(pid: int, name: str) -> float:
    found = re.search(rf"{name}:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text("utf-8"))
    return int(found.group(1)) / 1024 if found else float("nan")


if __name__ == "__main__":
    main()
