"""Measure the client alone in an empty environment: what it costs to import, to capture, and to hold.

A capture of 8 KB at a thousand a second, while the sender posts to a receiver in another process, beside a
`queue.put_nowait` whose consumer thread serialises the same, in turns. And memory, with nobody to send to,
after as many events as ten minutes at 200 a second bring; they come in a minute.

python -m bench.client [--json] [--full]
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from bench.report import emit, options

CLIENT = Path(__file__).parents[1] / "client"
TIMES = 9
CAPTURES = 20_000
_IMPORT = """
import time
began = time.perf_counter()
import fmwatch
fmwatch.Client("null:")
print(1e3 * (time.perf_counter() - began))
"""
_LOAD = Path(__file__).with_name("client_load.py")
PACE_S, FULL_PACE_S = 20, 120  # half of it for the client, half for a bare queue
AWAY_EVENTS = 10 * 60 * 200  # ten minutes at 200 a second, in a minute or less


def main() -> None:
    """Print the document."""
    chosen = options(__doc__ or "")
    with tempfile.TemporaryDirectory() as folder:
        python = _installed(Path(folder))
        installed = json.loads(_run(python, "-m", "pip", "list", "--format", "json"))
        others = sorted({row["name"] for row in installed} - {"fmwatch", "pip", "setuptools"})
        imports = [_import_ms(python) for _ in range(TIMES)]
        pace = json.loads(_run(python, str(_LOAD), "pace", str(FULL_PACE_S if chosen.full else PACE_S)))
        memory = json.loads(_run(python, str(_LOAD), "memory", str(AWAY_EVENTS)))
        spool = json.loads(_run(python, str(_LOAD), "memory", str(AWAY_EVENTS), str(Path(folder) / "spool")))
    (half, most, worst), (bare_half, bare_most, bare_worst) = pace["capture"], pace["put_nowait"]
    rows = [
        {"what": "ms to import and open", "n": median(imports)},
        {"what": "packages beside it", "n": len(others)},
        {"what": "us, capture of 8 KB at 1,000/s", "half": half, "p99": most, "worst": worst},
        {"what": "us, put_nowait of the same", "half": bare_half, "p99": bare_most, "worst": bare_worst},
        {"what": "p99 of capture / p99 of put_nowait", "n": most / bare_most},
        {"what": "away, memory only: MiB grown, events", "n": memory["grown_mib"], **memory["report"]},
        {"what": "away, with a spool: MiB grown, events", "n": spool["grown_mib"], **spool["report"]},
        {"what": "away, with a spool: MiB on disk of 64", "n": spool["disk_mib"]},
    ]
    emit(
        "client",
        half,
        "us, half of all captures",
        n=pace["n"],
        baseline=bare_half,
        rows=rows,
        as_json=chosen.json,
    )


def _installed(folder: Path) -> Path:
    """Build the wheel as it is shipped and install it, alone, into an empty environment."""
    _run(Path(sys.executable), "-m", "venv", str(folder / "venv"))
    python = folder / "venv" / "bin" / "python"
    build = ("-m", "hatchling", "build", "-t", "wheel", "-d", str(folder))
    subprocess.run([sys.executable, *build], cwd=CLIENT, check=True, capture_output=True)  # noqa: S603 - our own build
    _run(python, "-m", "pip", "install", "--quiet", "--no-index", str(next(folder.glob("*.whl"))))
    return python


def _import_ms(python: Path) -> float:
    """Return the time from the bare interpreter to a client that takes calls."""
    return float(_run(python, "-c", _IMPORT))


def _run(python: Path, *arguments: str) -> str:
    ran = subprocess.run([python, *arguments], check=True, capture_output=True, text=True)  # noqa: S603 - our own code
    return ran.stdout


if __name__ == "__main__":
    main()
