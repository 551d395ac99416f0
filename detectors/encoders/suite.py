"""What every encoder of texts must do, whichever model it runs: checks to run over one the moment it exists.

>>> from detectors.encoders import suite
>>> from detectors.encoders.minilm import MiniLm
>>> for check in suite.CHECKS:
...     check(MiniLm())
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from detectors.encoders.base import TOLERANCE, Rows, TextEncoder
from detectors.suite import NonconformityError
from detectors.suite import hostile as hostile_events

Check = Callable[[TextEncoder], None]

BLANK = ("", " \t\n ", "\0", "\ud800", "\u200b\u2028")
ORDINARY = (
    "How do I reset my password?",
    "It opens at nine and closes at six; on Sundays it is closed.",
    "Wie setze ich mein Passwort zurück?",
    "No.",
    "The same question, asked in many more words than anybody would need to understand what it is about.",
)


def shaped(encoder: TextEncoder) -> None:
    """There is one row of float32 per text, also for none."""
    rows = encoder.encode(ORDINARY)
    _require(rows.dtype == np.float32, "rows must be float32")
    _require(rows.shape == (len(ORDINARY), rows.shape[1]), "rows must be as many as texts")
    _require(encoder.encode([]).shape == (0, rows.shape[1]), "no texts must be no rows of the same width")


def unit_length(encoder: TextEncoder) -> None:
    """A text has a row of length one, whoever wrote it; one with nothing to read in it has zeros."""
    rows = encoder.encode([*ORDINARY, *hostile(), *BLANK])
    length = np.linalg.norm(rows.astype(np.float64), axis=1)
    _require(bool(np.isfinite(length).all()), "rows must be finite")
    legible = np.array(
        [bool(text.strip("\0\t\n \ud800\u200b\u2028")) for text in [*ORDINARY, *hostile(), *BLANK]]
    )
    _require(np.allclose(length[legible], 1, atol=1e-5), "a row must have the length one")
    _require(not length[~legible].any(), "what cannot be read must be a row of zeros")


def repeatable(encoder: TextEncoder) -> None:
    """The same texts give the same rows, bit by bit."""
    first = encoder.encode(ORDINARY)
    _require(np.array_equal(first, encoder.encode(ORDINARY)), "the second time gave other rows")


def ordered(encoder: TextEncoder) -> None:
    """Rows stand in the order of the texts, however long each is."""
    texts = [*ORDINARY, *hostile(), *BLANK]
    _near(encoder.encode(texts), encoder.encode(texts[::-1])[::-1], "rows depend on the order")


def independent(encoder: TextEncoder) -> None:
    """A text's row does not hang on the texts beside it."""
    alone = np.concatenate([encoder.encode([text]) for text in ORDINARY])
    _near(encoder.encode([*ORDINARY, *hostile()])[: len(ORDINARY)], alone, "rows depend on the other texts")


def shared(encoder: TextEncoder) -> None:
    """Several threads may ask at once."""
    expected = encoder.encode(ORDINARY)
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(encoder.encode, [ORDINARY[at % 2 :] for at in range(12)]))
    for at, rows in enumerate(found):
        _near(rows, expected[at % 2 :], "another thread changed the rows")


def distinct(encoder: TextEncoder) -> None:
    """Different texts have different rows."""
    rows = encoder.encode(ORDINARY)
    _require(len(np.unique(rows.round(3), axis=0)) == len(ORDINARY), "different texts gave the same row")


def versioned(encoder: TextEncoder) -> None:
    """The version is a word that encoding does not change."""
    before = encoder.version
    encoder.encode(ORDINARY)
    _require(bool(before) and before == encoder.version, "the version must be a word that stays")


CHECKS: Sequence[Check] = (
    *(shaped, unit_length, repeatable, ordered),
    *(independent, shared, distinct, versioned),
)


def hostile() -> list[str]:
    """Return texts that nobody means well with, each with something to read in it."""
    return [event.prompt for event in hostile_events() if event.prompt.strip("\0\t\n ")]


def _near(found: Rows, expected: Rows, otherwise: str) -> None:
    _require(np.allclose(found, expected, rtol=0, atol=TOLERANCE), otherwise)


def _require(kept: bool, otherwise: str) -> None:
    if not kept:
        raise NonconformityError(otherwise)
