"""Mark what happened on the charts of a Grafana, also on those of applications."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from services.grafana.grafana import TAG, Grafana, Mark, milliseconds


@dataclass(frozen=True, slots=True)
class Marked:
    """How many marks were new, were changed, and stood there as they should."""

    new: int = 0
    changed: int = 0
    same: int = 0


def annotate(grafana: Grafana, happened: Iterable[Mark]) -> Marked:
    """Set what is not marked yet, and correct what has ended or was renamed since; twice is harmless."""
    happened = list(happened)
    if not happened:
        return Marked()
    first = min(mark.at for mark in happened)
    last = max(mark.until or mark.at for mark in happened)
    around = timedelta(milliseconds=1)
    known = {
        tag: found
        for found in grafana.marks(TAG, first - around, last + around)
        for tag in found.get("tags", ())
    }
    new = changed = 0
    for mark in happened:
        found = known.get(mark.id)
        if found is not None and _says(found) == _says_of(mark):
            continue
        grafana.mark(mark, None if found is None else int(found["id"]))
        new, changed = (new + 1, changed) if found is None else (new, changed + 1)
    return Marked(new, changed, len(happened) - new - changed)


def mark(row: Mapping[str, Any]) -> Mark:
    """Return a row of `store.marks` as a mark."""
    return Mark(f"fmwatch-{row['id']}", row["at"], row["until"], row["text"], tuple(row["tags"]))


def _says(found: Mapping[str, Any]) -> tuple[object, ...]:
    return found["time"], found["timeEnd"], found["text"]


def _says_of(mark: Mark) -> tuple[object, ...]:
    return milliseconds(mark.at), milliseconds(mark.until or mark.at), mark.text
