"""Measure the client alone in an empty environment: dependencies, size, import time, cost of a capture.

python -m bench.client [--json]
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
_CAPTURE = f"""
import json, time, fmwatch
client = fmwatch.Client("null:", max_queue=1_000_000)
call = dict(provider="openai", request_model="gpt-4o", route="r", prompt="p" * 4000, response="r" * 4000)
each = []
for _ in range({CAPTURES}):
    began = time.perf_counter_ns()
    client.capture(**call)
    each.append(time.perf_counter_ns() - began)
each.sort()
print(json.dumps([each[len(each) // 2] / 1e3, each[len(each) * 99 // 100] / 1e3]))
"""


def main() -> None:
    """Print the document."""
    chosen = options(__doc__ or "")
    with tempfile.TemporaryDirectory() as folder:
        python = _installed(Path(folder))
        installed = json.loads(_run(python, "-m", "pip", "list", "--format", "json"))
        others = sorted({row["name"] for row in installed} - {"fmwatch", "pip", "setuptools"})
        imports = [_import_ms(python) for _ in range(TIMES)]
        half, most = json.loads(_run(python, "-c", _CAPTURE))
    rows = [
        {"what": "packages beside it", "n": len(others)},
        {"what": "capture of an 8 KB call, half", "us": half},
        {"what": "capture of an 8 KB call, 99 %", "us": most},
    ]
    emit("client", median(imports), "ms to import and open", n=TIMES, rows=rows, as_json=chosen.json)


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
