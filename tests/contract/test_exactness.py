from __future__ import annotations

import json
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.contract import feeder
from tests.store.fleet import calls, verdicts

N = 900
KILLS = 3


def _start(directory: Path, cut: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.contract.feeder", str(directory), str(N), str(cut)]
    root = Path(__file__).parents[2]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root)


def _feed_until_killed(directory: Path, random: Random) -> None:
    """Kill -9 somewhere between the first inserts and the end, often in the middle of a statement."""
    with _start(directory, random.randint(30, 90)) as process:
        assert process.stdout is not None
        for _ in range(random.randint(1, 3)):
            process.stdout.readline()
        try:
            process.wait(timeout=random.uniform(0, 0.12))
        except subprocess.TimeoutExpired:
            process.kill()


def _feed_to_the_end(directory: Path, cut: int) -> dict[str, Any]:
    with _start(directory, cut) as process:
        assert process.stdout is not None
        last = process.stdout.read().splitlines()[-1]
    found: dict[str, Any] = json.loads(last)
    return found


def _truth() -> dict[str, Any]:
    events = calls(N, feeder.STEP_S)
    costs = verdicts(events)["spend"].parts["cost_pusd"]
    return {
        "ids": sha256("\n".join(sorted(event.event_id for event in events)).encode()).hexdigest(),
        "embedded": True,
        "sums": {
            "n": N,
            "input_tokens": sum(event.usage.input or 0 for event in events),
            "output_tokens": sum(event.usage.output or 0 for event in events),
            "cost_pusd": sum(int(str(cost)) for cost in costs if cost is not None),
        },
        "hours": 0,
        "minutes": 0,
    }


@pytest.mark.timeout(300)
def test_exact_under_kill_and_redelivery(tmp_path: Path) -> None:
    """Killed at random and fed everything twice, cut at other places, the store counts each call once."""
    random = Random(20261124)  # noqa: S311 - repeatable, not secret
    for _ in range(KILLS):
        _feed_until_killed(tmp_path, random)
    assert _feed_to_the_end(tmp_path, 130) == _truth()
    (tmp_path / "acknowledged").unlink()
    _feed_until_killed(tmp_path, random)
    assert _feed_to_the_end(tmp_path, 310) == _truth()
