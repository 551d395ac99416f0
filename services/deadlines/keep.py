"""Deadlines in the store: what a calendar was told yesterday decides what it is told today."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from services.advisor.catalogue import Catalogue
from services.advisor.usage import RouteUsage
from services.deadlines.deadline import as_row, deadline_of
from services.deadlines.follow import Owner, follow, sights
from store.database import Database
from store.deadlines import deadlines
from store.writer import Writer


def keep(
    database: Database,
    usage: Iterable[RouteUsage],
    catalogue: Catalogue,
    owner: Owner,
    *,
    today: date,
    now: datetime,
) -> None:
    """Write down what changed; called by the one process that watches a store.

    Parameters
    ----------
    usage : what every route did lately, up to `today`
    now : of the calls, which in a replay is not the wall's
    """
    before = {one.key: one for one in map(deadline_of, deadlines(database))}
    changed = follow(before, sights(usage, catalogue, today, owner), now)
    updated = database.moment()
    Writer(database).deadlines([as_row(one, updated) for one in changed])
