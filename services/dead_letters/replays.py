"""Hand dead letters in again, over the way every line goes: border, log, step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import msgspec

from services.dead_letters.judge import Judged, judged
from services.dead_letters.letter import Letter
from store import dead_letters
from store.database import Database
from store.errors import StoreError
from store.queries import new_events
from stream.border import Border, gathered
from stream.log import Log

MOST = 200  # letters at a time: of originals that is 12 MiB at most
_TICK = timedelta(microseconds=1)


class UnknownLetter(StoreError):  # noqa: N818 - a state, read as a sentence
    """No letter has this id."""


class Taken(msgspec.Struct, frozen=True):
    """What was handed in, and what is to be expected of it.

    Attributes
    ----------
    replayed_at : marks these letters; what became of them is found by it
    taken : letters handed in again
    restamped : of them, those whose clock was replaced
    duplicates : of them, those whose event is in the store already
    refused : of them, those that this version refuses as well, by reason
    not_replayable : of the others, those `cut` at 64 KiB, or `not_kept` as they were
    stored_before : of the others, those that an earlier replay has stored: that is the end of a letter
    """

    replayed_at: datetime
    taken: int
    restamped: int
    duplicates: int
    refused: dict[str, int]
    not_replayable: dict[str, int]
    stored_before: int


class Replays:
    """Takes letters by their ids; may be used from several threads.

    Parameters
    ----------
    clock : what time it is, for when a letter was replayed
    """

    def __init__(self, database: Database, log: Log, border: Border, clock: Callable[[], datetime]) -> None:
        self.database = database
        self.log = log
        self.border = border
        self.clock = clock

    def take(
        self, ids: Sequence[str], *, restamp: bool, dry_run: bool, replayed_at: datetime | None = None
    ) -> Taken:
        """Put the letters into the log again; durable when this returns, stored when the step is done.

        Parameters
        ----------
        dry_run : only say what is to be expected
        replayed_at : of the first call, where a replay is cut into several

        Raises
        ------
        UnknownLetter : nothing was handed in
        """
        when = replayed_at or self._later_than_any()
        asked = self._found(ids)
        letters = [letter for letter in asked if letter.outcome != "stored"]
        whole = [letter for letter in letters if letter.kept == "whole"]
        found = [judged(letter, self.border, restamp=restamp) for letter in whole]
        new = new_events(self.database, [one.event for one in found if one.event is not None])
        if not dry_run:
            self._append(whole, found, when)
        return Taken(
            when,
            taken=len(whole),
            restamped=sum(one.restamped for one in found),
            duplicates=new.count(False),
            refused=Counter(one.refusal.reason for one in found if one.refusal is not None),
            not_replayable=Counter(letter.kept for letter in letters if letter.kept != "whole"),
            stored_before=len(asked) - len(letters),
        )

    def _found(self, ids: Sequence[str]) -> list[Letter]:
        letters = [Letter.of(row) for row in dead_letters.whole(self.database, ids)]
        known = {letter.id for letter in letters}
        for asked in ids:
            if asked not in known:
                raise unknown(asked)
        return letters

    def _append(self, letters: Sequence[Letter], found: Sequence[Judged], when: datetime) -> None:
        admitted = (
            one.admitted._replace(key=letter.again(when).key())
            for letter, one in zip(letters, found, strict=True)
        )
        for topic, records in gathered(admitted).items():
            self.log.append(topic, records)

    def _later_than_any(self) -> datetime:
        """Return the present, or just after the last replay where the clock was set back since."""
        last = dead_letters.last_replay(self.database)
        now = self.clock()
        return now if last is None or last < now else last + _TICK


def unknown(letter: str) -> UnknownLetter:
    """Return the error of an id that no letter has."""
    return UnknownLetter(f"there is no dead letter {letter!r}; fmwatch dead-letters list shows their ids")
