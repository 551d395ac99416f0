"""Golden sets for tests."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np


def write(file: Path, lines: Iterable[Mapping[str, object]]) -> Path:
    """Write a set or answers, a line each."""
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return file


def sums(n: int, *, incumbent: float, candidate: float, seed: int = 1) -> list[dict[str, object]]:
    """Return sums with both sides' answers, wrong in these shares."""
    random = np.random.default_rng(seed)
    wrong = random.random((n, 2)) < (incumbent, candidate)
    return [
        {
            "id": f"sum-{number}",
            "prompt": f"What is {number} plus 1?",
            "expected": number + 1,
            "incumbent": f"It is {number + 1 + int(wrong[number, 0])}.",
            "candidate": f"The sum is {number + 1 + int(wrong[number, 1])}.",
        }
        for number in range(n)
    ]
