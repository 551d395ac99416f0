"""Mark what happened on the charts of a Grafana, also on those of applications."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from services.grafana.grafana import TAG, Grafana, Mark, milliseconds, tags

# How far away a mark may stand that has moved since: an incident's beginning is an estimate.
AROUND = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Marked:
    """How many marks were new, were changed, were removed, and stood there as they should."""

    new: int = 0
    changed: int = 0
    removed: int = 0
    same: int = 0


def annotate(
    grafana: Grafana, happened: Iterable[Mark], since: datetime, until: datetime, ours: str
) -> Marked:
    """Set what is not marked yet, correct what is otherwise now, remove what is gone; twice is harmless.

    Parameters
    ----------
    happened : everything that lies in [since, until)
    ours : a tag that our marks have and nobody else's: no other is removed
    """
    happened = [replace(mark, tags=(*mark.tags, ours)) for mark in happened]
    first = min([since, *(mark.at for mark in happened)])
    last = max([until, *(mark.until or mark.at for mark in happened)])
    found = grafana.marks(TAG, first - AROUND, last + AROUND)
    known = {tag: one for one in found for tag in one.get("tags", ())}
    new = changed = 0
    for mark in happened:
        one = known.get(mark.id)
        if one is not None and _says(one) == _says_of(mark):
            continue
        grafana.mark(mark, None if one is None else int(one["id"]))
        new, changed = (new + 1, changed) if one is None else (new, changed + 1)
    kept = {known[mark.id]["id"] for mark in happened if mark.id in known}
    gone = [one for one in found if one["id"] not in kept and _within(one, since, until, ours)]
    for one in gone:
        grafana.unmark(int(one["id"]))
    return Marked(new, changed, len(gone), len(happened) - new - changed)


def mark(row: Mapping[str, Any]) -> Mark:
    """Return a row of `store.marks` as a mark."""
    return Mark(f"fmwatch-{row['id']}", row["at"], row["until"], row["text"], tuple(row["tags"]))


def _within(found: Mapping[str, Any], since: datetime, until: datetime, ours: str) -> bool:
    """Tell whether a mark is ours and begins in that time: of others nothing was asked."""
    return ours in found.get("tags", ()) and milliseconds(since) < found["time"] < milliseconds(until)


def _says(found: Mapping[str, Any]) -> tuple[object, ...]:
    return found["time"], found["timeEnd"], found["text"], set(found["tags"])


def _says_of(mark: Mark) -> tuple[object, ...]:
    return milliseconds(mark.at), milliseconds(mark.until or mark.at), mark.text, {*tags(mark)}
