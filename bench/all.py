"""Run every benchmark, or those named, and write bench/RESULTS.md: `python -m bench.all [NAME...]`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

NAMES = (
    *("tier0", "groundedness", "toxicity", "privacy", "embedding", "ingest", "overhead"),
    *("detectability", "identity", "lifecycle", "causes", "advice", "moves", "demo", "memory", "client"),
    *("query", "panels", "console"),
    *("pipeline", "pair", "lag", "chaos", "hostile", "drift", "rhythm", "kills", "pages", "cold"),
)
RESULTS = Path(__file__).with_name("RESULTS.md")


def main() -> None:
    """Run the benchmarks one after the other and write their figures as one table."""
    wanted = sys.argv[1:] or NAMES
    kept = _known()
    lines = [
        "# Benchmark results",
        "",
        "Made by `make bench`; each line again by `python -m bench.NAME`.",
        "",
        "| benchmark | figure | unit | baseline | ratio | n |",
        "|---|---|---|---|---|---|",
    ]
    for name in NAMES:
        if name in wanted:
            sys.stderr.write(f"bench.{name} ...\n")
            lines.append(_row(name))
        elif name in kept:
            lines.append(kept[name])
    RESULTS.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _known() -> dict[str, str]:
    """Return the lines of the last time, by the benchmark's name."""
    lines = RESULTS.read_text("utf-8").splitlines() if RESULTS.exists() else []
    return {line.split(" ", 2)[1]: line for line in lines if line.startswith("| ")}


def _row(name: str) -> str:
    ran = subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-m", f"bench.{name}", "--json"], capture_output=True, text=True, check=False
    )
    if ran.returncode != 0:
        return f"| {name} | failed: {ran.stderr.strip().splitlines()[-1]} | | | | |"
    figure = json.loads(ran.stdout)
    cells = [figure.get(key) for key in ("figure", "unit", "baseline", "ratio", "n")]
    return (
        "| "
        + " | ".join(
            [
                name,
                *(
                    "-" if cell is None else f"{cell:.4g}" if isinstance(cell, float) else str(cell)
                    for cell in cells
                ),
            ]
        )
        + " |"
    )


if __name__ == "__main__":
    main()
