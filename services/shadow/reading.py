"""What is asked of the store, by whoever has it open."""

from __future__ import annotations

import msgspec

from services.advisor.compare.estimate import estimate
from services.advisor.compare.pairs import Pairs
from services.advisor.quality import quality
from services.advisor.read_labels import from_paired
from services.shadow.allocation import Standing
from store import pairs
from store.database import Database
from store.labels import paired_calls
from store.pairs import Call, Compared, Draw, Drawn, Ids, Pair, Route, Said, Use, Watched


class Judged(msgspec.Struct, frozen=True):
    """A candidate, and what labels say of it as `Standing` has it."""

    platform: str
    model: str
    labelled: int
    difference: float | None
    error: float | None
    out: bool


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

    def standings(self, wanted: Watched) -> list[Judged]:
        """Return what labels say of each candidate so far."""
        labels = from_paired(paired_calls(self.database, wanted.since, wanted.until), wanted.since)
        mine = labels.get((wanted.tenant, wanted.route, wanted.platform, wanted.model), {})
        return [Judged(*candidate, **_standing(pairs, wanted)._asdict()) for candidate, pairs in mine.items()]

    def said(self, wanted: Compared) -> list[Said]:
        return pairs.said(self.database, wanted)


def _standing(found: Pairs, wanted: Watched) -> Standing:
    known = estimate(found)
    verdict = quality(
        found, wanted.margin, candidates=wanted.candidates, per_day=0.0, usd_per_pair=None
    ).verdict
    if known is None:
        return Standing(found.n)
    return Standing(found.n, float(known.difference), float(known.variance) ** 0.5, verdict == "stay")
