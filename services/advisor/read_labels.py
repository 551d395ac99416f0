"""From the store's paired calls to what two models are compared by."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.advisor.compare.pairs import Floats, Pairs, Unlabelled
from services.advisor.declared import Declared, declared_for
from store.database import Database, utc
from store.labels import paired_calls

DAYS = 90
Bools = NDArray[np.bool_]
Model = tuple[str, str]  # platform, model
Incumbent = tuple[str, str, str, str]  # tenant, route, platform, model
Labels = Mapping[Incumbent, Mapping[Model, Pairs]]


def read_labels(
    database: Database, today: date, days: int = DAYS, experiments: Sequence[Declared] = ()
) -> Labels:
    """Return the pairs of every incumbent and candidate in the `days` before the end of `today`.

    Where an experiment is declared, all calls since its day, and none before.
    """
    until = _end(today)
    since = min([until - timedelta(days=days), *(_begin(one.since) for one in experiments)])
    rows = paired_calls(database, since, until)
    return from_paired(rows, until - timedelta(days=days), experiments)


def from_paired(
    rows: Sequence[Mapping[str, Any]], since: datetime, experiments: Sequence[Declared] = ()
) -> Labels:
    """Return rows as pairs; a request with one label of two is not labelled.

    Parameters
    ----------
    since : where no experiment is declared, calls of before are left out
    """
    groups: dict[tuple[Incumbent, Model], list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        incumbent = (row["tenant"], row["route"], row["incumbent_platform"], row["incumbent_model"])
        groups[incumbent, (row["candidate_platform"], row["candidate_model"])].append(row)
    found: dict[Incumbent, dict[Model, Pairs]] = defaultdict(dict)
    for (incumbent, candidate), group in groups.items():
        _, route, *model = incumbent
        declared = declared_for(experiments, route, (model[0], model[1]), candidate)
        begin = _begin(declared.since) if declared else since
        found[incumbent][candidate] = _pairs([row for row in group if utc(row["occurred_at"]) >= begin])
    return found


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _end(day: date) -> datetime:
    return _begin(day + timedelta(days=1))


def _pairs(rows: Sequence[Mapping[str, Any]]) -> Pairs:
    bad = [(row["incumbent_bad"], row["candidate_bad"]) for row in rows]
    labelled = np.array([None not in both for both in bad], bool)
    score, scored = _scores(rows, labelled)
    others = ~labelled & scored
    _, conversation = np.unique(
        np.array([row["conversation"] for row in rows], np.uint64), return_inverse=True
    )
    known = [both for both in bad if None not in both]
    return Pairs.of(
        [one for one, _ in known],
        [other for _, other in known],
        score=score[labelled],
        conversation=conversation[labelled],
        unlabelled=Unlabelled.of(score[others], conversation[others]),
    )


def _scores(rows: Sequence[Mapping[str, Any]], labelled: Bools) -> tuple[Floats, Bools]:
    """Return candidate minus incumbent of each pair by one judge or by the detector, and who is scored.

    Scores help only where the labelled pairs are scored in the same way as the others. So a judge is heard
    who has judged every labelled pair, and then only pairs that it has judged count as unlabelled.
    """
    judges = Counter(name for row in rows for name in row.get("judged", ()))
    for judge, _ in sorted(judges.items(), key=lambda item: (-item[1], item[0])):
        judged = np.array([judge in row["judged"] for row in rows], bool)
        if labelled.any() and judged[labelled].all():
            return np.array([row["judged"].get(judge, 0.0) for row in rows]), judged
    found = [_difference(row["incumbent_score"], row["candidate_score"]) for row in rows]
    return np.array(found), np.ones(len(rows), bool)


def _difference(incumbent: float | None, candidate: float | None) -> float:
    """Return candidate minus incumbent, 0 where either cannot be assessed."""
    return 0.0 if incumbent is None or candidate is None else float(np.nan_to_num(candidate - incumbent))
