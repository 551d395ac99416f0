"""The split reference: silent on its own kind, even with a daily rhythm of topics."""

import numpy as np
import pytest

from detectors.monitors.engine import MINUTES_PER_MONTH, Engine
from detectors.monitors.texts import Texts
from detectors.monitors.witness import STAKES, Witness

TOPICS = np.linalg.qr(np.random.default_rng(0).standard_normal((32, 10)))[0].T


def rows(random: np.random.Generator, topic: np.ndarray) -> np.ndarray:
    """Return noisy unit vectors of these topics as int8 rows."""
    vectors = TOPICS[topic] + 0.15 * random.standard_normal((len(topic), 32))
    rows = np.round(127 * vectors / np.linalg.norm(vectors, axis=1, keepdims=True))
    return np.asarray(rows, dtype=np.int8)


def texts(embedded: np.ndarray, hour: np.ndarray) -> Texts:
    """Return texts of which nothing else is known."""
    n = len(hour)
    return Texts(hour * 60, hour, embedded, np.full(n, np.nan, np.float32), np.zeros((n, 0), np.int32), [])


def alarm(share: float, seed: int, *, rhythm: bool = False, events: int = 4000) -> int | None:
    """Return the event at which an unseen topic's share is noticed, 50,000 events between false alarms."""
    random = np.random.default_rng(seed)
    hour = np.arange(6000) % 24
    known = (lambda h: (h // 3) % 8 + 1) if rhythm else (lambda h: random.integers(1, 9, len(h)))
    witness = Witness.of(texts(rows(random, known(hour)), hour))
    engine = Engine(np.full((1, 3), 1 / len(STAKES)), np.log([50_000 / MINUTES_PER_MONTH]), 0)
    hour = np.arange(events) // 20 % 24
    topic = np.where(random.random(events) < share, 0, known(hour))
    live = rows(random, topic)
    for at in range(0, events, 8):
        llr = witness.bet(live[at : at + 8], hour[at : at + 8])
        if len(engine.update(at + 7, np.zeros(1, dtype=np.int64), llr[None, :])):
            return at + 8
    return None


@pytest.mark.statistical
@pytest.mark.parametrize("rhythm", [False, True])
def test_silent(rhythm: bool) -> None:
    """Texts of the reference's own kind, hour by hour, cause no alarm in 4,000 events."""
    assert [alarm(0.0, seed, rhythm=rhythm) for seed in range(8)].count(None) >= 7


@pytest.mark.statistical
@pytest.mark.parametrize(("share", "events"), [(0.25, 500), (0.1, 1500)])
def test_found(share: float, events: int) -> None:
    """An unseen topic is found within a few hundred texts."""
    found = [alarm(share, seed) for seed in range(5)]
    assert np.median([at or 10**6 for at in found]) <= events
