"""One person at the pairs: which comes next, on which side, and what was said."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Any, Literal, NamedTuple, get_args

from services.label.agreement import Agreement, agreement
from store.labels import BAD_LABEL
from store.pairs import Pair, Said

Word = Literal["neither", "first", "second", "both"]
Fields = dict[str, Any]

WORDS: tuple[Word, ...] = get_args(Word)  # which of the two answers shown is bad
SKIP = "skip"  # says nothing of either
EVERYBODY = 5  # one pair in so many is shown to everybody, so that agreement can be seen


class Place(NamedTuple):
    """A pair on the page.

    Attributes
    ----------
    number : in the order of the draw; says nothing about the models
    turned : the candidate's answer stands first
    """

    number: int
    pair: Pair
    turned: bool


class Session:
    """What one person judges. Used by one request at a time.

    Parameters
    ----------
    pairs : in a random order that is everybody's
    said : labels of people so far
    person : who judges, as it stands in the labels
    """

    def __init__(self, pairs: Sequence[Pair], said: Sequence[Said], person: str) -> None:
        self.person = person
        self._pairs = pairs
        self._labels: defaultdict[str, dict[str, bool]] = defaultdict(dict)
        self._at: dict[str, datetime] = {}  # of this person's labels
        for one in said:
            if one.kind == "label" and one.value is not None:
                whose = one.person or one.at.isoformat()  # of those who signed nothing each is somebody else
                self._labels[one.event_id][whose] = one.value >= 0.5  # noqa: PLR2004 - half
                if one.person == person:
                    self._at[one.event_id] = one.at
        self._passed: set[int] = set()
        self._past: list[int] = []
        self._judged: set[int] = set()
        self._again: int | None = None

    def next(self, after: int = -1) -> Place | None:
        """Return the pair to show now: the one gone back to, or the first behind `after` for this person."""
        if self._again is not None:
            return self._place(self._again)
        return next((self._place(number) for number in self._open() if number > after), None)

    def place(self, mark: str) -> Place | None:
        """Return the pair of a mark; None where there is none, or none any more."""
        numbers = (number for number, pair in enumerate(self._pairs) if self.mark(pair) == mark)
        return next((self._place(number) for number in numbers), None)

    def mark(self, pair: Pair) -> str:
        """Return what a page calls a pair: always the same, and it says neither model nor call."""
        both = f"{self.person}\x00{pair.first}\x00{pair.second}"
        return f"{_hash(both):016x}"

    @property
    def judged(self) -> int:
        """How many pairs were judged since the session began."""
        return len(self._judged)

    @property
    def left(self) -> int:
        """How many pairs are still to be judged by this person."""
        return sum(1 for _ in self._open())

    @property
    def agreement(self) -> Agreement:
        """How far people agree so far."""
        return agreement([list(by.values()) for by in self._labels.values()])

    @property
    def can_go_back(self) -> bool:
        """Whether a pair was judged or passed before."""
        return bool(self._past)

    def labels(self, number: int, word: Word, tenant: str, clock: Callable[[], datetime]) -> list[Fields]:
        """Return a judgement as its two events; of the same pair again they replace the earlier ones.

        Raises
        ------
        IndexError : there is no such pair
        """
        place = self._place(number)
        now = clock()
        first, second = word in {"first", "both"}, word in {"second", "both"}
        bad = {place.pair.first: second if place.turned else first}
        bad[place.pair.second] = first if place.turned else second
        # The same time is the same label.
        return [
            self._event(event_id, value, tenant, self._at.get(event_id, now))
            for event_id, value in bad.items()
        ]

    def take(self, number: int, events: Sequence[Fields]) -> None:
        """Count a judgement whose events are in the log."""
        for event in events:
            self._labels[event["event_id"]][self.person] = event["value"]
            self._at[event["event_id"]] = datetime.fromisoformat(event["at"])
        self._judged.add(number)
        self._leave(number)

    def skip(self, number: int) -> None:
        """Leave a pair to others; raises IndexError where there is no such pair."""
        self._place(number)
        if number not in self._judged:
            self._passed.add(number)
        self._leave(number)

    def back(self) -> None:
        """Show the last pair again."""
        if self._past:
            self._again = self._past.pop()

    def _leave(self, number: int) -> None:
        self._again = None
        if number in self._past:
            self._past.remove(number)
        self._past.append(number)

    def _open(self) -> Sequence[int]:
        return [number for number, pair in enumerate(self._pairs) if self._wanted(number, pair)]

    def _wanted(self, number: int, pair: Pair) -> bool:
        if number in self._passed:
            return False
        by = [set(self._labels.get(event_id, ())) for event_id in (pair.first, pair.second)]
        both = by[0] & by[1]
        return self.person not in both and (not both or _hash(pair.second) % EVERYBODY == 0)

    def _place(self, number: int) -> Place:
        if not 0 <= number < len(self._pairs):
            raise IndexError(number)
        pair = self._pairs[number]
        return Place(number, pair, bool(_hash(f"{self.person}\0{pair.second}") % 2))

    def _event(self, event_id: str, value: bool, tenant: str, at: datetime) -> Fields:
        return {
            "type": "feedback",
            "event_id": event_id,
            "tenant": tenant,
            "kind": "label",
            "name": BAD_LABEL,
            "value": value,
            "by": "human",
            "at": at.isoformat(),
            "person": self.person,
        }


def _hash(text: str) -> int:
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")
