"""Kill -9 in the middle of an incident, at random places: the same pages as without, and one resolve of each.

A person acknowledges it meanwhile. The process is killed before or after whatever becomes durable, also after
a receiver has taken a notification and before that is written down: then it is sent again, by the same id.
20 kills of one incident; with --full five incidents of other traffic, 100 kills.

python -m bench.kills [--json] [--full]
"""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from random import Random
from typing import Any

from bench.kills_life import prepare
from bench.report import emit, options

KILLS = 20
SEED = 6
NEAR = 6  # of so many parts of a whole life, the first: a kill comes within it

Told = list[Mapping[str, Any]]


def main() -> None:
    """Print the document."""
    chosen = options(__doc__ or "")
    seeds = [SEED + nth for nth in range(5 if chosen.full else 1)]
    with tempfile.TemporaryDirectory() as folder:
        rows = [run(Path(folder) / str(seed), seed, KILLS) for seed in seeds]
    same = sum(row["same"] for row in rows)
    emit(
        "kills",
        same / len(rows),
        "share of incidents told as without a kill",
        n=sum(row["kills"] for row in rows),
        rows=rows,
        as_json=chosen.json,
    )


def run(folder: Path, seed: int, kills: int) -> dict[str, Any]:
    """Return how an incident that is killed so often was told, beside how it is told without."""
    before, calm, killed = folder / "before", folder / "calm", folder / "killed"
    prepare(before, seed)
    for copy in (calm, killed):
        shutil.copytree(before, copy, symlinks=True)
    borders = int(_live(calm, folder / "calm.told", 0).stdout)
    places = list(_places(seed, borders, kills))
    died = [_live(killed, folder / "killed.told", place).returncode for place in places]
    _live(killed, folder / "killed.told", 0)
    expected, found = _told(folder / "calm.told"), _told(folder / "killed.told")
    resolves = Counter(one["alert"] for one in _once(found) if one["kind"] == "resolve")
    fires = {one["alert"] for one in found if one["kind"] == "fire"}
    return {
        "seed": seed,
        "kills": sum(code == -signal.SIGKILL for code in died),
        "borders": borders,
        "pages": sum(one["kind"] == "fire" and one["severity"] == "page" for one in _once(found)),
        "told": len(_once(found)),
        "sent_again": len(found) - len(_once(found)),
        "one_resolve_each": resolves == Counter(fires),
        "same": _names(expected) == _names(found),
    }


def _places(seed: int, borders: int, kills: int) -> Iterator[int]:
    draw = Random(seed)  # noqa: S311 - the same places every time
    return (draw.randint(1, max(borders // NEAR, 1)) for _ in range(kills))


def _live(directory: Path, told: Path, die_at: int) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bench.kills_life", str(directory), str(told), str(die_at)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own module
    if ran.returncode not in (0, -signal.SIGKILL):
        raise RuntimeError(f"it ended by itself: {ran.stderr}")
    return ran


def _told(file: Path) -> Told:
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def _once(told: Told) -> Told:
    """Return what a receiver keeps that knows a notification by its id."""
    return list({one["id"]: one for one in told}.values())


def _names(told: Told) -> set[tuple[str, str]]:
    return {(one["alert"], one["kind"]) for one in told}


if __name__ == "__main__":
    main()
