"""One replay of dead letters, a part at a time, and what became of them."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from services.alert_json import stamp
from services.dead_letters.desk import Desk
from services.dead_letters.reading import Document, Outcomes
from services.dead_letters.replays import MOST, Taken
from store.dead_letters import Asked

POLL_S = 0.2
PATIENCE = 300  # polls: a minute for a part

Wait = Callable[[float], None]


def handed_in(
    opened: Desk,
    ids: Sequence[str],
    asked: Asked,
    *,
    restamp: bool,
    dry_run: bool,
    wait: Wait = time.sleep,
) -> Document:
    """Hand in the letters that are named, else those that are meant and not stored yet."""
    chosen, stored_before = list(dict.fromkeys(ids)), 0
    if not chosen:
        pending = opened.pending(asked)
        chosen, stored_before = pending.ids, pending.stored_before
    run = Replaying(opened, restamp=restamp, dry_run=dry_run, wait=wait)
    for start in range(0, len(chosen), MOST):
        if not run.take(chosen[start : start + MOST]):
            break
    return run.document(len(chosen), stored_before)


class Replaying:
    """One replay, a part of the letters at a time: the next one when the step is done with the last."""

    def __init__(self, opened: Desk, *, restamp: bool, dry_run: bool, wait: Wait) -> None:
        self.desk = opened
        self.restamp = restamp
        self.dry_run = dry_run
        self.wait = wait
        self._taken: list[Taken] = []
        self._outcomes = Outcomes(0, {})

    def take(self, ids: Sequence[str]) -> bool:
        """Hand in some letters; False where the step does not get to them for long."""
        first = self._taken[0].replayed_at if self._taken else None
        self._taken.append(self.desk.take(ids, restamp=self.restamp, dry_run=self.dry_run, replayed_at=first))
        return self.dry_run or self._settled()

    def _settled(self) -> bool:
        for _ in range(PATIENCE):
            self._outcomes = self.desk.outcomes(self._taken[0].replayed_at)
            if self._outcomes.settled >= self._sum("taken"):
                return True
            self.wait(POLL_S)
        return False

    def document(self, chosen: int, stored_before: int) -> Document:
        """Return what became of the letters: taken == stored + duplicates + refused + waiting."""
        taken, duplicates = self._sum("taken"), self._sum("duplicates")
        expected = _added(one.refused for one in self._taken)
        refused = expected if self.dry_run else self._outcomes.refused
        not_replayable = _added(one.not_replayable for one in self._taken)
        done = self._sum("stored_before")
        in_store = taken - sum(refused.values()) if self.dry_run else self._outcomes.stored
        return {
            "dry_run": self.dry_run,
            "replayed_at": stamp(self._taken[0].replayed_at) if self._taken and not self.dry_run else None,
            "taken": taken,
            "stored": max(0, in_store - duplicates),
            "duplicates": min(in_store, duplicates),
            "refused": refused,
            "waiting": taken - in_store - sum(refused.values()),
            "restamped": self._sum("restamped"),
            "not_replayable": not_replayable,
            "stored_before": stored_before + done,
            "left": chosen - taken - done - sum(not_replayable.values()),
        }

    def _sum(self, name: str) -> int:
        return sum(getattr(one, name) for one in self._taken)


def _added(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for one in counts:
        total.update(one)
    return dict(total.most_common())
