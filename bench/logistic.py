"""Logistic regression on a matrix that is only known by its products: Newton's method, numpy only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]


class Matrix(Protocol):
    """Rows of examples, columns of weights."""

    @property
    def columns(self) -> int:
        """How many weights there are."""

    def times(self, weights: Vector) -> Vector:
        """Return one number per row."""

    def transposed_times(self, rows: Vector) -> Vector:
        """Return one number per column."""


@dataclass(frozen=True, slots=True)
class Task:
    """What to fit.

    Attributes
    ----------
    target : 0 or 1 per row
    importance : of each row
    strength : the penalty is the squared length of the weights over twice this
    """

    matrix: Matrix
    target: Vector
    importance: Vector
    strength: float

    def logits(self, weights: Vector) -> Vector:
        """Return one logit per row; the intercept is the last weight."""
        return np.asarray(self.matrix.times(weights[:-1]) + weights[-1], np.float64)

    def loss(self, weights: Vector) -> float:
        """Return what is minimised."""
        logit = self.logits(weights)
        missed = np.logaddexp(0, logit) - self.target * logit
        return float((self.importance * missed).sum() + weights[:-1] @ weights[:-1] / (2 * self.strength))

    def pull(self, rows: Vector, weights: Vector) -> Vector:
        """Return a gradient: what rows pull, and what the penalty holds against it."""
        return np.append(self.matrix.transposed_times(rows) + weights[:-1] / self.strength, rows.sum())


def fit(task: Task, steps: int = 12) -> tuple[Vector, float]:
    """Return the weights and the intercept; each Newton step is solved by conjugate gradients."""
    weights = np.zeros(task.matrix.columns + 1)
    for _ in range(steps):
        chance = _chance(task.logits(weights))
        gradient = task.pull(task.importance * (chance - task.target), weights)
        if float(np.abs(gradient).max()) < 1e-2:
            break
        step = _solve(task, task.importance * chance * (1 - chance), gradient)
        weights = _moved(task, weights, step)
    return weights[:-1], float(weights[-1])


def _moved(task: Task, weights: Vector, step: Vector) -> Vector:
    """Go along the step, halved until it is downhill."""
    before = task.loss(weights)
    for halvings in range(6):
        moved: Vector = weights - step / 2**halvings
        if task.loss(moved) < before:
            return moved
    return weights


def _chance(logit: Vector) -> Vector:
    return np.asarray(1 / (1 + np.exp(-np.clip(logit, -30, 30))), np.float64)


def _solve(task: Task, curvature: Vector, gradient: Vector) -> Vector:
    """Solve Hessian x step = gradient to a tenth, by conjugate gradients."""
    step, left = np.zeros_like(gradient), gradient.copy()
    direction, length = left.copy(), float(left @ left)
    goal = 0.01 * length
    for _ in range(60):
        bent = task.pull(curvature * task.logits(direction), direction)
        stride = length / float(direction @ bent)
        step += stride * direction
        left -= stride * bent
        shorter = float(left @ left)
        if shorter < goal:
            break
        direction = left + shorter / length * direction
        length = shorter
    return step
