"""Run every scorer over a batch; one that fails on an event costs that event's verdict, nothing else."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detectors.base import Column, Scorer
from detectors.batch import Batch

CONTENT = ("hallucination", "toxicity_prompt", "toxicity_response", "refusal", "privacy")
ERROR = "error"  # label of a verdict whose scorer failed

_log = logging.getLogger(__name__)


def verdicts(batch: Batch, scorers: Iterable[Scorer]) -> dict[str, Column]:
    """Return one column per scorer, by the verdict's name; never raises."""
    return {scorer.name: _column(scorer, batch) for scorer in scorers}


def assessable(columns: Mapping[str, Column], n: int) -> list[bool]:
    """Return of each event whether what it says could be judged at all, by any scorer."""
    found = np.zeros(n, dtype=bool)
    for name in CONTENT:
        if name in columns:
            found |= ~np.isnan(columns[name].score)
    return found.tolist()


def _column(scorer: Scorer, batch: Batch) -> Column:
    failed: list[str] = []
    column = _halved(scorer, batch, failed)
    if failed:
        _log.warning(
            "scorer %s fails on %d of %d events, first %s", scorer.name, len(failed), len(batch), failed[0]
        )
    return column


def _where(error: Exception) -> str:
    """Return what a scorer raised and where, without its words: they may quote the event."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {Path(place.filename).name}:{place.lineno}"


def _halved(scorer: Scorer, batch: Batch, failed: list[str]) -> Column:
    """Score all at once; where that fails, halve until the events at fault stand alone."""
    try:
        return scorer.score(batch)
    except Exception as error:  # noqa: BLE001 - whatever a scorer raises, the events must live
        if len(batch) == 1:
            failed.append(f"{batch.events[0].event_id!r}: {_where(error)}")
            return Column(scorer.name, scorer.version, np.full(1, np.nan, np.float32), [ERROR])
    middle = len(batch) // 2
    halves = (Batch(batch.events[:middle], batch.encoder), Batch(batch.events[middle:], batch.encoder))
    return _joined(_halved(scorer, halves[0], failed), _halved(scorer, halves[1], failed))


def _joined(first: Column, second: Column) -> Column:
    n = len(first.label)
    names = {**first.parts, **second.parts}
    return Column(
        first.name,
        first.version,
        np.concatenate([first.score, second.score]),
        [*first.label, *second.label],
        explain=partial(_explain, first, second, n),
        parts={name: [*_part(first, name), *_part(second, name)] for name in names},
        inclusion=first.inclusion,
    )


def _explain(first: Column, second: Column, n: int, index: int) -> str | None:
    return first.explain(index) if index < n else second.explain(index - n)


def _part(column: Column, name: str) -> Sequence[object] | NDArray[np.generic]:
    """Return a part, or the emptiest thing that its readers take."""
    parts: Mapping[str, Any] = column.parts
    empty: object = {} if name == "kinds" else None
    return parts[name] if name in parts else [empty] * len(column.label)
