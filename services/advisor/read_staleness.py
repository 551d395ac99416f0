"""From the store's questions to the models that are asked about what they cannot know."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from operator import itemgetter

from services.advisor.observed import Incumbent
from services.advisor.staleness import Asked, Late
from store.asked import questions
from store.database import Database

RECENT_DAYS, DAYS = 14, 90
_SERIES = itemgetter("tenant", "route", "platform", "model")


def read_staleness(
    database: Database, today: date, cutoffs: Mapping[Incumbent, date]
) -> dict[Incumbent, Late]:
    """Return the models whose questions moved past their knowledge in the days before the end of `today`.

    Parameters
    ----------
    cutoffs : until when each model in use knows the world, where that is known
    """
    until = datetime.combine(today + timedelta(days=1), time(), UTC)
    began, since = (until - timedelta(days=days) for days in (RECENT_DAYS, DAYS))
    asked = {series: Asked(cutoff, today) for series, cutoff in cutoffs.items()}
    for row in questions(database, since, began, until, sorted({model for *_, model in cutoffs})):
        if one := asked.get(_SERIES(row)):
            one.add(row)
    return {series: late for series, one in asked.items() if (late := one.late)}
