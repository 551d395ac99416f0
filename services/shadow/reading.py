"""What is asked of the store, by whoever has it open."""

from __future__ import annotations

from store import pairs
from store.database import Database
from store.pairs import Call, Compared, Draw, Drawn, Ids, Pair, Route, Said, Use


class Reading:
    """Answers from the store. Any thread may call it."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def uses(self, wanted: Route) -> list[Use]:
        return pairs.uses(self.database, wanted)

    def draw(self, wanted: Draw) -> Drawn:
        return pairs.draw(self.database, wanted)

    def calls(self, wanted: Ids) -> list[Call]:
        return pairs.calls(self.database, wanted)

    def pairs(self, wanted: Compared) -> list[Pair]:
        return pairs.pairs(self.database, wanted)

    def said(self, wanted: Compared) -> list[Said]:
        return pairs.said(self.database, wanted)
