"""A direction in embedding space that tells new texts from the reference, learnt while it is bet on."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from detectors.monitors.snapshot import State
from detectors.monitors.texts import Rows, Texts

Floats = NDArray[np.float64]
Vectors = NDArray[np.float32]

STAKES = np.array([0.1, 0.3, 0.9])
MATCHES = 16  # reference rows beside each text
FORGET = 2e-4
STEP = 0.3
RIDGE = 0.3  # of the mean variance; what a direction's own spread takes from a pull along it
SMALLEST = 1e-9  # ridge, should all texts be one
SCALE = 127.0  # int8 rows to unit length
LEAST_MATCHES = 32  # rows an hour needs, else its neighbours lend theirs
HOURS = 24


@dataclass(frozen=True)
class Half:
    """Half of a reference: texts and, for every hour of the day, which of them match it."""

    texts: Texts
    by_hour: tuple[NDArray[np.int64], ...]

    @classmethod
    def of(cls, texts: Texts) -> Half:
        """Return the half with hours that hold too few texts filled from their neighbours."""
        return cls(texts, tuple(_matching(texts.hour, h) for h in range(HOURS)))

    def matches(self, hour: int, turn: int) -> NDArray[np.int64]:
        """Return the next 16 rows of an hour, cycling."""
        own = self.by_hour[hour]
        return own[(turn * MATCHES + np.arange(MATCHES)) % len(own)]


@dataclass
class Witness:
    """Bets that texts score higher than the reference does, then learns from them.

    For a text x at hour h, with direction w: `a = w.x`, `b = w.(16 B rows of hour h)`,
    `g = (tanh a - mean tanh b) / 2 - sd / sqrt|B|`, bets `1 + stake * g`; then
    `w = (1 - 2e-4) w + .3 sigmoid(-a) P (x - mean of 16 A rows of hour h)`. P, the inverse of A's covariance
    with a ridge, keeps what texts differ in anyway from drowning what is new. B is used again and again, so
    the bound is approximate; the margin `sd / sqrt|B|` pays for it.

    Source: Shaer 2026 (a fixed reference, its error paid); texts are taken in blocks of eight.
    """

    a: Half
    b: Half
    direction: Vectors
    turn: int = 0
    seen: int = 0
    total: float = 0.0
    squares: float = 0.0

    @classmethod
    def of(cls, texts: Texts) -> Witness:
        """Return a witness without opinion; every other text trains, the rest scores."""
        order = np.argsort(texts.hour, kind="stable")
        train, score = (Half.of(texts.nameless(order[part::2])) for part in (0, 1))
        return cls(train, score, np.zeros(texts.rows.shape[1], dtype=np.float32))

    def bet(self, rows: Rows, hour: NDArray[np.int64]) -> Floats:
        """Return what a block of texts is worth for each stake, in nats, and learn from it."""
        x = rows.astype(np.float32) / SCALE
        turns = [(int(h), self.turn + i) for i, h in enumerate(hour)]
        trained = (
            self.a.texts.rows[np.stack([self.a.matches(h, turn) for h, turn in turns])].mean(axis=1) / SCALE
        )
        scored = (
            self.b.texts.rows[np.stack([self.b.matches(h, turn) for h, turn in turns])].astype(np.float32)
            / SCALE
        )
        own = x @ self.direction
        gain = (np.tanh(own) - np.tanh(scored @ self.direction).mean(axis=1)).astype(np.float64) / 2.0
        llr = np.log1p(STAKES * (gain[:, None] - self._margin())).sum(axis=0)
        pull = STEP * (1.0 - np.tanh(own / 2.0)) / 2.0  # the sigmoid of -a, which never overflows
        fading = np.float32((1.0 - FORGET) ** len(x))
        learnt = pull @ (x - trained) @ self._evened
        self.direction = (fading * self.direction + learnt).astype(np.float32)
        self.turn += len(x)
        self.seen += len(x)
        self.total += float(gain.sum())
        self.squares += float((gain**2).sum())
        return np.asarray(llr, dtype=np.float64)

    def scores(self, rows: Rows) -> Vectors:
        """Return how far texts lie in the direction found."""
        scores = rows.astype(np.float32) / np.float32(SCALE) @ self.direction
        return np.asarray(scores, dtype=np.float32)

    def cut(self, quantile: float = 0.95) -> float:
        """Return the score above which few reference texts lie."""
        return float(np.quantile(self.scores(self.b.texts.rows), quantile))

    def renumber(self, anew: NDArray[np.int32]) -> None:
        """Give the values of the texts other numbers."""
        self.a, self.b = (replace(half, texts=half.texts.renumbered(anew)) for half in (self.a, self.b))

    def reset(self) -> None:
        """Forget the direction, not the reference."""
        self.direction = np.zeros_like(self.direction)
        self.seen, self.total, self.squares = 0, 0.0, 0.0

    @cached_property
    def _evened(self) -> Vectors:
        """P, scaled to leave the length of a pull as it is on average: 4 d^2 bytes, made at the first bet."""
        rows = self.a.texts.rows / SCALE
        spread = np.atleast_2d(np.cov(rows.T))
        ridge = RIDGE * np.trace(spread) / len(spread)
        inverse = np.linalg.inv(spread + max(float(ridge), SMALLEST) * np.eye(len(spread)))
        length = np.trace(inverse @ spread @ inverse)
        scale = math.sqrt(float(np.trace(spread) / length)) if length > 0 else 1.0
        return np.asarray(scale * inverse, dtype=np.float32)

    def _margin(self) -> float:
        if self.seen < MATCHES:
            return 0.0
        variance = max(self.squares / self.seen - (self.total / self.seen) ** 2, 0.0)
        return math.sqrt(variance / len(self.b.texts.rows))

    def state(self) -> State:
        """Return plain data for a snapshot."""
        halves = {
            name: [half.texts.state(), list(half.by_hour)] for name, half in (("a", self.a), ("b", self.b))
        }
        plain = {name: getattr(self, name) for name in ("direction", "turn", "seen", "total", "squares")}
        return {**plain, **halves}

    @classmethod
    def from_state(cls, state: State) -> Witness:
        """Return the witness of a `state`."""
        halves = {name: Half(Texts(*state[name][0]), tuple(state[name][1])) for name in ("a", "b")}
        return cls(**{**state, **halves})


def _matching(hour: NDArray[np.int64], wanted: int) -> NDArray[np.int64]:
    distance = np.abs((hour - wanted + HOURS // 2) % HOURS - HOURS // 2)
    for reach in range(HOURS // 2 + 1):
        own = np.flatnonzero(distance <= reach)
        if len(own) >= LEAST_MATCHES:
            return own
    return np.arange(len(hour))
