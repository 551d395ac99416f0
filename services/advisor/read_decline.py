"""From the store's tallies to the models that answer worse than they did, with what else may explain it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from typing import Any

from services.advisor.decline import LEAST_CALLS, PAST_DAYS, RECENT_DAYS, Decline, Tallies, decline
from services.advisor.observed import Incumbent, Labelled, Worse
from services.advisor.questions import explained
from store.database import Database, utc
from store.decline import asked_about, bad_days, changes_near, said_of

_DAY = timedelta(days=1)
_EXPLAINING = 2 * RECENT_DAYS * _DAY  # so long ago another prompt may explain other answers


def read_declines(database: Database, today: date, encoder: str) -> dict[Incumbent, Worse]:
    """Return the models whose answers got worse in the two weeks before the end of `today`.

    Left out where a change of the prompt is recorded, other questions came, or the retrieval gave way.
    """
    until = datetime.combine(today, time(), UTC) + _DAY
    began, since = until - RECENT_DAYS * _DAY, until - PAST_DAYS * _DAY
    rises = {
        series: rise
        for columns in bad_days(database, since, began, until, LEAST_CALLS)
        for series, rows in _series(columns)
        if (rise := decline(Tallies.of(columns, rows), today))
    }
    checked = {
        series: _checked(database, series, rise, since, until, encoder=encoder)
        for series, rise in rises.items()
    }
    return {series: worse for series, worse in checked.items() if worse}


def _series(columns: Mapping[str, Sequence[Any]]) -> Iterator[tuple[Incumbent, slice]]:
    """Yield each series with its rows; they stand together."""
    names = zip(*(columns[name] for name in ("tenant", "route", "platform", "model")), strict=True)
    start = 0
    for series, rows in groupby(names):
        end = start + sum(1 for _ in rows)
        yield series, slice(start, end)
        start = end


def _checked(
    database: Database, series: Incumbent, rise: Decline, since: datetime, until: datetime, *, encoder: str
) -> Worse | None:
    changes = changes_near(database, series, until - _EXPLAINING, until)
    if any(change["kind"] == "prompt" for change in changes):
        return None
    if explained(asked_about(database, series, since, rise.began, until, encoder=encoder)):
        return None
    close = (row for row in changes if utc(row["at"]) >= rise.began - _DAY)
    near = next((f"{row['kind']} {row['to']} on {row['at']:%Y-%m-%d}" for row in close), "")
    return Worse(rise, _labels(said_of(database, series, since, rise.began, until)), near)


def _labels(rows: Sequence[Mapping[str, Any]]) -> Labelled:
    by = {bool(row["now"]): (int(row["n"]), float(row["bad"])) for row in rows}
    return Labelled(*by.get(False, (0, 0.0)), *by.get(True, (0, 0.0)))
