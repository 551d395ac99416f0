"""What calendars and commands ask about deadlines, answered from the store's view."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from services.deadlines.deadline import Deadline, deadline_of
from store.database import Database
from store.deadlines import deadlines


class Reading:
    """Answers from a store. Any thread may call it.

    Parameters
    ----------
    clock : what time it is for what is stored
    """

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self.database = database
        self.clock = clock

    def deadlines(self, tenant: str = "") -> list[Deadline]:
        """Return what a calendar has now; of one tenant where it is named."""
        now = self.clock()
        found = map(deadline_of, deadlines(self.database, tenant))
        return [one for one in found if one.shown(now)]
