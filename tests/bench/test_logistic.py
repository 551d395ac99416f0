"""The trainer finds the optimum, and the same one every time."""

from dataclasses import dataclass

import numpy as np

from bench.logistic import Task, Vector, fit


@dataclass(frozen=True)
class _Dense:
    table: Vector

    @property
    def columns(self) -> int:
        return int(self.table.shape[1])

    def times(self, weights: Vector) -> Vector:
        return np.asarray(self.table @ weights, np.float64)

    def transposed_times(self, rows: Vector) -> Vector:
        return np.asarray(rows @ self.table, np.float64)


def _task() -> Task:
    rng = np.random.default_rng(3)
    table = rng.normal(size=(300, 5))
    chance = 1 / (1 + np.exp(-(table @ np.array([2.0, -1, 0, 0.5, 0]) + 0.3)))
    return Task(_Dense(table), (rng.random(300) < chance).astype(np.float64), np.ones(300), 10.0)


def test_optimum() -> None:
    """At the optimum, no small step makes the loss less."""
    task = _task()
    weights, intercept = fit(task)
    found = np.append(weights, intercept)
    steps = np.vstack([np.eye(6), -np.eye(6)]) * 0.02
    assert all(task.loss(found + step) > task.loss(found) for step in steps)


def test_same() -> None:
    """Two fits agree to the last bit."""
    first, second = fit(_task()), fit(_task())
    assert first[1] == second[1]
    assert np.array_equal(first[0], second[0])
