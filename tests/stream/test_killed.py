import json
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from tests.stream import hostile

ROOT = Path(__file__).parents[2]
KILLS = 4


def _start(tmp_path: Path, file: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.stream.replayer", str(tmp_path / "data"), str(file)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)


@pytest.mark.timeout(300)
def test_killed(tmp_path: Path) -> None:
    """Killed with -9 again and again in the middle, a replay goes on and ends with the exact counts."""
    made = hostile.mix(1200, seed=9)
    file = tmp_path / "mixed.jsonl"
    file.write_bytes(b"\n".join(made.lines))
    draw = Random(3)  # noqa: S311 - a test's dice
    for _ in range(KILLS):
        with _start(tmp_path, file) as process:
            assert process.stdout is not None
            for _ in range(draw.randint(1, 3)):
                assert process.stdout.readline() in ("begun\n", "round\n")
            try:
                process.wait(timeout=draw.uniform(0, 0.1))
            except subprocess.TimeoutExpired:
                process.kill()
    with _start(tmp_path, file) as process:
        assert process.stdout is not None
        last = process.stdout.read().splitlines()[-1]
    assert json.loads(last) == [made.events, made.stored, made.duplicates, dict(made.reasons)]
